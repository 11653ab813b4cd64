//! Borders of batches, pages and lists (the sync contract, 3.8 item 4): 0, 1, p−1, p, p+1 and k·p of them through the real
//! phone and the real server, whole and with every answer lost once; and what a server lost of a day comes again. And the
//! border between the server and its database: what that one refuses to change, and what happens when it ends all sessions.

use std::collections::HashMap;
use std::time::Duration;

use xundian_device::store::{NewFact, Store, StoreError};
use xundian_device::sync::{
    Credentials, HttpTransport, Outcome as SyncOutcome, Request, Response, Transport, TransportError,
    sync_once,
};
use xundian_domain::RecordId;
use xundian_domain::visit::day_summary::DayClosed;
use xundian_protocol::day::{DayAnswer, DayRequest};
use xundian_protocol::digest::hex;
use xundian_protocol::limits::{PAGE_ROWS, PULL_BYTES, PUSH_BYTES, PUSH_RECORDS, RECORD_BYTES, SMALL_BYTES};
use xundian_protocol::push::Verdict;
use xundian_protocol::{Refusal, RefusalCode, codec};
use xundian_server::db::{Address, Db, DbError, Tx, Value};
use xundian_server::master::Feed;
use xundian_server::sync::is_known;
use xundian_tests::desk::verdict;
use xundian_tests::postgres::{self, Postgres};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

/// Sizes around one and several batches.
const GRID: [usize; 7] =
    [0, 1, PUSH_RECORDS - 1, PUSH_RECORDS, PUSH_RECORDS + 1, 2 * PUSH_RECORDS, 3 * PUSH_RECORDS + 7];

/// Seals so many small facts of a kind that nobody knows: the server holds them.
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

/// Nobody who reads and writes them again would write them so.
fn small(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|n| format!("{{\"n\" : {n}, \"a\":1.50}}"))
}

/// What came to the server by now.
fn facts(town: &Town) -> Outcome<usize> {
    Ok(usize::try_from(town.count("SELECT count(*) FROM fact")?)?)
}

/// What is here behind `before` is what lies there, each once, in one row without gaps, and byte for byte.
fn is_whole(town: &Town, phone: &TownPhone, before: usize, count: usize) -> Outcome<()> {
    assert_eq!(facts(town)?, before + count);
    assert_eq!(town.count("SELECT count(*) FROM pushed")?, i64::try_from(before + count)?);
    assert_eq!(town.count("SELECT acked_dseq FROM install WHERE superseded IS NULL")?, i64::try_from(count)?);
    assert_eq!(phone.phone.outbox()?.unsent, 0);
    let rows = town.app.db().read_now(|tx| tx.query("SELECT id, body FROM fact", &[]))?;
    let here: HashMap<RecordId, String> =
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    for fact in Store::open(&phone.file)?.facts_after(0, count + 1)? {
        assert_eq!(here.get(&fact.sealed.id), Some(&fact.sealed.body));
    }
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
        for count in GRID.into_iter().chain([1_900]) {
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
            // And both sides have the same digest of them.
            phone.phone.close_day()?;
            assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
            let same = Verdict::Applied { order: None, flags: Vec::new() };
            assert_eq!(verdict(&phone, "day_closed")?, same, "{count} facts");
        }
        Ok(())
    });
}

/// Pages of one answer.
const PAGES: usize = 32;

/// So many rows of a table that no app knows, in one version of a territory: phones keep them for the app that will.
fn dream(town: &Town, name: &str, rows: usize) -> Outcome<()> {
    let name = name.to_owned();
    town.app.db().write_now(move |tx| {
        let mut feed = Feed::default();
        for n in 0..rows {
            feed.put_text("rep/ZY01", "dreamt", format!("{name}/{n:06}"), Some("1".to_owned()));
        }
        feed.write(tx)
    })?;
    Ok(())
}

