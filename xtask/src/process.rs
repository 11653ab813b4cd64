//! Running other programs.

use std::process::Command;

/// The repository: verbs mean the same wherever they are called.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Whether a program starts and ends well; its output is thrown away.
pub(crate) fn succeeds(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|done| done.status.success())
}

/// What a program says.
pub(crate) fn says(program: &str, args: &[&str]) -> Result<String, String> {
    let done = Command::new(program)
        .args(args)
        .current_dir(ROOT)
        .output()
        .map_err(|why| format!("cannot start `{program}`: {why}"))?;
    if done.status.success() {
        Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
    } else {
        Err(format!("`{program} {}` failed: {}", args.join(" "), String::from_utf8_lossy(&done.stderr)))
    }
}

/// Runs a program in the foreground; its output is the user's.
pub(crate) fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let shown = format!("{program} {}", args.join(" "));
    eprintln!("+ {shown}");
    let status = Command::new(program)
        .args(args)
        .current_dir(ROOT)
        .status()
        .map_err(|why| format!("cannot start `{program}`: {why}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}
