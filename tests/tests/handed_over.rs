//! A phone goes from one rep to another: what the first one sealed is told in his name or stays, never in the other one's.
//! Each test runs on SQLite and PostgreSQL.

use xundian_device::phone::PhoneError;
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, SyncError, Transport,
    TransportError, enrol,
};
use xundian_server::sync::{import_journal, new_code};
use xundian_tests::desk::{NOODLES, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

fn enrolled(phone: &mut TownPhone, code: &str) -> Result<(), SyncError> {
    enrol(&mut phone.phone, &mut phone.network, code)
}

fn visits_of(town: &Town, rep: &str) -> Outcome<i64> {
    town.count(&format!("SELECT count(*) FROM visit WHERE rep = '{rep}'"))
}

#[test]
fn a_phone_with_facts_that_wait_stays_its_reps_and_goes_on_when_they_are_sent() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?;
        let code = town.code("ZY02")?;
        let refused = enrolled(&mut phone, &code);
        let Err(SyncError::OthersWait { rep, waiting: 1 }) = refused else {
            return Err(format!("{refused:?}").into());
        };
        assert_eq!((rep, phone.phone.rep()?), ("ZY01".parse()?, "ZY01".parse()?));
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep, "its own enrolment goes on");
        enrolled(&mut phone, &code)?;
        phone.sync()?;
        assert_eq!(phone.phone.rep()?, "ZY02".parse()?);
        let next = phone.route()?[0];
        assert_ne!(next, store, "the route of the other rep");
        assert_eq!(phone.phone.day_report()?.summary.visited, 0, "nor is his work the other one's day");
        phone.visit(next, &[(NOODLES, 5, 24)])?;
        phone.sync()?;
        assert_eq!((visits_of(town, "ZY01")?, visits_of(town, "ZY02")?), (1, 1));
        Ok(())
    });
}

#[test]
fn what_a_journal_holds_stays_behind_and_is_sent_when_its_rep_is_back() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        phone.visit(route[0], &[(NOODLES, 5, 24)])?;
        let first = phone.phone.export_journal()?;
        let code = town.code("ZY02")?;
        let refused = enrolled(&mut phone, &code);
        assert!(
            matches!(refused, Err(SyncError::OthersWait { waiting: 1, .. })),
            "the file went nowhere: {refused:?}"
        );
        phone.visit(route[1], &[(NOODLES, 5, 24)])?;
        phone.phone.journal_left(first.upto)?;
        let refused = enrolled(&mut phone, &code);
        assert!(matches!(refused, Err(SyncError::OthersWait { waiting: 1, .. })), "{refused:?}");
        let journal = phone.phone.export_journal()?;
        phone.phone.journal_left(journal.upto)?;
        enrolled(&mut phone, &code)?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!((phone.phone.outbox()?.unsent, town.count("SELECT count(*) FROM fact")?), (0, 0));
        assert_eq!(phone.phone.export_journal()?.facts, 0, "they are in no journal of the other rep");
        let own = phone.route()?[0];
        phone.visit(own, &[(NOODLES, 5, 24)])?;
        phone.sync()?;
        let taken = import_journal(&town.app, &journal.bytes, None)?;
        assert_eq!((visits_of(town, "ZY01")?, visits_of(town, "ZY02")?), (2, 1), "{taken:?}");
        enrolled(&mut phone, &town.code("ZY01")?)?;
        assert_eq!(phone.sync()?.progress.records_up, 2, "he is back, and nothing of his was forgotten");
        assert_eq!((visits_of(town, "ZY01")?, visits_of(town, "ZY02")?), (2, 1));
        Ok(())
    });
}

/// A line on which the server hears and nobody hears the server.
struct Deaf<'a>(&'a mut HttpTransport);

impl Transport for Deaf<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.0.send(request, by)?;
        Err(TransportError("lost".to_owned()))
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn a_code_whose_answer_was_lost_does_not_shut_out_the_code_of_another_rep() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        for (wrong, right) in [("ZY02", "ZY03"), ("ZY02", "ZY01")] {
            let code = town.code(wrong)?;
            let lost = enrol(&mut phone.phone, &mut Deaf(&mut phone.network), &code);
            assert!(matches!(lost, Err(SyncError::Transport(_))), "{lost:?}");
            enrolled(&mut phone, &town.code(right)?)?;
            assert_eq!(phone.phone.rep()?, right.parse()?);
            assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        }
        Ok(())
    });
}

#[test]
fn an_open_visit_is_ended_by_who_began_it() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.phone.begin_visit(store)?;
        let code = town.code("ZY02")?;
        let refused = enrolled(&mut phone, &code);
        assert!(matches!(refused, Err(SyncError::Phone(PhoneError::VisitOpen(open))) if open == store));
        phone.phone.check_out()?;
        phone.sync()?;
        enrolled(&mut phone, &code)?;
        assert_eq!(visits_of(town, "ZY01")?, 1);
        Ok(())
    });
}

#[test]
fn a_phone_that_asks_again_with_its_old_code_does_not_end_the_one_that_came_after_it() {
    sound(|town| {
        let mut old = town.phone("ZY02")?;
        let code = town.code("ZY01")?;
        let lost = enrol(&mut old.phone, &mut Deaf(&mut old.network), &code);
        assert!(matches!(lost, Err(SyncError::Transport(_))), "{lost:?}");
        town.at(MONDAY, "09:00")?;
        let mut new = town.phone("ZY01")?;
        enrolled(&mut old, &code)?;
        let store = new.route()?[0];
        new.visit(store, &[(NOODLES, 5, 24)])?;
        for _ in 0..2 {
            assert_eq!(new.sync()?.outcome, SyncOutcome::InStep, "it is the newer one");
        }
        assert_eq!(old.sync()?.outcome, SyncOutcome::EnrolAgain);
        Ok(())
    });
}

#[test]
fn what_a_restore_has_lost_of_the_rep_before_is_sent_before_the_phone_goes_to_another_one() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let copy = town.backup()?;
    phone.visit(store, &[(NOODLES, 5, 24)])?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    let (app, line, _runtime) = town.restored_from(&copy)?;
    phone.network = line;
    let now = app.now();
    let rep = "ZY02".parse()?;
    let code = app.db().write_now(move |tx| new_code(tx, rep, [7; 16], now))?;
    let refused = enrolled(&mut phone, &code);
    assert!(matches!(refused, Err(SyncError::OthersWait { waiting: 1, .. })), "{refused:?}");
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    enrolled(&mut phone, &code)?;
    let visits = app.db().read_now(|tx| tx.query("SELECT id FROM visit WHERE rep = 'ZY01'", &[]))?;
    assert_eq!(visits.len(), 1);
    Ok(())
}
