//! `xundian-demo`: runs the two weeks, prints the table, leaves the server running.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use xundian_demo::run::{Plan, RunError, run};

/// Two weeks in Qingdao: twelve reps walk real-looking rounds on the real phone core, offline; sheets come out and the
/// deliveries change next week's suggestions.
#[derive(Debug, Parser)]
#[command(name = "xundian-demo", version)]
struct Arguments {
    /// First day, a Monday
    #[arg(long, default_value = "2026-07-27")]
    start: String,
    /// How many weeks
    #[arg(long, default_value_t = 2)]
    weeks: u32,
    /// How many of the twelve reps
    #[arg(long, default_value_t = 12)]
    reps: usize,
    /// Seed of everything that chance decides
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The data set
    #[arg(long, default_value = "demo/data/qingdao")]
    data: PathBuf,
    /// Where everything is written; an earlier run there is replaced
    #[arg(long, default_value = "target/demo")]
    folder: PathBuf,
    /// Where the phones' files are, e.g. a RAM disk; below --folder if not given
    #[arg(long)]
    phones_dir: Option<PathBuf>,
    /// Address of the server
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Write the table as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Stop after the table
    #[arg(long)]
    no_serve: bool,
    /// No progress bar
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    match demo(Arguments::parse()) {
        Ok(code) => code,
        Err(why) => {
            eprintln!("xundian-demo: {why}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: Arguments) -> Result<ExitCode, RunError> {
    let start = arguments.start.parse().map_err(|why| RunError::Sheets(format!("--start: {why}")))?;
    let listen = if arguments.no_serve { "127.0.0.1:0".to_owned() } else { arguments.listen };
    replace(&arguments.folder)?;
    let phones = arguments.phones_dir.unwrap_or_else(|| arguments.folder.join("phones"));
    let plan = Plan {
        start,
        weeks: arguments.weeks,
        reps: arguments.reps,
        seed: arguments.seed,
        data: arguments.data,
        folder: arguments.folder,
        phones,
        listen,
        quiet: arguments.quiet,
    };
    let ran = run(&plan)?;
    println!("{}", ran.report);
    println!("sheets: {}", plan.folder.join("sheets").display());
    if let Some(file) = arguments.json {
        let text = serde_json::to_string_pretty(&ran.report).unwrap_or_default();
        std::fs::write(file, text)?;
    }
    let defects = ran.report.defects();
    for defect in &defects {
        eprintln!("defect: {defect}");
    }
    if arguments.no_serve {
        return Ok(if defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    println!("\nserver: {}", ran.address);
    for login in &ran.logins {
        println!("  log in as {:8} with {}", login.login, login.password);
    }
    println!("Ctrl-C ends it.");
    ran.clock.tick_on();
    ran.runtime.spawn(xundian_server::web::keep_ticking(ran.app.clone()));
    ran.runtime.block_on(async {
        let _ = tokio::signal::ctrl_c().await;
    });
    Ok(ExitCode::SUCCESS)
}

/// A demo folder is the demo's own: what an earlier run left there goes, nothing else.
fn replace(folder: &std::path::Path) -> Result<(), RunError> {
    let is_ours = folder.join("server.db").exists();
    let is_empty = std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()).unwrap_or(true);
    if !is_ours && !is_empty {
        let folder = folder.display();
        return Err(RunError::Sheets(format!("{folder} holds other things; name another --folder")));
    }
    if is_ours {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}
