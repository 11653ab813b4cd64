//! A day in child processes: each is killed before or after one commit of the phone or of the server, all commits one
//! after the other. What dies is a whole process: nothing is closed, no lock given back, no memory kept.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too")]

use std::path::Path;
use std::process::{Command, Stdio};

use xundian_simulation::{Kill, LastWords, Side, bury, prepare};
use xundian_vfs::When;

/// More commits than a day has.
const MOST: u64 = 500;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Lives the day in a child that dies; gives what it said, and whether it was killed. Its last commits are those of
/// closing its files.
fn child(folder: &Path, morning: &LastWords, kill: Kill) -> (LastWords, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_xundian-sim"))
        .args(["--day-in", &folder.to_string_lossy(), "--morning", &morning.now.to_string()])
        .args(["--kill", &kill.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let words = LastWords::of(&String::from_utf8_lossy(&output.stdout)).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let was_killed = output.status.code().is_none();
    assert!(was_killed || output.status.success() && words.is_over, "{kill} was no kill: {complaint}");
    (words, was_killed)
}

/// Kills a child at every commit of one side; gives how many there are.
fn every_commit(side: Side, when: When) -> u64 {
    let ram = Path::new("/dev/shm");
    let home = if ram.is_dir() { tempfile::tempdir_in(ram) } else { tempfile::tempdir() }.unwrap();
    let morning_folder = home.path().join("morning");
    std::fs::create_dir(&morning_folder).unwrap();
    let morning = prepare(&morning_folder).unwrap();
    for n in 1..MOST {
        let (kill, folder) = (Kill { side, when, n }, home.path().join(n.to_string()));
        copy(&morning_folder, &folder);
        let (words, was_killed) = child(&folder, &morning, kill);
        if !was_killed {
            return n - 1;
        }
        let ran = bury(&folder, &words).unwrap_or_else(|why| unreachable!("{kill}: {why}"));
        assert!(ran.violations.is_empty(), "{kill}: {:?}\n{}", ran.violations, ran.trace.join("\n"));
        std::fs::remove_dir_all(folder).unwrap();
    }
    MOST
}

#[test]
fn a_process_that_is_killed_at_any_commit_of_the_phone_loses_and_doubles_nothing() {
    let (before, after) = (every_commit(Side::Phone, When::Before), every_commit(Side::Phone, When::After));
    println!("{before} commits of the phone, before and after");
    assert!(before > 30 && before == after, "{before} {after}");
}

#[test]
fn a_process_that_is_killed_at_any_commit_of_the_server_loses_and_doubles_nothing() {
    let (before, after) = (every_commit(Side::Server, When::Before), every_commit(Side::Server, When::After));
    println!("{before} commits of the server, before and after");
    assert!(before > 10 && before == after, "{before} {after}");
}
