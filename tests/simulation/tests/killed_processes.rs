//! A day in child processes: each dies before a write, before a flush or after a flush of the phone or of the server, all of them
//! one after the other. What dies is a whole process: nothing is closed, no lock given back, no memory kept.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too")]

use std::path::Path;
use std::process::{Command, Stdio};

use xundian_simulation::{Kill, LastWords, Left, Moment, Side, bury, prepare};

/// More writes than a day has.
const MOST: u64 = 10_000;
/// Children that live at the same time.
const LANES: u64 = 4;

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

/// What children have left.
struct Deaths {
    /// Those that died, in the order of their points.
    left: Vec<Left>,
    /// One that came to the end of its day.
    survivor: Left,
}

/// Kills a child at every point of one kind.
fn every_point(side: Side, at: Moment) -> Deaths {
    let ram = Path::new("/dev/shm");
    let home = if ram.is_dir() { tempfile::tempdir_in(ram) } else { tempfile::tempdir() }.unwrap();
    std::fs::create_dir(home.path().join("morning")).unwrap();
    let morning = prepare(&home.path().join("morning")).unwrap();
    let (home, morning) = (home.path(), &morning);
    let lanes: Vec<(Vec<(u64, Left)>, Left)> = std::thread::scope(|scope| {
        let lane = |lane: u64| {
            let numbers = (0..MOST).map(move |n| 1 + lane + LANES * n);
            scope.spawn(move || one_lane(home, morning, numbers.map(|n| Kill { side, at, n })))
        };
        let running: Vec<_> = (0..LANES).map(lane).collect();
        running.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let survivor = lanes[0].1;
    assert!(lanes.iter().all(|(_, left)| *left == survivor), "the same day leaves the same");
    let mut left: Vec<(u64, Left)> = lanes.into_iter().flat_map(|(left, _)| left).collect();
    left.sort_unstable_by_key(|(n, _)| *n);
    Deaths { left: left.into_iter().map(|(_, left)| left).collect(), survivor }
}

/// One child after the other, until one is not killed any more.
fn one_lane(home: &Path, morning: &LastWords, kills: impl Iterator<Item = Kill>) -> (Vec<(u64, Left)>, Left) {
    let mut all = Vec::new();
    for kill in kills {
        let folder = home.join(kill.n.to_string());
        copy(&home.join("morning"), &folder);
        let (words, was_killed) = child(&folder, morning, kill);
        let (ran, left) = bury(&folder, &words).unwrap_or_else(|why| unreachable!("{kill}: {why}"));
        assert!(ran.violations.is_empty(), "{kill}: {:?}\n{}", ran.violations, ran.trace.join("\n"));
        std::fs::remove_dir_all(folder).unwrap();
        if !was_killed {
            return (all, left);
        }
        all.push((kill.n, left));
    }
    unreachable!("a day has fewer writes")
}

/// Both sides of every flush: what one brings is absent before it and present after it, and together that is the day.
fn both_sides_of_every_flush(side: Side, fewest: usize, records: fn(&Left) -> u64) {
    let before = every_point(side, Moment::BeforeFlush);
    let after = every_point(side, Moment::AfterFlush);
    println!("{} flushes of the {side:?}, before and after", before.left.len());
    assert!(before.left.len() > fewest && before.left.len() == after.left.len());
    assert_eq!(before.survivor, after.survivor);
    let pairs = before.left.iter().zip(&after.left);
    let brought: Vec<u64> = pairs.map(|(before, after)| records(after) - records(before)).collect();
    assert!(brought.iter().any(|records| *records > 0), "no death before a flush loses its commit");
    assert_eq!(brought.iter().sum::<u64>(), records(&after.survivor), "{brought:?}");
}

/// A death before a write keeps what came before: from nothing to the whole day, never less than at the write before.
fn before_every_write(side: Side, fewest: usize, records: fn(&Left) -> u64) {
    let deaths = every_point(side, Moment::BeforeWrite);
    let left: Vec<u64> = deaths.left.iter().map(records).collect();
    println!("{} writes of the {side:?}", left.len());
    assert!(left.len() > fewest && left.is_sorted(), "{left:?}");
    assert_eq!((left.first(), left.last()), (Some(&0), Some(&records(&deaths.survivor))), "{left:?}");
}

fn on_phone(left: &Left) -> u64 {
    left.on_phone
}

fn at_server(left: &Left) -> u64 {
    left.at_server
}

#[test]
fn a_process_that_dies_at_any_commit_of_the_phone_loses_and_doubles_nothing() {
    both_sides_of_every_flush(Side::Phone, 30, on_phone);
}

#[test]
fn a_process_that_dies_at_any_commit_of_the_server_loses_and_doubles_nothing() {
    both_sides_of_every_flush(Side::Server, 10, at_server);
}

#[test]
fn a_process_that_is_killed_before_any_write_of_the_phone_loses_and_doubles_nothing() {
    before_every_write(Side::Phone, 100, on_phone);
}

#[test]
fn a_process_that_is_killed_before_any_write_of_the_server_loses_and_doubles_nothing() {
    before_every_write(Side::Server, 50, at_server);
}