/// How many of them a phone has.
fn dreamt(phone: &TownPhone, name: &str) -> Outcome<usize> {
    let sql = "SELECT count(*) FROM master_row WHERE tbl = 'dreamt' AND key LIKE ?1 || '/%'";
    let count: i64 = rusqlite::Connection::open(&phone.file)?.query_row(sql, [name], |row| row.get(0))?;
    Ok(usize::try_from(count)?)
}

#[test]
fn no_number_of_rows_comes_short_at_the_border_of_a_page_or_an_answer() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let pages = [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 3 * PAGE_ROWS + 7];
        let answers = [PAGES * PAGE_ROWS - 1, PAGES * PAGE_ROWS, PAGES * PAGE_ROWS + 1];
        let mut all = 0;
        for rows in pages.into_iter().chain(answers) {
            let name = format!("{rows:06}");
            dream(town, &name, rows)?;
            assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep, "{rows} rows");
            assert_eq!(dreamt(&phone, &name)?, rows);
            all += rows;
        }
        assert_eq!(dreamt(&town.phone("ZY01")?, "%")?, all, "a new phone begins with all of them");
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

/// A list of so many facts that no server has.
fn unheard_of(count: usize) -> Outcome<DayRequest> {
    let fact = |n| (RecordId(uuid::Uuid::from_u128(n)), "00".repeat(32));
    Ok(DayRequest { date: MONDAY.parse()?, facts: (0..count as u128).map(fact).collect() })
}

#[test]
fn a_list_that_fills_its_message_is_answered_whole_and_a_longer_one_is_refused() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let length = |count| -> Outcome<usize> { Ok(serde_json::to_vec(&unheard_of(count)?)?.len()) };
        let (one, two) = (length(1)?, length(2)?);
        let fits = 1 + (PUSH_BYTES - one) / (two - one);
        let answer = phone.ask("/v1/day", codec::encode(&unheard_of(fits)?, PUSH_BYTES)?)?;
        // The phone reads what lacks as it reads the answer to a push.
        assert_eq!(codec::decode::<DayAnswer>(&answer.body, PUSH_BYTES)?.missing.len(), fits);
        let longer = unheard_of(fits + 1)?;
        assert!(codec::encode(&longer, PUSH_BYTES).is_err(), "a phone does not send it");
        let answer = phone.ask("/v1/day", codec::encode(&longer, 2 * PUSH_BYTES)?)?;
        let refusal: Refusal = codec::decode(&answer.body, SMALL_BYTES)?;
        assert_eq!((answer.status, refusal.code), (413, RefusalCode::Limit));
        Ok(())
    });
}

/// Facts of a day that a server loses: around what the phone places again in one commit, which is a hundred, and around
/// the batches in which they come again.
const LOST: [usize; 11] =
    [0, 1, 99, 100, 101, 200, 201, PUSH_RECORDS - 1, PUSH_RECORDS, PUSH_RECORDS + 1, 2 * PUSH_RECORDS];

/// Facts that it keeps of that day: the first, the middle and the last one.
const KEPT: usize = 3;

fn but_three(ids: &[RecordId]) -> Vec<RecordId> {
    let kept = [0, ids.len() / 2, ids.len() - 1];
    ids.iter().enumerate().filter(|(n, _)| !kept.contains(n)).map(|(_, id)| *id).collect()
}

/// What a server lost of a fact that it had acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// All of it.
    Fact,
    /// Its place in the phone's row: the fact is there, with its first verdict.
    Place,
}

