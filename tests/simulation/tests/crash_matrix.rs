//! The crash matrix: one day, broken at every read, every write and every flush of the phone and of the server, one after
//! the other: killed, without power, full, failing; full also by every quota that refuses a write. A backup, which copies page by
//! page, is broken at every point of its own short day, and so are, without power, the photos and moves of another. All points are
//! enumerated.

use std::collections::BTreeMap;

use xundian_simulation::{
    DiskFault, Plan, Side, a_backup, a_day, a_journal_day, a_moving_day, a_slip_day, quotas, run, run_broken,
};

/// More points than a day has; the enumeration ends at the first one that is not reached.
const MOST: u64 = 5_000;

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

    /// Breaks a day once; whether it came to that.
    fn is_broken(&mut self, plan: &Plan, side: Side, fault: DiskFault) -> bool {
        let ran = run_broken(plan, side, fault);
        let (ran, broken) = ran.unwrap_or_else(|why| unreachable!("{side:?} {fault:?}: {why}"));
        let story = ran.trace.join("\n");
        assert!(ran.violations.is_empty(), "{side:?} {fault:?}: {:?}\n{story}", ran.violations);
        if broken {
            self.points += 1;
            self.refused_calls += ran.counts.refused_calls;
            for (name, n) in ran.counts.faults {
                *self.faults.entry(name).or_default() += n;
            }
        }
        broken
    }
}

/// Breaks a day at every point.
fn every_point(plan: &Plan, side: Side, fault: impl Fn(u64) -> DiskFault) -> Seen {
    let mut seen = Seen::default();
    let end = (1..MOST).find(|n| !seen.is_broken(plan, side, fault(*n)));
    assert!(end.is_some(), "a day has fewer points");
    seen
}

/// The machine goes with its power at every one of the points, and is never only killed.
fn without_power(plan: &Plan, side: Side, fault: impl Fn(u64) -> DiskFault) -> u64 {
    let seen = every_point(plan, side, fault);
    assert_eq!(
        (seen.deaths("its power"), seen.deaths("while writing")),
        (seen.points, 0),
        "{:?}",
        seen.faults
    );
    seen.points
}

/// Before and after every flush.
fn around_every_flush(plan: &Plan, side: Side, fewest: u64) {
    let before = without_power(plan, side, DiskFault::PowerBeforeSync);
    let after = without_power(plan, side, DiskFault::PowerAfterSync);
    println!("{before} flushes of the {side:?}, before and after");
    assert!(before > fewest && before == after, "{before} {after}");
}

#[test]
fn case_12_the_power_goes_before_and_after_every_flush_of_the_phone() {
    around_every_flush(&a_day(), Side::Phone, 30);
    around_every_flush(&a_backup(), Side::Phone, 3);
}

#[test]
fn the_power_goes_before_and_after_every_flush_of_the_server() {
    around_every_flush(&a_day(), Side::Server, 10);
    around_every_flush(&a_backup(), Side::Server, 1);
}

#[test]
fn the_power_goes_at_every_write_of_a_phone_that_photographs_and_moves_and_at_every_flush_of_both_sides() {
    let plan = a_moving_day();
    let counts = run(&plan).unwrap_or_else(|why| unreachable!("{why}")).counts;
    let has_renewed = counts.refusals.keys().any(|refusal| refusal.ends_with("Fork"));
    assert!(has_renewed && counts.office.contains_key("rep absent"), "{counts:?}");
    let writes = without_power(&plan, Side::Phone, DiskFault::PowerAtWrite);
    println!("{writes} writes of a phone that photographs and moves");
    assert!(writes > 50, "{writes}");
    around_every_flush(&plan, Side::Phone, 10);
    around_every_flush(&plan, Side::Server, 5);
}

/// Killed and without power at every write; they are never each other.
fn dies_at_every_write(plan: &Plan, side: Side, fewest: u64) {
    let killed = every_point(plan, side, DiskFault::KillAtWrite);
    println!("{} writes of the {side:?}", killed.points);
    assert_eq!(
        (killed.deaths("while writing"), killed.deaths("its power")),
        (killed.points, 0),
        "{:?}",
        killed.faults
    );
    let powerless = without_power(plan, side, DiskFault::PowerAtWrite);
    assert!(killed.points > fewest, "{}", killed.points);
    assert_eq!(killed.points, powerless, "a point is one whatever happens there");
}

/// Full and failing at every write.
fn fails_at_every_write(plan: &Plan, side: Side, fewest: u64) {
    let kinds: [fn(u64) -> DiskFault; 2] = [DiskFault::FullAtWrite, DiskFault::ErrorAtWrite];
    let points = kinds.map(|kind| every_point(plan, side, kind).points);
    assert!(points.iter().all(|points| *points > fewest), "{points:?}");
}

#[test]
fn the_phone_is_killed_or_without_power_at_every_write() {
    dies_at_every_write(&a_day(), Side::Phone, 100);
}

