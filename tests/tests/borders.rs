//! Borders of batches and lists (the sync contract, 3.8 item 4): 0, 1, p−1, p, p+1 and k·p records through the real phone
//! and the real server, whole and with every answer lost once. Pages of a pull have theirs in `sync::pull`.

use xundian_device::store::{NewFact, Store, StoreError};
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    sync_once,
};
use xundian_domain::RecordId;
use xundian_domain::visit::day_summary::DayClosed;
use xundian_protocol::codec;
use xundian_protocol::day::{DayAnswer, DayRequest};
use xundian_protocol::digest::hex;
use xundian_protocol::limits::{PULL_BYTES, PUSH_BYTES, PUSH_RECORDS, RECORD_BYTES};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

/// Sizes around one and several batches.
const GRID: [usize; 7] =
    [0, 1, PUSH_RECORDS - 1, PUSH_RECORDS, PUSH_RECORDS + 1, 2 * PUSH_RECORDS, 3 * PUSH_RECORDS + 7];

/// Seals so many small facts that wait for an order nobody has.
fn seal(phone: &mut TownPhone, bodies: impl Iterator<Item = String>) -> Outcome<usize> {
    let (captured, date) = (phone.phone.stamp()?, phone.phone.date()?);
    let mut store = Store::open(&phone.file)?;
    let mut sealed = 0;
    for body in bodies {
        let id = RecordId(uuid::Uuid::now_v7());
        let kind = "store_dreamt".to_owned();
        store.seal(&NewFact { id, kind, version: 1, date, captured, body, private: None }, &[])?;
        sealed += 1;
    }
    Ok(sealed)
}

fn small(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("{{\"n\":{n}}}"))
}

/// What came to the server by now.
fn facts(town: &Town) -> Outcome<usize> {
    Ok(usize::try_from(town.count("SELECT count(*) FROM fact")?)?)
}

/// What is here behind `before` is what lies there, each once, in one row without gaps.
fn is_whole(town: &Town, phone: &TownPhone, before: usize, count: usize) -> Outcome<()> {
    assert_eq!(facts(town)?, before + count);
    assert_eq!(town.count("SELECT count(*) FROM pushed")?, i64::try_from(before + count)?);
    assert_eq!(town.count("SELECT acked_dseq FROM install WHERE superseded IS NULL")?, i64::try_from(count)?);
    assert_eq!(phone.phone.outbox()?.unsent, 0);
    Ok(())
}

#[test]
fn no_number_of_records_loses_or_doubles_one_at_the_border_of_a_batch() {
    on_both(|town| {
        for count in GRID {
            let (mut phone, before) = (town.phone("ZY01")?, facts(town)?);
            seal(&mut phone, small(count))?;
            assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
            is_whole(town, &phone, before, count)?;
        }
        Ok(())
    });
}

/// A line on which every answer is lost once, after the server has committed.
struct Forgetful<'a> {
    line: &'a mut dyn Transport,
    lost_last: bool,
}

impl Transport for Forgetful<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = self.line.send(request, by)?;
        self.lost_last = !self.lost_last;
        if self.lost_last { Err(TransportError("lost".to_owned())) } else { Ok(answer) }
    }

    fn wait(&mut self, _: u64) {}
}

#[test]
fn a_line_that_loses_every_second_answer_loses_no_record_at_any_border() {
    on_both(|town| {
        for count in GRID {
            let (mut phone, before) = (town.phone("ZY01")?, facts(town)?);
            seal(&mut phone, small(count))?;
            let mut line = Forgetful { line: &mut phone.network, lost_last: false };
            let report = sync_once(&mut phone.phone, &mut line, |_| true)?;
            assert_eq!(report.outcome, SyncOutcome::InStep);
            is_whole(town, &phone, before, count)?;
        }
        Ok(())
    });
}

#[test]
fn large_records_fill_a_batch_to_its_bytes_and_one_too_large_is_refused_in_the_shop() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        let halves =
            [PUSH_BYTES / 2 - 8, PUSH_BYTES / 2 - 700, PUSH_BYTES / 2 - 600, 300_000, 300_000, 300_000];
        let sealed = seal(&mut phone, halves.into_iter().chain([RECORD_BYTES - 2]).map(body))?;
        let refused = seal(&mut phone, std::iter::once(body(RECORD_BYTES - 1)));
        let refused = refused.err().and_then(|why| why.downcast::<StoreError>().ok());
        assert!(matches!(refused.as_deref(), Some(StoreError::TooLong { .. })), "{refused:?}");
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        is_whole(town, &phone, 0, sealed)
    });
}

