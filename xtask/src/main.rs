//! `cargo xtask …`: the one tool of the repository; each verb installs what it lacks.
//! It runs other programs and holds no logic of the product.

mod api;
mod bindings;
mod desk;
mod evaluate;
mod fakes;
mod mutants;
mod phones;
mod process;
mod setup;

use std::process::ExitCode;

use evaluate::evaluate;
use mutants::mutants;
use process::run;
use setup::setup;

const HELP: &str = "\
usage: cargo xtask <verb>

  setup   install what the tests and the demo need (Debian packages, Rust components)
  demo    set up, build, and run two weeks of Qingdao; arguments follow (`cargo xtask demo --help`)
  phone   the app's screens in a phone-sized window, enrolled in a town of its own for as long as the window is open;
          arguments follow: --position, --photos; with --server (and --code) or --file a phone that stays
  phone-cli  a real phone core for the shell; arguments follow
  bench   measure what docs/guide/performance.md states
  evaluate  the suggestion policies on daily sales: --sales FILE [--events FILE] --json OUT; `complete-journey`: the full run
  sim     phones, server and all that goes wrong between them, from seeds: --seeds N [--from S] [--json FILE] [--tell]
  mutants-sync  seeded bugs, one after the other: each must make the simulation fail [--seeds N] [word…]
  test    set up, then run every test of the repository
  bindings  the library of the shells with its Kotlin and Swift sides and their fakes, in target/bindings
  size    what the library of a phone weighs, built as for a phone (part of `test`)
  android  the library for Android, packed; needs the NDK
  ios     the library for iPhones, packed; needs macOS and Xcode
  lint    formatting and clippy, warnings are errors
";

fn main() -> ExitCode {
    if let Err(why) = std::env::set_current_dir(process::ROOT) {
        eprintln!("xtask: {}: {why}", process::ROOT);
        return ExitCode::FAILURE;
    }
    let verb = std::env::args().nth(1).unwrap_or_default();
    let rest: Vec<String> = std::env::args().skip(2).collect();
    let done = match verb.as_str() {
        "setup" => setup(),
        "demo" => setup::for_demo().and_then(|()| program("xundian-demo", &rest)),
        "phone" => desk::phone(&rest),
        "phone-cli" => program("phone-cli", &rest),
        "bench" => setup().and_then(|()| program("xundian-bench", &rest)),
        "evaluate" => evaluate(&rest),
        "sim" => program("xundian-sim", &rest),
        "mutants-sync" => mutants(&rest),
        "test" => setup().and_then(|()| lint()).and_then(|()| test()),
        "bindings" => bindings::bindings(),
        "size" => phones::size(),
        "android" => phones::android(),
        "ios" => phones::ios(),
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

/// A program of the workspace, built for speed.
fn program(name: &str, arguments: &[String]) -> Result<(), String> {
    let mut words = vec!["run", "--release", "--locked", "--quiet", "--bin", name, "--"];
    words.extend(arguments.iter().map(String::as_str));
    run("cargo", &words)
}

fn lint() -> Result<(), String> {
    run("cargo", &["fmt", "--all", "--check"])?;
    run("cargo", &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?;
    bindings::lint()
}

fn test() -> Result<(), String> {
    run("cargo", &["test", "--workspace", "--locked"])?;
    bindings::test()?;
    phones::check()?;
    phones::size()?;
    android()?;
    run("ios/test.sh", &[])
}

/// The app for Android; without Java it does not run, loudly, and in CI that is a failure.
fn android() -> Result<(), String> {
    if setup::has_java() {
        return run("mvn", &["-B", "-ntp", "-f", "android/pom.xml", "test"]);
    }
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err("in CI the app for Android must be tested: install a JDK and Maven".to_owned());
    }
    eprintln!("NOT RUN: android/ (no JDK or no Maven)");
    Ok(())
}
