//! The way, the disks and the counts of a run are what they are said to be.

mod own_rows;

use xundian_device::machine::Machine as Clocks;
use xundian_device::sync::Transport;

use super::fate::Trouble;
use super::*;
use crate::scopes::Equal;
use crate::weather::Weather;

/// A city with one phone that is in step.
fn town() -> (tempfile::TempDir, World) {
    let folder = somewhere().unwrap();
    let plan = Plan { seed: 7, phones: 1, ops: Vec::new() };
    let world = World::start(&plan, folder.path()).unwrap();
    (folder, world)
}

fn visit(world: &mut World, n: u64) {
    world.visit(0, &mut Chance::new(n, &[5])).unwrap();
}

/// One run over a line on which it is always the same that goes wrong.
fn sync_in(world: &mut World, seed: u64, weather: Weather) -> SyncOutcome {
    let mut network = Network::always(&world.line, seed, weather);
    sync_once(world.phones[0].core().unwrap(), &mut network, |_| true).unwrap().outcome
}

fn faults(world: &World, name: &str) -> u64 {
    world.line.borrow().counts.faults.get(name).copied().unwrap_or(0)
}

#[test]
fn a_pause_passes_for_phone_and_server_and_a_request_takes_its_time() {
    let (_folder, mut world) = town();
    let phone = world.phones[0].clock.clone();
    let clocks = |world: &World| {
        let server = world.line.borrow().server.app().unwrap().now().0;
        [server, phone.mono_ms(), phone.wall().0]
    };
    let before = clocks(&world);
    Network::new(&world.line, 0, 1, false).wait(5_000);
    let after = clocks(&world);
    assert_eq!(after, before.map(|clock| clock + 5_000));
    world.sync(0, 1, false, None).unwrap();
    let took = clocks(&world)[0] - after[0];
    assert!((1..60_000).contains(&took), "{took}");
    assert_eq!(clocks(&world), after.map(|clock| clock + took));
}

#[test]
fn a_request_that_is_cut_silently_is_refused_and_the_facts_stay() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    let sealed = world.phones[0].lying().unwrap().len();
    // Each try of the push is refused for its signature, with a second's pause; nobody has to renew or enrol for that.
    assert_eq!(sync_in(&mut world, 3, Weather::RequestCutSilently), SyncOutcome::Later { ms: 1_000 });
    assert!(faults(&world, "request cut silently") > 1);
    assert!(world.line.borrow().counts.refusals["503 Busy"] > 1);
    let at_server = |world: &World| {
        let rows = world.line.borrow().server.read(|tx| tx.query("SELECT id FROM fact", &[]));
        rows.unwrap().len()
    };
    assert_eq!(at_server(&world), 0);
    world.settle(0).unwrap();
    world.drain(0).unwrap();
    assert_eq!((at_server(&world), sealed > 0), (sealed, true));
    assert!(world.violations.is_empty(), "{:?}", world.violations);
}

#[test]
fn a_fault_counts_when_it_strikes_and_not_when_it_was_planned() {
    let (_folder, mut world) = town();
    // A pull writes nothing, and there is nothing to cut.
    for weather in [Weather::DiskFull, Weather::WriteFails, Weather::FlushFails, Weather::RequestCutSilently]
    {
        assert_eq!(sync_in(&mut world, 1, weather), SyncOutcome::InStep);
    }
    let names =
        ["server's disk full", "server's write failed", "server's flush failed", "request cut silently"];
    assert_eq!(names.map(|name| faults(&world, name)), [0; 4]);
    for (weather, name) in [
        (Weather::DiskFull, names[0]),
        (Weather::WriteFails, names[1]),
        (Weather::FlushFails, names[2]),
        (Weather::ReadFails, "server's read failed"),
    ] {
        let strikes = (0..40).any(|seed| {
            visit(&mut world, seed);
            sync_in(&mut world, seed, weather);
            faults(&world, name) > 0
        });
        assert!(strikes, "{name}");
    }
    world.settle(0).unwrap();
    world.drain(0).unwrap();
    assert!(world.violations.is_empty(), "{:?}", world.violations);
}