/// A defect under the server: the triggers of the database let nobody else do so, and go first. The watermark stays.
fn lose(town: &Town, ids: &[RecordId], what: Lost) -> Outcome<()> {
    let ids: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    town.app.db().write_now(move |tx| {
        let unguarded = match tx {
            Tx::Sqlite(_) => {
                ["DROP TRIGGER IF EXISTS pushed_no_delete", "DROP TRIGGER IF EXISTS fact_no_delete"]
            }
            Tx::Postgres(_) => [
                "DROP TRIGGER IF EXISTS pushed_append_only ON pushed",
                "DROP TRIGGER IF EXISTS fact_append_only ON fact",
            ],
        };
        for sql in unguarded {
            tx.execute(sql, &[])?;
        }
        for id in ids.chunks(1) {
            tx.execute("DELETE FROM pushed WHERE id = $1", id)?;
            if what == Lost::Fact {
                tx.execute("DELETE FROM held WHERE fact = $1", id)?;
                tx.execute("DELETE FROM fact WHERE id = $1", id)?;
            }
        }
        // They are not to use up the phone's day a second time.
        tx.execute("DELETE FROM install_day", &[])
    })?;
    Ok(())
}

/// A run that ends in step; gives how often a day was listed in it.
fn listings(phone: &mut TownPhone) -> Outcome<usize> {
    let TownPhone { phone, network, .. } = phone;
    let mut told = Told { line: network, asked: Vec::new(), lists: true };
    assert_eq!(sync_once(phone, &mut told, |_| true)?.outcome, SyncOutcome::InStep);
    Ok(told.asked.iter().filter(|path| *path == "/v1/day").count())
}

/// Closes the day, and the server has it as the phone has it; nothing is listed.
fn agree(phone: &mut TownPhone) -> Outcome<()> {
    phone.phone.close_day()?;
    assert_eq!(listings(phone)?, 0);
    assert_eq!(verdict(phone, "day_closed")?, Verdict::Applied { order: None, flags: Vec::new() });
    Ok(())
}

/// A phone whose day was closed and agreed; and the facts of that day.
fn agreed(town: &Town, bodies: impl Iterator<Item = String>) -> Outcome<(TownPhone, Vec<RecordId>)> {
    let mut phone = town.phone("ZY01")?;
    seal(&mut phone, bodies)?;
    let facts = Store::open(&phone.file)?.facts_of(MONDAY.parse()?)?;
    agree(&mut phone)?;
    Ok((phone, facts.iter().map(|fact| fact.sealed.id).collect()))
}

/// The server has all facts once, and the newest phone's row up to this place; nothing waits, and the day is known.
fn is_refilled(town: &Town, phone: &TownPhone, all: usize, places: usize) -> Outcome<()> {
    assert_eq!(facts(town)?, all);
    for once in ["SELECT count(*) FROM pushed", "SELECT count(DISTINCT id) FROM pushed"] {
        assert_eq!(town.count(once)?, i64::try_from(all)?, "{once}");
    }
    let acked = "SELECT acked_dseq FROM install WHERE superseded IS NULL";
    assert_eq!(town.count(acked)?, i64::try_from(places)?);
    assert_eq!(phone.phone.outbox()?.unsent, 0);
    let (rep, date, now) = ("ZY01".parse()?, MONDAY.parse()?, town.app.now());
    assert!(town.app.db().read_now(|tx| is_known(tx, rep, date, now))?, "{all} facts, {places} places");
    Ok(())
}

#[test]
fn any_number_of_facts_that_the_server_lost_comes_again_once() {
    on_both(|town| {
        for lost in LOST {
            let (before, day) = (facts(town)?, lost + KEPT);
            let (mut phone, ids) = agreed(town, small(day))?;
            for (round, what) in [(1, Lost::Fact), (2, Lost::Place)] {
                lose(town, &but_three(&ids), what)?;
                phone.phone.close_day()?;
                let listed = listings(&mut phone)?;
                assert_eq!(listed, usize::from(lost > 0), "{lost} lost: {what:?}");
                // One closing more each time; what comes again has its second place, and its third.
                is_refilled(town, &phone, before + day + 1 + round, day + 1 + round * (1 + lost))?;
            }
            agree(&mut phone)?;
        }
        Ok(())
    });
}