#[test]
fn the_phones_disk_is_full_or_failing_at_every_write() {
    fails_at_every_write(&a_day(), Side::Phone, 100);
}

#[test]
fn the_server_is_killed_or_without_power_at_every_write() {
    dies_at_every_write(&a_day(), Side::Server, 50);
}

#[test]
fn the_servers_disk_is_full_or_failing_at_every_write() {
    fails_at_every_write(&a_day(), Side::Server, 50);
}

#[test]
fn a_server_is_killed_full_or_failing_at_every_write_of_its_backup() {
    dies_at_every_write(&a_backup(), Side::Server, 50);
    fails_at_every_write(&a_backup(), Side::Server, 50);
}

/// What the office and distributors brought in.
fn brought(plan: &Plan) -> BTreeMap<String, u64> {
    run(plan).unwrap_or_else(|why| unreachable!("{why}")).counts.office
}

#[test]
fn a_server_dies_or_fails_at_every_point_of_a_day_of_slips() {
    let (plan, office) = (a_slip_day(), brought(&a_slip_day()));
    for what in ["slip pasted", "slip pasted again", "slip went ahead of its facts"] {
        assert!(office.contains_key(what), "{office:?}");
    }
    dies_at_every_write(&plan, Side::Server, 50);
    fails_at_every_write(&plan, Side::Server, 50);
    around_every_flush(&plan, Side::Server, 5);
}

#[test]
fn a_server_dies_at_every_write_and_flush_of_a_journal() {
    let (plan, office) = (a_journal_day(), brought(&a_journal_day()));
    assert_eq!(office.get("journal brought"), Some(&1), "{office:?}");
    dies_at_every_write(&plan, Side::Server, 20);
    around_every_flush(&plan, Side::Server, 2);
}

/// One byte of room too little for each write by which files grow. A full disk of this kind can be written over.
fn at_every_quota(side: Side, fewest: usize) -> Seen {
    let (plan, mut seen) = (a_day(), Seen::default());
    let quotas = quotas(&plan, side).unwrap_or_else(|why| unreachable!("{side:?}: {why}"));
    println!("{} quotas of the {side:?}; {:?} bytes are enough", quotas.len(), quotas.last());
    assert!(quotas.len() > fewest && quotas.is_sorted(), "{quotas:?}");
    for room in &quotas {
        let fault = DiskFault::FullAtBytes(*room);
        assert!(seen.is_broken(&plan, side, fault), "{side:?} {fault:?} refuses nothing");
    }
    let enough = quotas.last().map_or(0, |room| room + 1);
    assert!(!seen.is_broken(&plan, side, DiskFault::FullAtBytes(enough)), "{enough} bytes are enough");
    seen
}

#[test]
fn the_phones_disk_is_full_by_every_quota_that_refuses_a_write() {
    let seen = at_every_quota(Side::Phone, 50);
    // A log that cannot be copied into its file may stay in silence.
    assert!(seen.refused_calls * 2 > seen.points, "{} calls of {} say so", seen.refused_calls, seen.points);
}

#[test]
fn the_servers_disk_is_full_by_every_quota_that_refuses_a_write() {
    at_every_quota(Side::Server, 20);
}

#[test]
fn a_flush_that_fails_is_said_and_never_believed() {
    let phone = every_point(&a_day(), Side::Phone, DiskFault::ErrorAtSync);
    let server = every_point(&a_day(), Side::Server, DiskFault::ErrorAtSync);
    let backup = every_point(&a_backup(), Side::Server, DiskFault::ErrorAtSync);
    let all = [phone.points, server.points, backup.points];
    println!("{all:?} flushes of the phone, of the server and of a day with its backup, failing");
    assert!(phone.points > 30 && server.points > 10 && backup.points > 1);
    // A flush that only tidies the file up may fail in silence.
    let said = phone.refused_calls;
    assert!(said * 10 >= phone.points * 9, "{said} calls of {} say so", phone.points);
}

#[test]
fn a_read_of_the_phone_that_fails_is_said_and_loses_nothing() {
    let seen = every_point(&a_day(), Side::Phone, DiskFault::ErrorAtRead);
    println!("{} reads of the phone, failing; {} calls say so", seen.points, seen.refused_calls);
    // A log that cannot be copied into its file may stay in silence.
    assert!(seen.points > 50 && seen.refused_calls * 2 > seen.points);
}

#[test]
fn a_read_of_the_server_that_fails_loses_nothing() {
    let day = every_point(&a_day(), Side::Server, DiskFault::ErrorAtRead);
    let backup = every_point(&a_backup(), Side::Server, DiskFault::ErrorAtRead);
    println!("{} reads of the server, and {} of a day with its backup, failing", day.points, backup.points);
    assert!(day.points > 50 && day.refused_calls > 0);
    assert!(backup.points > 50 && backup.refused_calls > 0);
}
