//! What a job takes in memory, counted by the operating system: what zstd and Argon2 take is in it. Each job runs in a
//! process of its own, where no memory lies about that could be used again, and nothing else is counted.

use std::process::Command;

pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Names the task to the process that was started for it.
const TASK: &str = "XUNDIAN_MEMORY_TASK";

/// What this process was started for; `None` = it is the one that starts the others.
pub(crate) fn task() -> Option<String> {
    std::env::var(TASK).ok()
}

/// Runs a test of this program in a fresh process, which finds its task there; gives how the task ended and the most that
/// it held, in bytes.
pub(crate) fn elsewhere(test: &str, task: &str) -> Outcome<(String, usize)> {
    let run = Command::new(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture"])
        .env(TASK, task)
        .output()?;
    let said = String::from_utf8(run.stdout)?;
    let line = said.lines().find_map(|line| line.split_once("held ")).ok_or("nothing was said")?.1;
    let (held, how) = line.split_once(' ').ok_or("too little was said")?;
    Ok((how.to_owned(), held.parse()?))
}

/// Does the job of a task; says how it ended, in one line, and the most that was held beside what was there before it.
pub(crate) fn measured(job: impl FnOnce() -> String) -> Outcome<()> {
    let before = status("VmRSS")?;
    let how = job();
    let held = status("VmHWM")?.saturating_sub(before);
    println!("held {held} {how}");
    Ok(())
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> Outcome<usize> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|line| line.starts_with(name)).ok_or("no such line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse::<usize>()? << 10)
}