#[test]
fn what_the_server_lost_comes_again_once_over_a_line_that_loses_every_second_answer() {
    on_both(|town| {
        for lost in [1, 101, PUSH_RECORDS + 1] {
            let (before, day) = (facts(town)?, lost + KEPT);
            let (mut phone, ids) = agreed(town, small(day))?;
            lose(town, &but_three(&ids), Lost::Fact)?;
            phone.phone.close_day()?;
            let mut line = Forgetful { line: &mut phone.network, lost_last: false };
            let report = sync_once(&mut phone.phone, &mut line, |_| true)?;
            assert_eq!(report.outcome, SyncOutcome::InStep);
            is_refilled(town, &phone, before + day + 2, day + 2 + lost)?;
            agree(&mut phone)?;
        }
        Ok(())
    });
}

#[test]
fn large_facts_that_the_server_lost_come_again_in_batches_that_fit() {
    on_both(|town| {
        let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        let halves = [PUSH_BYTES / 2 - 8, PUSH_BYTES / 2 - 700, PUSH_BYTES / 2 - 600, RECORD_BYTES - 2];
        let bodies = halves.into_iter().chain([300_000; 3]).map(body);
        let (mut phone, ids) = agreed(town, bodies)?;
        let day = ids.len();
        for (round, what) in [(1, Lost::Fact), (2, Lost::Place)] {
            lose(town, &ids, what)?;
            phone.phone.close_day()?;
            assert_eq!(listings(&mut phone)?, 1, "{what:?}");
            is_refilled(town, &phone, day + 1 + round, day + 1 + round * (1 + day))?;
        }
        agree(&mut phone)
    });
}

/// The tables of the journal, what of each nobody changes, and a row.
const JOURNAL: [(&str, &str, &str); 8] = [
    (
        "delivery_result",
        "id, order_id, version, made_by, reason, at, received, outcome, body",
        "$1, $1, 1, 'van', '', 0, 0, 'delivered', '{}'",
    ),
    (
        "fact",
        "id, install, rep, kind, version, date, store, captured, received, body, hash, verdict, effective, unverified",
        "$1, $1, 'ZY01', 'k', 1, '2026-07-27', $1, 0, 0, '{}', $1, '{}', '2026-07-27', 0",
    ),
    ("held_decision", "fact, what, code, login, at", "$1, 'released', 'capture_time', 'sv01', 0"),
    ("pushed", "install, dseq, id, hash, date, closing", "$1, 1, $1, $1, '2026-07-27', 0"),
    ("quarantine", "id, install, hash, reason, received, body", "$1, $1, $1, 'undecodable', 0, '{}'"),
    ("sheet", "distributor, day, difference, frozen, body, hash", "'D01', '2020-01-01', 0, 0, '{}', ''"),
    ("slip", "hash, install, rep, date, received, body", "$1, $1, 'ZY01', '2026-07-27', 0, $1"),
    ("slip_order", "order_id, slip, what, doubt, login, at", "$1, $1, 'placed', '', 'd01', 0"),
];

/// The tables that the database itself guards.
fn guarded(tx: &mut Tx<'_>) -> Result<Vec<String>, DbError> {
    let sql = match tx {
        Tx::Sqlite(_) => {
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY tbl_name"
        }
        Tx::Postgres(_) => {
            "SELECT DISTINCT CAST(c.relname AS TEXT) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE NOT t.tgisinternal ORDER BY 1"
        }
    };
    tx.query(sql, &[])?.iter().map(|row| row.get(0)).collect()
}

