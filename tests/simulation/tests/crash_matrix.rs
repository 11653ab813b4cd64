//! The crash matrix: one day, broken at every write and every flush of the phone and of the server, one after the
//! other: killed, without power, full, failing. All points are enumerated, none is sampled.

use xundian_simulation::{DiskFault, Side, a_day, run_broken};

/// More points than a day has; the enumeration ends at the first one that is not reached.
const MOST: u64 = 5_000;

/// Breaks the day at every point; gives how many there are.
fn every_point(side: Side, fault: impl Fn(u64) -> DiskFault) -> u64 {
    let plan = a_day();
    let mut points = 0;
    for n in 1..MOST {
        let fault = fault(n);
        let ran = run_broken(&plan, side, fault);
        let (ran, broken) = ran.unwrap_or_else(|why| unreachable!("{side:?} {fault:?}: {why}"));
        let story = ran.trace.join("\n");
        assert!(ran.violations.is_empty(), "{side:?} {fault:?}: {:?}\n{story}", ran.violations);
        if !broken {
            return points;
        }
        points += 1;
    }
    points
}

#[test]
fn case_12_the_power_goes_before_and_after_every_flush_of_the_phone() {
    let before = every_point(Side::Phone, DiskFault::PowerBeforeSync);
    let after = every_point(Side::Phone, DiskFault::PowerAfterSync);
    println!("{before} flushes of the phone, before and after");
    assert!(before > 30 && before == after, "{before} {after}");
}

#[test]
fn the_power_goes_before_and_after_every_flush_of_the_server() {
    let before = every_point(Side::Server, DiskFault::PowerBeforeSync);
    let after = every_point(Side::Server, DiskFault::PowerAfterSync);
    println!("{before} flushes of the server, before and after");
    assert!(before > 10 && before == after, "{before} {after}");
}

#[test]
fn the_phone_is_killed_full_or_failing_at_every_write() {
    let kinds: [fn(u64) -> DiskFault; 4] =
        [DiskFault::KillAtWrite, DiskFault::PowerAtWrite, DiskFault::FullAtWrite, DiskFault::ErrorAtWrite];
    for kind in kinds {
        let points = every_point(Side::Phone, kind);
        println!("{:?}: {points} writes of the phone", kind(0));
        assert!(points > 100, "{points}");
    }
}

#[test]
fn the_server_is_killed_full_or_failing_at_every_write() {
    let kinds: [fn(u64) -> DiskFault; 4] =
        [DiskFault::KillAtWrite, DiskFault::PowerAtWrite, DiskFault::FullAtWrite, DiskFault::ErrorAtWrite];
    for kind in kinds {
        let points = every_point(Side::Server, kind);
        println!("{:?}: {points} writes of the server", kind(0));
        assert!(points > 50, "{points}");
    }
}