#[test]
fn a_phone_with_a_bad_disk_says_so_and_loses_nothing() {
    let (_folder, mut world) = town();
    for seed in 0..90 {
        let kind = if seed % 3 == 0 { OpKind::FullDisk } else { OpKind::DiskError };
        world.happen(Op { kind, phone: 0, seed }).unwrap();
    }
    for trouble in [Trouble::Full, Trouble::Read, Trouble::Write, Trouble::Flush] {
        assert!(faults(&world, trouble.name()) > 0, "{trouble:?}");
    }
    world.drain(0).unwrap();
    assert!(world.violations.is_empty(), "{:?}", world.violations);
}

#[test]
fn exchanges_count_over_all_runs_since_the_last_fault_and_codes_apart() {
    let (_folder, mut world) = town();
    let counted = |world: &World| {
        let line = world.line.borrow();
        (line.counts.most_exchanges, line.counts.most_exchanges_with_code, line.counts.codes)
    };
    visit(&mut world, 1);
    world.drain(0).unwrap();
    assert_eq!(counted(&world), (1, 0, 0));
    visit(&mut world, 2);
    world.phones[0].lose_key().unwrap();
    world.drain(0).unwrap();
    assert_eq!(counted(&world), (1, 2, 1), "the enrolment, then the push");
    world.count_exchanges(0, 6, 3, 1);
    assert!(world.violations.is_empty(), "{:?}", world.violations);
    world.count_exchanges(0, 7, 3, 1);
    world.count_exchanges(0, 4, 3, 0);
    assert_eq!(world.violations.len(), 2);
}

#[test]
fn what_keeps_a_run_from_its_end_is_told_in_its_own_words() {
    assert_eq!(watch(|| Ok(())), None);
    let halt = watch(|| Err("no disk".into())).unwrap();
    assert_eq!((halt.invariant, halt.what.as_str()), ("stuck", "no disk"));
    let halt = watch(|| unreachable!("no way {}", 7)).unwrap();
    assert_eq!(halt.invariant, "panicked");
    assert!(halt.what.contains("no way 7"), "{}", halt.what);
}

#[test]
fn what_the_clock_stumbled_over_is_not_swallowed_by_the_way() {
    let (_folder, mut world) = town();
    world.line.borrow_mut().trouble = Some("no sheet can be frozen".to_owned());
    assert!(world.settle(0).is_err());
    assert!(world.settle(0).is_ok(), "it is told once");
}

#[test]
fn orders_over_the_limit_and_of_what_is_listed_no_more_are_doubted() {
    let (_folder, mut world) = town();
    for day in 0..12 {
        world.change_rows(&mut Chance::new(day, &[5])).unwrap();
        (0..10).for_each(|n| visit(&mut world, 10 * day + n));
        world.sync(0, 1, false, None).unwrap();
        world.settle(0).unwrap();
    }
    let heard = world.line.borrow().counts.verdicts.clone();
    assert!(
        ["flag OverCredit", "flag UnlistedSku"].iter().all(|flag| heard.contains_key(*flag)),
        "{heard:?}"
    );
    world.drain(0).unwrap();
    assert!(world.violations.is_empty(), "{:?}", world.violations);
}

#[test]
fn what_cannot_be_read_at_the_start_is_said_and_read_at_the_next_one() {
    let plan = Plan { seed: 7, phones: 1, ops: Vec::new() };
    for side in [Side::Phone, Side::Server] {
        let (ran, broken) = run_broken(&plan, side, DiskFault::ErrorAtRead(1)).unwrap();
        assert_eq!((broken, ran.counts.refused_calls), (true, 1), "{side:?}: {:?}", ran.trace);
        assert!(ran.violations.is_empty(), "{side:?}: {:?}", ran.violations);
    }
}

/// How a phone's last run ended, by the story.
fn ended(world: &World, number: usize, outcome: SyncOutcome) -> bool {
    let start = format!("phone {number}: {outcome:?} after");
    let line = world.line.borrow();
    let last = line.trace.iter().rfind(|line| line.contains(" exchanges"));
    last.is_some_and(|line| line.contains(&start))
}