#[test]
fn nothing_of_the_journal_can_be_changed_or_deleted() {
    on_both(|town| {
        let db = town.app.db();
        assert_eq!(db.read_now(guarded)?, JOURNAL.map(|(table, ..)| table), "each stands in the list above");
        for (table, columns, row) in JOURNAL {
            let id: Vec<Value> = if row.contains("$1") { vec![vec![1u8].into()] } else { Vec::new() };
            let again = format!("INTO {table} ({columns}) VALUES ({row})");
            let (insert, replace) = (format!("INSERT {again}"), format!("REPLACE {again}"));
            let same = id.clone();
            db.write_now(move |tx| tx.execute(&insert, &id))?;
            let changes = columns.split(", ").map(|column| format!("UPDATE {table} SET {column} = {column}"));
            let is_postgres = db.read_now(|tx| Ok::<_, DbError>(matches!(tx, Tx::Postgres(_))))?;
            let at_once = if is_postgres { format!("TRUNCATE {table}") } else { replace.clone() };
            for sql in changes.chain([format!("DELETE FROM {table}"), at_once]) {
                let (said, values) = (sql.clone(), if sql == replace { same.clone() } else { Vec::new() });
                let done = db.write_now(move |tx| tx.execute(&said, &values));
                let why = done.err().ok_or_else(|| format!("`{sql}` was done"))?.to_string();
                assert!(why.contains("append-only") || why.contains("never changed"), "{sql}: {why}");
            }
            assert_eq!(town.count(&format!("SELECT count(*) FROM {table}"))?, 1, "{table}");
        }
        let opened = db.write_now(|tx| tx.execute("UPDATE sheet SET opened = 1", &[]))?;
        assert_eq!(opened, 1, "that its distributor has seen a sheet is no part of it");
        Ok(())
    });
}

/// A PostgreSQL database of its own.
fn database() -> Outcome<Address> {
    Ok(postgres::shared().and_then(Postgres::database)?.parse()?)
}

/// Ends every session of a database, as one does that starts again.
fn end_sessions(address: &Address) -> Outcome<()> {
    let all =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()
               AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    Db::open_beside(address)?.read_now(|tx| {
        for _ in 0..500 {
            let left = tx.first(all, &[])?.map_or(Ok(0), |row| row.get::<i64>(0))?;
            if left == 0 {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(DbError::InUse)
    })?;
    Ok(())
}

fn keep(db: &Db, name: &str) -> Result<u64, DbError> {
    let (sql, name) = ("INSERT INTO server_setting (name, value) VALUES ($1, 'x')", Value::from(name));
    db.write_now(move |tx| tx.execute(sql, &[name]))
}

fn kept(db: &Db) -> Result<usize, DbError> {
    Ok(db.read_now(|tx| tx.query("SELECT name FROM server_setting", &[]))?.len())
}

/// As many reads at once as a server has connections for.
fn read_all_at_once(db: &Db) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let read = kept(db);
                assert!(read.is_ok(), "{read:?}");
            });
        }
    });
}

#[test]
fn a_database_that_ends_all_sessions_is_written_and_read_on() -> Outcome<()> {
    let address = database()?;
    let db = Db::open(&address)?;
    for round in 1..=3 {
        keep(&db, &format!("before {round}"))?;
        read_all_at_once(&db);
        end_sessions(&address)?;
        read_all_at_once(&db);
        keep(&db, &format!("after {round}"))?;
        assert_eq!(kept(&db)?, 2 * round);
    }
    assert!(matches!(Db::open(&address), Err(DbError::InUse)), "it keeps other servers out as before");
    Ok(())
}

#[test]
fn a_transaction_whose_session_ends_leaves_nothing_and_the_next_one_goes() -> Outcome<()> {
    let db = Db::open(&database()?)?;
    let cut: Result<u64, DbError> = db.write_now(|tx| {
        tx.execute("INSERT INTO server_setting (name, value) VALUES ('half', 'x')", &[])?;
        tx.execute("SELECT pg_terminate_backend(pg_backend_pid())", &[])
    });
    assert!(cut.is_err(), "{cut:?}");
    keep(&db, "next")?;
    assert_eq!(kept(&db)?, 1);
    Ok(())
}

