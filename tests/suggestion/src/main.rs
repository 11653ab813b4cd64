//! `cargo xtask evaluate`: judges the policies on a file of daily sales, or makes the full run on Complete Journey.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde::Serialize;
use xundian_domain::suggestion::prior::Shrinkage;
use xundian_suggestion::plan::{Plan, Stores};
use xundian_suggestion::report::{Comparison, Sweep, comparison, journey_report, sales_report, sweep};
use xundian_suggestion::sales::World;
use xundian_suggestion::{Outcome, Trouble, plot};

/// Replays daily sales under the 1.5× rule and base stock, and compares them at equal stock.
#[derive(Debug, Parser)]
#[command(name = "xundian-evaluate", args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    own: Option<OwnSales>,
}

#[derive(Debug, clap::Args)]
struct OwnSales {
    /// Daily sales: store,sku,category,date,units
    #[arg(long)]
    sales: PathBuf,
    /// Events: event,date,store,sku,category (an empty cell means all)
    #[arg(long)]
    events: Option<PathBuf>,
    /// Where the figures go
    #[arg(long)]
    json: PathBuf,
    /// Which stores
    #[arg(long, value_enum, default_value = "all")]
    stores: Stores,
    /// Missed visits, case packs, miscounts
    #[arg(long)]
    realistic: bool,
    /// A picture of fill over stock
    #[arg(long)]
    plot: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The full run: plain and realistic, cold start, calibration; on the stores that no hyper-parameter has seen
    CompleteJourney {
        /// As the converter wrote it
        #[arg(long)]
        sales: PathBuf,
        /// Where the figures go
        #[arg(long)]
        json: PathBuf,
        /// A folder for pictures
        #[arg(long)]
        plots: Option<PathBuf>,
    },
    /// How long suggestions and priors take
    Speed,
    /// Sweeps the hyper-parameters on the tuning quarter
    Tune {
        /// As the converter wrote it
        #[arg(long)]
        sales: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match (arguments.verb, arguments.own) {
        (Some(Verb::CompleteJourney { sales, json, plots }), _) => journey(&sales, &json, plots.as_deref()),
        (Some(Verb::Tune { sales }), _) => tune(&sales),
        (Some(Verb::Speed), _) => {
            print!("{}", xundian_suggestion::speed::measure());
            Ok(())
        }
        (None, Some(own)) => judge(&own),
        (None, None) => Err(Trouble::Empty("give --sales FILE --json OUT, or a verb; --help tells more")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xundian-evaluate: {why}");
            ExitCode::FAILURE
        }
    }
}

fn judge(own: &OwnSales) -> Outcome<()> {
    let plan = Plan::fixed()?;
    let mut world = read(&own.sales, &plan, own.stores)?;
    if let Some(events) = &own.events {
        world.read_events(open(events)?, &events.display().to_string())?;
    }
    let sweep = sweep(&world, &plan, own.realistic, Shrinkage::TUNED);
    if let Some(file) = &own.plot {
        write(file, plot::fill_over_stock("Fill at stock", &sweep).as_bytes())?;
    }
    write_json(&own.json, &sales_report(&sweep))
}

fn journey(sales: &Path, json: &Path, plots: Option<&Path>) -> Outcome<()> {
    let plan = Plan::fixed()?;
    let world = read(sales, &plan, Stores::Rest)?;
    eprintln!("{} stores, {} series, {} days", world.stores.len(), world.series.len(), world.days);
    let plain = sweep(&world, &plan, false, Shrinkage::TUNED);
    let realistic = sweep(&world, &plan, true, Shrinkage::TUNED);
    let report = journey_report(&plan, &plain, &realistic)?;
    if let Some(folder) = plots {
        write(&folder.join("plain.svg"), plot::fill_over_stock("Plain replay", &plain).as_bytes())?;
        write(
            &folder.join("realistic.svg"),
            plot::fill_over_stock("Realistic replay", &realistic).as_bytes(),
        )?;
        let calibration = plot::calibration("Calibration, plain replay", &report.calibration);
        write(&folder.join("calibration.svg"), calibration.as_bytes())?;
    }
    print_dials(&plain);
    write_json(json, &report)
}

/// One hyper-parameter after the other, the others as they are.
fn tune(sales: &Path) -> Outcome<()> {
    let plan = Plan::fixed()?;
    let world = read(sales, &plan, Stores::Tuning)?;
    eprintln!("{} stores, {} series, {} days", world.stores.len(), world.series.len(), world.days);
    let now = Shrinkage::TUNED;
    let mut tries = vec![("as it is".to_owned(), now)];
    for rate_weeks in [2.0, 26.0, 104.0] {
        tries.push((format!("rate_weeks {rate_weeks}"), Shrinkage { rate_weeks, ..now }));
    }
    for dispersion in [0.01, 0.05, 0.3, 0.6] {
        tries.push((format!("dispersion {dispersion}"), Shrinkage { dispersion, ..now }));
    }
    for dispersion_weight in [20.0, 100.0, 500.0, 2_000.0] {
        tries
            .push((format!("dispersion_weight {dispersion_weight}"), Shrinkage { dispersion_weight, ..now }));
    }
    for (name, shrinkage) in tries {
        let plain = sweep(&world, &plan, false, shrinkage);
        let realistic = sweep(&world, &plan, true, shrinkage);
        println!("{name}");
        println!("  plain      {}", line(&comparison(&plain, |done| &done.main)?));
        println!("  cold       {}", line(&comparison(&plain, |done| &done.cold)?));
        println!("  realistic  {}", line(&comparison(&realistic, |done| &done.main)?));
        println!("{}", dials(&plain));
    }
    Ok(())
}

fn line(figures: &Comparison) -> String {
    let (rule, base) = (&figures.rule, &figures.base_stock);
    format!(
        "rule {:.4} at {:.3}; base stock {:+.2} pp (low {:+.2}), stock at its fill {:.3}",
        rule.fill, rule.stock, base.gain_pp, base.gain_pp_low95, base.stock_at_rule_fill
    )
}

/// How often targets were exceeded, beside what the policy itself expected and what was reached exactly.
fn dials(sweep: &Sweep) -> String {
    let rows = sweep.base_stock.iter().filter(|(p, _)| *p >= 0.9).map(|(p, done)| {
        let t = done.main.all();
        let share = |part: f64| part / t.horizons;
        format!(
            "  p {p:.3}: exceeded {:.4} (expected {:.4}), reached {:.4}, found empty {:.4}",
            share(t.exceeded),
            share(t.exceed_expected),
            share(t.reached),
            t.empty_share()
        )
    });
    rows.collect::<Vec<_>>().join("\n")
}

fn print_dials(sweep: &Sweep) {
    println!("{}", dials(sweep));
}

fn read(sales: &Path, plan: &Plan, stores: Stores) -> Outcome<World> {
    let name = sales.display().to_string();
    World::read(open(sales)?, &name, |store| plan.has(stores, store))
}

fn open(path: &Path) -> Outcome<File> {
    File::open(path).map_err(|why| Trouble::File(path.display().to_string(), why))
}

fn write_json(path: &Path, report: &impl Serialize) -> Outcome<()> {
    let text = serde_json::to_string_pretty(report)?;
    println!("{text}");
    write(path, text.as_bytes())
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    std::fs::write(path, bytes).map_err(|why| Trouble::File(path.display().to_string(), why))
}