/// Both the phone and its copy hear of the restore in a run that stops at the same step; then the copy fills the places
/// that the phone's own facts had before. Every step is tried, until a run comes to its end.
#[test]
fn runs_after_a_restore_may_stop_anywhere() {
    for stop in 0.. {
        let (_folder, mut world) = town();
        let happen = |world: &mut World, phone, kind| world.happen(Op { kind, phone, seed: 5 }).unwrap();
        happen(&mut world, 0, OpKind::Backup);
        happen(&mut world, 0, OpKind::ClonePhone);
        happen(&mut world, 0, OpKind::Visit);
        happen(&mut world, 0, OpKind::SyncWell);
        happen(&mut world, 0, OpKind::RestoreServer);
        for number in [1, 0] {
            world.sync(number, 5, false, Some(stop)).unwrap();
            world.settle(number).unwrap();
        }
        let is_whole = ended(&world, 0, SyncOutcome::InStep);
        assert!(is_whole || ended(&world, 0, SyncOutcome::Cancelled), "{:?}", world.line.borrow().trace);
        happen(&mut world, 1, OpKind::Visit);
        happen(&mut world, 1, OpKind::SyncWell);
        happen(&mut world, 0, OpKind::SyncWell);
        world.peace().unwrap();
        assert!(world.violations.is_empty(), "stopped at step {stop}: {:?}", world.violations);
        if is_whole {
            assert!(stop > 4, "a renewal has more steps");
            return;
        }
    }
}

/// What is seen of a phone whose rows were changed by hand: at all rows, and at what is news to somebody who was never in step.
fn seen_of(sql: &str) -> [usize; 2] {
    let (_folder, mut world) = town();
    rusqlite::Connection::open(&world.phones[0].file).unwrap().execute_batch(sql).unwrap();
    [Look::All, Look::News].map(|look| {
        world.phones[0].equal = Equal::default();
        let line = world.line.borrow();
        scopes::after_a_run(0, &mut world.phones[0], &line.server, true, look).unwrap().len()
    })
}

#[test]
fn a_row_that_lacks_is_old_or_is_too_many_is_seen_closely_and_by_the_way() {
    assert_eq!(seen_of(""), [0, 0]);
    let one = "scope = 'company' AND tbl = 'filler' AND key = '0007'";
    // Who lacks a row also has too few.
    assert_eq!(seen_of(&format!("DELETE FROM master_row WHERE {one}")), [1, 2]);
    assert_eq!(seen_of(&format!("UPDATE master_row SET value = 'old' WHERE {one}")), [1, 1]);
    let more = "INSERT INTO master_row (tbl, key, scope, value) VALUES ('filler', 'x', 'company', '1')";
    assert_eq!(seen_of(more), [1, 1]);
    assert_eq!(seen_of("DELETE FROM scope_cursor WHERE scope = 'company'"), [1, 1]);
}

#[test]
fn what_was_saved_may_be_gone_when_a_backup_has_it_and_a_backup_is_never_gone() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    world.sync(0, 1, false, None).unwrap();
    world.settle(0).unwrap();
    let id = *world.phones[0].saved.first().unwrap();
    let forget = |world: &World| {
        let db = rusqlite::Connection::open(&world.phones[0].file).unwrap();
        db.execute_batch("UPDATE setting SET value = '9' WHERE name = 'durable_upto'").unwrap();
    };
    let looks = |world: &World| {
        let line = world.line.borrow();
        let told = check::durable_is_backed_up(0, &world.phones[0], &line.server).unwrap().len();
        (told, line.server.is_backed_up(id), check::backups_are_here(&line.server).unwrap().len())
    };
    forget(&world);
    assert_eq!(looks(&world), (1, false, 0), "it was told so, and it is in none");
    world.line.borrow_mut().server.back_up().unwrap();
    assert_eq!(looks(&world), (0, true, 0));
    world.restore_server().unwrap();
    assert_eq!(looks(&world), (0, true, 0));
    // As if the server had lost it with the restore.
    world.line.borrow_mut().server.backed_up.insert((id, [0; 32]));
    assert_eq!(looks(&world), (0, true, 1));
}

#[test]
fn a_story_ends_with_what_was_looked_at() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    world.peace().unwrap();
    let ran = world.ran();
    let last = ran.trace.last().unwrap();
    assert!(last.contains("looked at after 0 faults: 1 records of 1 phones, "), "{last}");
    assert!(last.ends_with("nothing is lost, doubled or skipped (I0–I6)"), "{last}");
}

