//! `cargo xtask sim`: many seeds, or one with its story.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use xundian_simulation::{
    FEWEST_FAULTS, FEWEST_PHONES, Kill, LastWords, Outcome, Plan, Report, attempt, explain, judge, live,
};

/// A run is a million small allocations of two databases.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates phones, server and everything that goes wrong between them, from seeds.
#[derive(Debug, Parser)]
#[command(name = "xundian-sim")]
struct Arguments {
    /// How many seeds
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Write the report there, too
    #[arg(long)]
    json: Option<PathBuf>,
    /// Tell what happens, line by line
    #[arg(long)]
    tell: bool,
    /// Stop at the first seed that fails
    #[arg(long)]
    first: bool,
    /// No story of the first failure
    #[arg(long)]
    brief: bool,
    /// Live one day in a prepared folder and die there: for the test of killed processes
    #[arg(long, hide = true, requires = "kill", requires = "morning")]
    day_in: Option<PathBuf>,
    /// The death
    #[arg(long, hide = true)]
    kill: Option<Kill>,
    /// When the day begins
    #[arg(long, hide = true)]
    morning: Option<i64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let worked = match (&arguments.day_in, arguments.kill, arguments.morning) {
        (Some(folder), Some(kill), Some(now)) => {
            let morning = LastWords { now, ..LastWords::default() };
            live(folder, &morning, kill, &mut std::io::stdout()).map(|()| true)
        }
        _ => work(&arguments),
    };
    match worked {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xundian-sim: {why}");
            ExitCode::FAILURE
        }
    }
}

fn work(arguments: &Arguments) -> Outcome<bool> {
    #[expect(clippy::disallowed_methods, reason = "how long it took is told, and decides nothing")]
    let started = std::time::Instant::now();
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let parts = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| seeds(&next, end, arguments))).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")).collect::<Vec<_>>()
    });
    let mut report = Report::default();
    for part in parts {
        report.join(&part?);
    }
    report.seconds = started.elapsed().as_secs();
    let text = serde_json::to_string_pretty(&report)?;
    println!("{text}");
    if let Some(file) = &arguments.json {
        std::fs::write(file, &text)?;
    }
    if let Some(seed) = report.failed.first()
        && !arguments.brief
    {
        tell(*seed);
    }
    Ok(has_seen_enough(&report, arguments.seeds) && report.failed.is_empty())
}

/// Runs in which nothing went wrong prove nothing.
fn has_seen_enough(report: &Report, seeds: u64) -> bool {
    if report.has_a_quiet_run() {
        eprintln!("a run had fewer than {FEWEST_FAULTS} faults");
    }
    if report.has_a_lonely_run() {
        eprintln!("a run had fewer than {FEWEST_PHONES} phones");
    }
    let unseen = if seeds >= 100 { report.never_seen() } else { Vec::new() };
    if !unseen.is_empty() {
        eprintln!("never seen: {unseen:?}");
    }
    unseen.is_empty() && !report.has_a_quiet_run() && !report.has_a_lonely_run()
}

fn seeds(next: &AtomicU64, end: u64, arguments: &Arguments) -> Report {
    let mut report = Report::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return report;
        }
        if seed.is_multiple_of(1000) {
            eprintln!("seed {seed}");
        }
        let plan = Plan::of(seed);
        let ran = attempt(&plan);
        if arguments.tell {
            println!("{}", ran.trace.join("\n"));
        }
        for violation in &ran.violations {
            eprintln!("seed {seed}: {} {}", violation.invariant, violation.what);
        }
        report.take(seed, plan.ops.len(), &ran.counts, &ran.violations);
        if arguments.first && !ran.violations.is_empty() {
            next.store(end, Ordering::Relaxed);
        }
    }
}

/// The shortest story found of a seed that fails, gets stuck or panics.
fn tell(seed: u64) {
    // It panicked before everybody's eyes; hundreds of tries need not say so again.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let story = explain(&Plan::of(seed), judge);
    std::panic::set_hook(hook);
    match story {
        Some(lines) => eprintln!("\n{}", lines.join("\n")),
        None => eprintln!("\nseed {seed} does not fail again"),
    }
}