#[test]
fn a_backlog_of_hundreds_of_real_visits_goes_up() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        // As many quotes as a visit of thirty counts has: on the wire each is two bytes.
        let visit = format!("{{{}\"end\":0}}", "\"sku\":1,".repeat(900));
        let sealed = seal(&mut phone, std::iter::repeat_n(visit, 400))?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        is_whole(town, &phone, 0, sealed)
    });
}

#[test]
fn a_day_of_any_length_is_listed_whole_and_what_lacks_is_named() {
    on_both(|town| {
        for count in [0, 1, PUSH_RECORDS - 1, PUSH_RECORDS + 1, 1_900] {
            let mut phone = town.phone("ZY01")?;
            seal(&mut phone, small(count))?;
            phone.sync()?;
            // Twenty more that the server never got, in front, in the middle and at the end of the list.
            let facts = Store::open(&phone.file)?.facts_of(MONDAY.parse()?)?;
            let mut listed: Vec<_> = facts.iter().map(|fact| (fact.sealed.id, hex(&fact.hash))).collect();
            let mut lacking = Vec::new();
            for n in 0..20 {
                let id = RecordId(uuid::Uuid::from_u128(n));
                listed.insert(listed.len() * usize::try_from(n)? / 20, (id, "00".repeat(32)));
                lacking.push(id);
            }
            let day = DayRequest { date: MONDAY.parse()?, facts: listed };
            let answer = phone.ask("/v1/day", codec::encode(&day, PUSH_BYTES)?)?;
            let mut missing = codec::decode::<DayAnswer>(&answer.body, PULL_BYTES)?.missing;
            missing.sort_unstable();
            assert_eq!(missing, lacking, "{count} facts");
        }
        Ok(())
    });
}

#[test]
fn forty_unsent_visits_survive_the_move_of_the_whole_territory() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let route = phone.route()?;
        for store in route.iter().cycle().take(40) {
            phone.visit(*store, &[("21010019", 5, 24)])?;
        }
        town.hand_over("ZY01", "ZY02")?;
        town.at(MONDAY, "18:00")?;
        town.app.tick()?;
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 40);
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 40);
        assert_eq!(phone.phone.outbox()?.unsent, 0);
        assert!(phone.route()?.is_empty(), "the stores are gone from this phone");
        let mut other = town.phone("ZY02")?;
        assert!(
            route.iter().all(|store| other.phone.store_card(*store).is_ok()),
            "and came to the other one"
        );
        Ok(())
    });
}

/// A line that tells what was asked over it, and on which days cannot be listed for now.
struct Told<'a> {
    line: &'a mut HttpTransport,
    asked: Vec<String>,
    lists: bool,
}

impl Transport for Told<'_> {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        self.asked.push(request.path.clone());
        if request.path == "/v1/day" && !self.lists {
            return Err(TransportError("cut".to_owned()));
        }
        self.line.send(request, by)
    }

    fn wait(&mut self, _ms: u64) {}
}

#[test]
fn a_day_that_differs_is_listed_by_the_next_run_however_the_first_was_cut() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        seal(&mut phone, small(3))?;
        let closed = phone.phone.close_day()?;
        let other = DayClosed { version: 2, digest: "00".repeat(32), ..closed };
        phone.seal("day_closed", serde_json::to_string(&other)?)?;
        let TownPhone { phone, network, .. } = &mut phone;
        let mut run = |lists: bool, records: u64| -> Outcome<(SyncOutcome, usize)> {
            let mut told = Told { line: network, asked: Vec::new(), lists };
            let report = sync_once(phone, &mut told, |progress| progress.records_up < records)?;
            Ok((report.outcome, told.asked.iter().filter(|path| *path == "/v1/day").count()))
        };
        assert_eq!(run(true, 5)?, (SyncOutcome::Cancelled, 0), "its verdicts are written, nothing is listed");
        assert!(matches!(run(false, 9)?, (SyncOutcome::Later { .. }, 1..)));
        assert_eq!(run(true, 9)?, (SyncOutcome::InStep, 1));
        assert_eq!(run(true, 9)?, (SyncOutcome::InStep, 0), "once");
        Ok(())
    });
}