#[test]
fn the_database_asks_whether_the_server_is_still_there() -> Outcome<()> {
    let address = database()?;
    let db = Db::open(&address)?;
    let asked = db.read_now(|tx| {
        let reaches_by_tcp = tx.first("SELECT CAST(inet_client_addr() IS NOT NULL AS INT)", &[])?;
        let idle = tx.first("SELECT current_setting('tcp_keepalives_idle')", &[])?;
        Ok::<_, DbError>((
            reaches_by_tcp.map_or(Ok(0), |row| row.get::<i64>(0))?,
            idle.map(|row| row.get::<String>(0)).transpose()?,
        ))
    })?;
    // Over a socket of the same machine nobody goes without a word, and the setting reads zero.
    let wanted = if asked.0 == 1 { "10" } else { "0" };
    assert_eq!(asked.1.as_deref(), Some(wanted));
    Ok(())
}

#[test]
fn a_command_beside_the_server_writes_in_its_turn() -> Outcome<()> {
    let address = database()?;
    let (db, beside) = (Db::open(&address)?, Db::open_beside(&address)?);
    let (begun, wait) = std::sync::mpsc::channel();
    std::thread::scope(|scope| -> Outcome<()> {
        let command = scope.spawn(|| {
            beside.write_now(move |tx| {
                let done = tx.execute("INSERT INTO server_setting (name, value) VALUES ('first', 'x')", &[]);
                let _ = begun.send(());
                std::thread::sleep(Duration::from_millis(300));
                done
            })
        });
        wait.recv()?;
        // What the server reads in its own turn is whole: the command has ended before it begins.
        let seen = db.write_now(|tx| tx.query("SELECT name FROM server_setting", &[]))?;
        assert_eq!(seen.len(), 1);
        command.join().map_err(|_| "the command broke off")??;
        Ok(())
    })
}

#[test]
fn a_newer_command_does_not_change_the_schema_under_a_server() -> Outcome<()> {
    let address = database()?;
    let db = Db::open(&address)?;
    db.write_now(|tx| {
        tx.execute(
            "DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)",
            &[],
        )
    })?;
    let refused = Db::open_beside(&address);
    assert!(matches!(refused, Err(DbError::InUse)), "{refused:?}");
    Ok(())
}

#[test]
fn a_server_that_took_over_meanwhile_keeps_the_database_until_it_ends() -> Outcome<()> {
    let address = database()?;
    let db = Db::open(&address)?;
    keep(&db, "first")?;
    end_sessions(&address)?;
    let other = Db::open(&address)?;
    let refused = keep(&db, "refused");
    assert!(matches!(&refused, Err(DbError::Commit(why)) if matches!(**why, DbError::InUse)), "{refused:?}");
    keep(&other, "second")?;
    drop(other);
    keep(&db, "third")?;
    assert_eq!(kept(&db)?, 3);
    Ok(())
}

/// Names the state of a database as a server does at its first start, and a restore.
fn name_state(db: &Db, epoch: &'static str) -> Result<u64, DbError> {
    let sql = "INSERT INTO server_setting (name, value) VALUES ('epoch', $1)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    db.write_now(move |tx| tx.execute(sql, &[epoch.into()]))
}

#[test]
fn a_database_that_was_restored_meanwhile_is_not_gone_on_with() -> Outcome<()> {
    let address = database()?;
    let db = Db::open(&address)?;
    name_state(&db, "first")?;
    keep(&db, "written in it")?;
    end_sessions(&address)?;
    keep(&db, "still the same state")?;
    end_sessions(&address)?;
    name_state(&Db::open_beside(&address)?, "second")?;
    let written = keep(&db, "of another state");
    assert!(
        matches!(&written, Err(DbError::Commit(why)) if matches!(**why, DbError::Restored)),
        "{written:?}"
    );
    assert!(matches!(kept(&db), Err(DbError::Restored)));
    Ok(())
}
