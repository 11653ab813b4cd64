//! The crash matrix: one day, broken at every read, every write and every flush of the phone and of the server, one after
//! the other: killed, without power, full, failing. All points are enumerated, but for the reads of a backup: it copies page
//! by page, and only every so many-th of its reads fails.

use std::collections::BTreeMap;

use xundian_simulation::{DiskFault, OpKind, Plan, Side, a_day, run_broken};

/// More points than a day has; the enumeration ends at the first one that is not reached.
const MOST: u64 = 5_000;
/// Of the reads of a day with its backup every so many-th fails; of a day without one they all do.
const COPY_STEP: usize = 16;

/// What was seen at all points of a day.
#[derive(Default)]
struct Seen {
    points: u64,
    /// Calls that said that their disk had failed.
    refused_calls: u64,
    faults: BTreeMap<String, u64>,
}

impl Seen {
    /// How machines died, by the end of its name.
    fn deaths(&self, how: &str) -> u64 {
        self.faults.iter().filter(|(name, _)| name.ends_with(how)).map(|(_, n)| n).sum()
    }
}

/// Breaks the day at every point.
fn every_point(side: Side, fault: impl Fn(u64) -> DiskFault) -> Seen {
    points_of(&a_day(), side, 1, fault)
}

/// Breaks a day at every `step`-th point.
fn points_of(plan: &Plan, side: Side, step: usize, fault: impl Fn(u64) -> DiskFault) -> Seen {
    let mut seen = Seen::default();
    for n in (1..MOST).step_by(step) {
        let fault = fault(n);
        let ran = run_broken(plan, side, fault);
        let (ran, broken) = ran.unwrap_or_else(|why| unreachable!("{side:?} {fault:?}: {why}"));
        let story = ran.trace.join("\n");
        assert!(ran.violations.is_empty(), "{side:?} {fault:?}: {:?}\n{story}", ran.violations);
        if !broken {
            return seen;
        }
        seen.points += 1;
        seen.refused_calls += ran.counts.refused_calls;
        for (name, n) in ran.counts.faults {
            *seen.faults.entry(name).or_default() += n;
        }
    }
    unreachable!("a day has fewer points")
}

/// The machine goes with its power at every one of the points, and is never only killed.
fn without_power(side: Side, fault: impl Fn(u64) -> DiskFault) -> u64 {
    let seen = every_point(side, fault);
    assert_eq!(
        (seen.deaths("its power"), seen.deaths("while writing")),
        (seen.points, 0),
        "{:?}",
        seen.faults
    );
    seen.points
}

#[test]
fn case_12_the_power_goes_before_and_after_every_flush_of_the_phone() {
    let before = without_power(Side::Phone, DiskFault::PowerBeforeSync);
    let after = without_power(Side::Phone, DiskFault::PowerAfterSync);
    println!("{before} flushes of the phone, before and after");
    assert!(before > 30 && before == after, "{before} {after}");
}

#[test]
fn the_power_goes_before_and_after_every_flush_of_the_server() {
    let before = without_power(Side::Server, DiskFault::PowerBeforeSync);
    let after = without_power(Side::Server, DiskFault::PowerAfterSync);
    println!("{before} flushes of the server, before and after");
    assert!(before > 10 && before == after, "{before} {after}");
}

/// Killed, without power, full, failing at every write; killed and without power are never each other.
fn at_every_write(side: Side, fewest: u64) {
    let killed = every_point(side, DiskFault::KillAtWrite);
    println!("{} writes of the {side:?}", killed.points);
    assert_eq!(
        (killed.deaths("while writing"), killed.deaths("its power")),
        (killed.points, 0),
        "{:?}",
        killed.faults
    );
    let powerless = without_power(side, DiskFault::PowerAtWrite);
    let kinds: [fn(u64) -> DiskFault; 2] = [DiskFault::FullAtWrite, DiskFault::ErrorAtWrite];
    let [full, failing] = kinds.map(|kind| every_point(side, kind).points);
    let all = [killed.points, powerless, full, failing];
    assert!(all.iter().all(|points| *points > fewest), "{all:?}");
    assert_eq!(killed.points, powerless, "a point is one whatever happens there");
}

#[test]
fn the_phone_is_killed_full_or_failing_at_every_write() {
    at_every_write(Side::Phone, 100);
}

#[test]
fn the_server_is_killed_full_or_failing_at_every_write() {
    at_every_write(Side::Server, 50);
}

#[test]
fn a_flush_that_fails_is_said_and_never_believed() {
    let phone = every_point(Side::Phone, DiskFault::ErrorAtSync);
    let server = every_point(Side::Server, DiskFault::ErrorAtSync);
    println!("{} flushes of the phone and {} of the server, failing", phone.points, server.points);
    assert!(phone.points > 30 && server.points > 10);
    // A flush that only tidies the file up may fail in silence.
    let said = phone.refused_calls;
    assert!(said * 10 >= phone.points * 9, "{said} calls of {} say so", phone.points);
}

#[test]
fn a_read_of_the_phone_that_fails_is_said_and_loses_nothing() {
    let seen = every_point(Side::Phone, DiskFault::ErrorAtRead);
    println!("{} reads of the phone, failing; {} calls say so", seen.points, seen.refused_calls);
    // A log that cannot be copied into its file may stay in silence.
    assert!(seen.points > 50 && seen.refused_calls * 2 > seen.points);
}

#[test]
fn a_read_of_the_server_that_fails_loses_nothing() {
    let mut without_backup = a_day();
    without_backup.ops.retain(|op| op.kind != OpKind::Backup);
    let all = points_of(&without_backup, Side::Server, 1, DiskFault::ErrorAtRead);
    let some = points_of(&a_day(), Side::Server, COPY_STEP, DiskFault::ErrorAtRead);
    println!("{} reads of the server, and {} of a day with its backup, failing", all.points, some.points);
    assert!(all.points > 50 && all.refused_calls > 0);
    let with_backup = some.points * u64::try_from(COPY_STEP).unwrap();
    assert!(with_backup > all.points, "{with_backup} {}", all.points);
}