/// What the office's database says last of a fact.
fn say(world: &World, fact: RecordId, verdict: &str) {
    let verdict = verdict.to_owned();
    let line = world.line.borrow();
    let kept = line.server.app().unwrap().db().write_now(move |tx| {
        tx.execute(
            "INSERT INTO fact_verdict (fact, verdict, at) VALUES ($1, $2, 0)
             ON CONFLICT (fact) DO UPDATE SET verdict = excluded.verdict",
            &[fact.into(), verdict.as_str().into()],
        )
    });
    kept.unwrap();
}

#[test]
fn a_good_fact_that_takes_no_effect_needs_an_excuse() {
    let (_folder, mut world) = town();
    visit(&mut world, 1);
    world.sync(0, 1, false, None).unwrap();
    world.settle(0).unwrap();
    let (fact, rep) = (world.phones[0].lying().unwrap()[0].id, world.phones[0].rep);
    let violations = |world: &World| world.without_excuse(&world.line.borrow().server).unwrap().len();
    assert_eq!(violations(&world), 0);
    let store = world.routes[&rep][0].store;
    let parked = format!(r#"{{"verdict":"parked","missing":"{store}"}}"#);
    let words = [
        r#"{"verdict":"held","code":"revoked_device"}"#,
        r#"{"verdict":"held","code":"capture_time"}"#,
        r#"{"verdict":"held","code":"unknown_kind"}"#,
        r#"{"verdict":"conflict_payload"}"#,
        r#"{"verdict":"rejected","code":"refused"}"#,
        r#"{"verdict":"rejected","code":"stale_base","current":2}"#,
        r#"{"verdict":"rejected","code":"unauthorised"}"#,
        r#"{"verdict":"rejected","code":"undecodable"}"#,
        &parked,
    ];
    for word in words {
        say(&world, fact, word);
        assert_eq!(violations(&world), 1, "{word}");
    }
    say(&world, fact, words[0]);
    world.excuses.revoked.insert(rep);
    assert_eq!(violations(&world), 0, "its phone was revoked");
    say(&world, fact, words[1]);
    world.excuses.clocks.insert(rep);
    assert_eq!(violations(&world), 0, "its clock was set");
    say(&world, fact, words[4]);
    world.excuses.refused.insert(fact);
    assert_eq!(violations(&world), 0, "a person refused it");
    say(&world, fact, words[7]);
    world.excuses.crafted.insert(fact);
    assert_eq!(violations(&world), 0, "no screen made it");
}

#[test]
fn a_tap_that_was_said_to_be_saved_is_missed() {
    let (_folder, mut world) = town();
    let store = world.routes[&world.phones[0].rep][0].store;
    let tap = |world: &mut World| {
        let phone = &mut world.phones[0];
        phone.begin_visit(store).unwrap().unwrap();
        let row = CountRow {
            sku: NOODLES.parse().unwrap(),
            entry: Entry::Stepped,
            shelf: PlaceCount::Counted(Units(3)),
            backroom: PlaceCount::NotCounted,
            cooler: PlaceCount::NotCounted,
            expiry: None,
        };
        phone.save_line(VisitLine::Count(row)).unwrap();
    };
    tap(&mut world);
    world.restart(0, true).unwrap();
    world.phones[0].check_out().unwrap();
    world.settle(0).unwrap();
    assert!(world.violations.is_empty(), "{:?}", world.violations);
    // A file that has lost the line, one that has lost the visit, and a call that sealed nothing.
    let lose = |world: &World, sql: &str| {
        rusqlite::Connection::open(&world.phones[0].file).unwrap().execute_batch(sql).unwrap();
    };
    for sql in ["DELETE FROM draft", "DELETE FROM draft; DELETE FROM open_visit"] {
        tap(&mut world);
        lose(&world, sql);
        world.restart(0, false).unwrap();
        assert_eq!(world.violations.len(), 1, "{:?}", world.violations);
        world.violations.clear();
    }
    tap(&mut world);
    lose(&world, "DELETE FROM draft");
    world.phones[0].check_out().unwrap();
    world.settle(0).unwrap();
    assert_eq!(world.violations.len(), 1, "its line is not in the sealed visit: {:?}", world.violations);
    world.violations.clear();
    world.phones[0].taps.sealed = 1;
    world.settle(0).unwrap();
    assert_eq!(world.violations.len(), 1, "{:?}", world.violations);
}
