//! `cargo xtask …`: the one tool of the repository; each verb installs what it lacks.
//! It runs other programs and holds no logic of the product.

mod process;
mod setup;

use std::process::ExitCode;

use process::run;
use setup::setup;

const HELP: &str = "\
usage: cargo xtask <verb>

  setup   install what the tests and the demo need (Debian packages, Rust components)
  test    set up, then run every test of the repository
  lint    formatting and clippy, warnings are errors
";

fn main() -> ExitCode {
    let verb = std::env::args().nth(1).unwrap_or_default();
    let done = match verb.as_str() {
        "setup" => setup(),
        "test" => setup().and_then(|()| lint()).and_then(|()| test()),
        "lint" => setup().and_then(|()| lint()),
        "" | "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no verb `{other}`\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn lint() -> Result<(), String> {
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn test() -> Result<(), String> {
    run("cargo", &["test", "--workspace", "--locked"])
}
