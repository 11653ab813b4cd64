//! A phone is broken or has lost its key, and its rep gets a code for another one: what the office knows of his days then, over real
//! HTTP, on both databases.

use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    sync_once,
};
use xundian_domain::StoreId;
use xundian_server::sync::is_known;
use xundian_tests::desk::{Dispatcher, NOODLES, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

/// A line that takes the second request of a run alone: a quarter of what was to be pushed.
struct Cut<'a> {
    line: &'a mut HttpTransport,
    requests: usize,
}

impl Transport for Cut<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.requests += 1;
        match self.requests {
            2 => self.line.send(request, by),
            _ => Err(TransportError("cut".to_owned())),
        }
    }

    fn wait(&mut self, _: u64) {}
}

/// A run of which a quarter comes, and the phone is never heard again.
fn push_a_quarter(phone: &mut TownPhone) -> Outcome<()> {
    let mut cut = Cut { line: &mut phone.network, requests: 0 };
    let report = sync_once(&mut phone.phone, &mut cut, |_| true)?;
    assert_eq!(report.outcome, SyncOutcome::Later { ms: 0 });
    Ok(())
}

fn visit(phone: &mut TownPhone, stores: &[StoreId]) -> Outcome<()> {
    for store in stores {
        phone.visit(*store, &[(NOODLES, 5, 0)])?;
    }
    Ok(())
}

/// The town's clock and a phone's.
fn at(town: &Town, phone: &TownPhone, date: &str, time: &str) -> Outcome<()> {
    town.at(date, time)?;
    phone.at(date, time)
}

fn close_and_sync(town: &Town, phone: &mut TownPhone, date: &str) -> Outcome<()> {
    phone.phone.close_day()?;
    at(town, phone, date, "18:00")?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
    Ok(())
}

/// Whether the office knows the Monday of ZY01.
fn knows_monday(town: &Town) -> Outcome<bool> {
    let (rep, date, now) = ("ZY01".parse()?, MONDAY.parse()?, town.app.now());
    Ok(town.app.db().read_now(|tx| is_known(tx, rep, date, now))?)
}

/// What the supervisor's page says of a day of ZY01.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    visited: u64,
    unknown: u64,
    /// What is neither visited nor unknown is missed.
    is_rest_missed: bool,
}

fn said(town: &Town, date: &str) -> Outcome<Said> {
    let page = Dispatcher::who(town, "sv01", "supervisor", "SV01")?.page(&format!("/s?date={date}"))?;
    let row = page.split("<tr").find(|row| row.contains(">ZY01 ")).ok_or("no such rep")?;
    let cells = row.split("</td>").filter_map(|cell| cell.rsplit('>').next()?.parse().ok());
    let cells: Vec<u64> = cells.collect();
    let [planned, visited, _, _, unknown, missed, ..] = cells[..] else { return Err(row.into()) };
    Ok(Said { visited, unknown, is_rest_missed: missed > 0 && visited + unknown + missed == planned })
}

#[test]
fn a_phone_that_broke_in_the_middle_of_a_push_keeps_days_unknown_for_two_weeks_and_no_longer() {
    sound(|town| {
        let mut broken = town.phone("ZY01")?;
        let route = broken.route()?;
        visit(&mut broken, &route[..8])?;
        at(town, &broken, MONDAY, "12:00")?;
        push_a_quarter(&mut broken)?;
        assert_eq!(town.count("SELECT count(*) FROM install WHERE acked_dseq = 2 AND last_dseq = 8")?, 1);

        let mut next = town.phone("ZY01")?;
        visit(&mut next, &route[8..9])?;
        close_and_sync(town, &mut next, MONDAY)?;
        let evening = said(town, MONDAY)?;
        assert!(!knows_monday(town)? && !evening.is_rest_missed, "the rest may come: {evening:?}");

        let later = "2026-08-11";
        at(town, &next, later, "08:00")?;
        next.sync()?;
        let first = next.route()?[0];
        visit(&mut next, &[first])?;
        close_and_sync(town, &mut next, later)?;
        assert_eq!(said(town, later)?, Said { visited: 1, unknown: 0, is_rest_missed: true });
        assert!(knows_monday(town)?, "nothing of it can come any more");
        assert_eq!(said(town, MONDAY)?, Said { visited: 3, unknown: 0, is_rest_missed: true });
        Ok(())
    });
}

#[test]
fn a_day_in_the_middle_of_which_a_code_replaced_a_drained_phone_is_known_when_the_new_one_has_closed_it() {
    sound(|town| {
        let mut lost = town.phone("ZY01")?;
        let route = lost.route()?;
        visit(&mut lost, &route[..1])?;
        at(town, &lost, MONDAY, "12:00")?;
        lost.sync()?;

        let mut next = town.phone("ZY01")?;
        assert!(!knows_monday(town)?, "nobody has closed it");
        visit(&mut next, &route[1..2])?;
        at(town, &next, MONDAY, "13:00")?;
        next.sync()?;
        assert!(!knows_monday(town)?, "the new phone has not");
        close_and_sync(town, &mut next, MONDAY)?;
        assert!(knows_monday(town)?);
        assert_eq!(said(town, MONDAY)?, Said { visited: 2, unknown: 0, is_rest_missed: true });

        town.at("2026-08-03", "08:00")?;
        town.phone("ZY01")?;
        assert!(knows_monday(town)?, "the next code takes nothing of it back");
        Ok(())
    });
}

#[test]
fn the_last_word_of_a_phone_that_was_replaced_says_nothing_about_the_new_one() {
    sound(|town| {
        let mut old = town.phone("ZY01")?;
        town.at(MONDAY, "09:00")?;
        town.phone("ZY01")?;
        // Only the old one is heard from now on.
        let first = old.route()?[0];
        visit(&mut old, &[first])?;
        at(town, &old, MONDAY, "15:00")?;
        old.sync()?;
        let day = said(town, MONDAY)?;
        assert!(day.visited == 1 && day.unknown > 0, "the new phone was silent for six hours: {day:?}");
        Ok(())
    });
}
