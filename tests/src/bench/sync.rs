//! Sync beside the screens: what an idle one costs on the wire, how long it holds the writer, what a tap pays meanwhile.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use uuid::Uuid;
use xundian_demo::clock::SimClock;
use xundian_device::phone::Phone;
use xundian_device::store::{Adopted, Change, Heard, MasterRow, NewFact, Store};
use xundian_device::sync::{HttpTransport, Outcome as SyncOutcome, sync_beside, sync_once};
use xundian_device::visit_loop::Line;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{BusinessDate, InstallId, RecordId, Sku};
use xundian_protocol::limits::PAGE_ROWS;
use xundian_tests::town::{Outcome, Town, TownPhone, count};

use super::device::{self, DAY, FIRST, STAMP, YEAR};
use super::table::{Table, Times};
use super::wire::ledger;

/// Runs of sync while taps go on.
const RUNS: u32 = 30;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let town = Town::new()?;
    ledger(&town, 13)?;
    let mut rep = town.phone("ZY01")?;
    idle(table, &town, &mut rep)?;
    pages(table, &rep)?;
    whole_rows(table, &rep)?;
    let skus: Vec<Sku> = town.app.catalogue().products.keys().copied().take(30).collect();
    forgotten(table, &skus)?;
    taps(table, &town, &mut rep, &skus)
}

/// Everything that goes over the wire, headers included: counted on a socket between phone and server.
struct Counter {
    address: String,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
}

impl Counter {
    fn before(server: &str) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let (up, down) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = (up.clone(), down.clone());
        let server = server.trim_start_matches("http://").to_owned();
        std::thread::spawn(move || {
            for phone in listener.incoming().flatten() {
                let Ok(behind) = TcpStream::connect(&server) else { return };
                let (Ok(from), Ok(to)) = (phone.try_clone(), behind.try_clone()) else { return };
                let (up, down) = (counted.0.clone(), counted.1.clone());
                std::thread::spawn(move || carry(from, to, &up));
                std::thread::spawn(move || carry(behind, phone, &down));
            }
        });
        Ok(Self { address, up, down })
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicU64) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(n) = from.read(&mut buffer) {
        bytes.fetch_add(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
        if n == 0 || to.write_all(&buffer[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn idle(table: &mut Table, town: &Town, rep: &mut TownPhone) -> Outcome<()> {
    let counter = Counter::before(&town.address)?;
    let mut line = HttpTransport::new(&counter.address)?;
    let report = sync_once(&mut rep.phone, &mut line, |_| true)?;
    if report.outcome != SyncOutcome::InStep {
        return Err("the idle sync does not come into step".into());
    }
    let (up, down) = (counter.up.load(Ordering::Relaxed), counter.down.load(Ordering::Relaxed));
    table.row(
        "idle sync, all bytes on the socket",
        format!("{} exchange, {up} bytes up, {down} bytes down", report.progress.requests),
        "1 exchange, ≤ 1 KB",
    );
    Ok(())
}

/// The pages of a first pull, each in its commit: how long the writer is held.
fn pages(table: &mut Table, rep: &TownPhone) -> Outcome<()> {
    let from = Store::open(&rep.file)?;
    let mut held = Times::default();
    for round in 0..10 {
        let folder = tempfile::tempdir()?;
        let mut to = Store::open(&folder.path().join("phone.db"))?;
        for (scope, _) in from.cursors()? {
            let rows = from.rows_of_scope(&scope)?;
            for (n, page) in rows.chunks(PAGE_ROWS).enumerate() {
                let put = |(table, key, value): &(String, String, String)| Change::Put {
                    table: table.clone(),
                    row: MasterRow { key: key.clone(), value: value.clone() },
                };
                let changes: Vec<Change> = page.iter().map(put).collect();
                held.of(|| to.apply_page(&scope, &changes, &format!("{round}/{n}")))?;
            }
        }
    }
    table.row("writer held by one page of a pull (400 rows)", held, "≤ 15 ms");
    Ok(())
}

/// What goes through many facts or a whole scope at once: one call may be several commits, none longer than the call.
fn whole_rows(table: &mut Table, rep: &TownPhone) -> Outcome<()> {
    let (mut verdicts, mut again) = (Times::default(), Times::default());
    let (mut adopt, mut reset) = (Times::default(), Times::default());
    let from = Store::open(&rep.file)?;
    for round in 0..10u128 {
        let folder = tempfile::tempdir()?;
        let mut store = Store::open(&folder.path().join("phone.db"))?;
        let facts = facts(&mut store, round, 930)?;
        for answer in facts.chunks(100) {
            verdicts.of(|| store.record_verdicts(answer, &heard(0)))?;
        }
        // A day whose digest differs: all that its closing counts is missing, which is the most that a server can say.
        let ids: Vec<RecordId> = facts.iter().map(|(id, _)| *id).collect();
        for day in ids.chunks(100) {
            again.of(|| store.day_listed(day[0], day))?;
        }
        let next = next_install(round);
        adopt.of(|| store.adopt(&next, &heard(0), true))?;
        for (scope, _) in from.cursors()? {
            let put = |(table, key, value): (String, String, String)| Change::Put {
                table,
                row: MasterRow { key, value },
            };
            let rows: Vec<Change> = from.rows_of_scope(&scope)?.into_iter().map(put).collect();
            store.apply_page(&scope, &rows, "1")?;
            reset.of(|| store.apply_page(&scope, &[Change::Stale], "2"))?;
            reset.of(|| store.apply_page(&scope, &[Change::Sweep], "3"))?;
        }
    }
    table.row("100 verdicts, one commit", verdicts, "≤ 15 ms");
    table.row("a day was listed, 100 of its facts placed again, one commit", again, "≤ 15 ms");
    table.row("a new install takes over a month of 930 facts, in its commits", adopt, "≤ 15 ms each");
    let (whole, saved) = a_year()?;
    table.row("a new install takes over a year of 7,800 facts that wait, in its commits", whole, "–");
    table.row("something saved beside that", saved, "p99 ≤ 25 ms");
    table.row("a whole scope marked or swept, in commits of 400 rows", reset, "–");
    Ok(())
}

/// A phone that never met its server: its install is replaced again and again. Gives what that took, and what somebody who
/// saves something meanwhile waited: one commit of it at most.
fn a_year() -> Outcome<(Times, Times)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("phone.db");
    let mut store = Store::open(&file)?;
    facts(&mut store, 1, 7_800)?;
    let mut beside = Store::open(&file)?;
    let (mut whole, mut saved, is_over) = (Times::default(), Times::default(), AtomicBool::new(false));
    std::thread::scope(|scope| -> Outcome<()> {
        let working = scope.spawn(|| {
            let mut rounds = 1..=20;
            let done =
                rounds.try_for_each(|round| whole.of(|| store.adopt(&next_install(round), &heard(0), false)));
            is_over.store(true, Ordering::Release);
            done.map_err(|why| why.to_string())
        });
        while !is_over.load(Ordering::Acquire) {
            saved.of(|| beside.set(&[("saved", "meanwhile")]))?;
        }
        Ok(working.join().map_err(|_| "the adoption died")??)
    })?;
    Ok((whole, saved))
}

/// The facts of a year that is in the server's backup: those of a day as its sync forgets them, looked for and in one
/// commit; then all that are left in one call, beside taps.
fn forgotten(table: &mut Table, skus: &[Sku]) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("phone.db");
    device::a_year(&file)?;
    let mut store = Store::open(&file)?;
    store.hear(&Heard { durable_upto: u64::from(YEAR), ..heard(u64::from(YEAR)) })?;
    let (first, mut commits) = (FIRST.parse::<BusinessDate>()?, Times::default());
    for day in 0..YEAR / DAY / 2 {
        let gone = commits.of(|| store.prune(first.plus_days(31 + day)))?;
        if gone != usize::try_from(DAY)? {
            return Err(format!("{gone} facts of a day were forgotten").into());
        }
    }
    table.row(&format!("facts forgotten, one commit ({DAY} of a day)"), commits, "≤ 15 ms");

    let mut phone = Phone::open(&file, Box::new(SimClock::at(STAMP.wall).phone(1)))?;
    let shop = phone.today()?.stops.first().map(|stop| stop.store).ok_or("no route")?;
    phone.begin_visit(shop)?;
    let (saved, gone) = taps_beside(&mut phone, skus, || Ok(store.prune(first.plus_days(31 + YEAR / DAY))?))?;
    table.row(&format!("one changed line saved while {gone} facts are forgotten"), saved, "p99 ≤ 25 ms");
    Ok(())
}

/// Facts of one rep; a month of them, 930, is what a phone keeps at most when its backups are confirmed.
fn facts(store: &mut Store, round: u128, count: u32) -> Outcome<Vec<(RecordId, String)>> {
    let stamp = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: Some(0) };
    let mut facts = Vec::new();
    for n in 0..count {
        let fact = NewFact {
            id: RecordId(Uuid::from_u128(round << 32 | u128::from(n))),
            kind: "visit_closed".into(),
            version: 1,
            date: "2026-07-01".parse::<BusinessDate>()?.plus_days(n / 31),
            captured: stamp,
            body: format!("{{\"n\":\"{}\"}}", "x".repeat(9_000)),
            private: None,
        };
        store.seal(&fact, &[])?;
        facts.push((fact.id, "{\"verdict\":\"applied\"}".to_owned()));
    }
    Ok(facts)
}

fn next_install(round: u128) -> Adopted {
    Adopted {
        // A renewal's: only that goes through the facts in pieces.
        before: Uuid::nil().to_string(),
        phone: String::new(),
        install: InstallId(Uuid::from_u128(round)),
        key: "00".repeat(32),
        token: String::new(),
        rep: "ZY01".into(),
        import_key: None,
    }
}

fn heard(acked_dseq: u64) -> Heard {
    Heard { epoch: Uuid::nil(), acked_dseq, durable_upto: 0, server_time: 0, at_boot: "0/0".into() }
}

/// Taps while whole territories come down again and again.
fn taps(table: &mut Table, town: &Town, rep: &mut TownPhone, skus: &[Sku]) -> Outcome<()> {
    let store = *rep.route()?.first().ok_or("no route")?;
    rep.phone.begin_visit(store)?;
    let (file, machine, address) = (rep.file.clone(), rep.machine.clone(), town.address.clone());
    let (saved, pulled) = taps_beside(&mut rep.phone, skus, || pull_all(&file, machine, &address))?;
    table.row(&format!("one changed line saved while {pulled} rows come down"), saved, "p99 ≤ 25 ms");
    Ok(())
}

/// Taps as long as something else writes; gives what they took, and what came of it.
fn taps_beside<T: Send>(
    phone: &mut Phone,
    skus: &[Sku],
    work: impl FnOnce() -> Outcome<T> + Send,
) -> Outcome<(Times, T)> {
    let is_over = AtomicBool::new(false);
    let mut saved = Times::default();
    let done = std::thread::scope(|scope| -> Outcome<T> {
        let working = scope.spawn(|| {
            let done = work().map_err(|why| why.to_string());
            is_over.store(true, Ordering::Release);
            done
        });
        for (n, sku) in (0u32..).zip(skus.iter().cycle()) {
            let line = Line::Count(count(*sku, n % 40));
            saved.of(|| phone.save_line(&line))?;
            if is_over.load(Ordering::Acquire) {
                break;
            }
        }
        Ok(working.join().map_err(|_| "what went on beside died")??)
    })?;
    Ok((saved, done))
}

fn pull_all(
    file: &std::path::Path,
    mut machine: xundian_demo::clock::PhoneMachine,
    address: &str,
) -> Outcome<u64> {
    let mut line = HttpTransport::new(address)?;
    let mut rows = 0;
    for _ in 0..RUNS {
        forget_cursors(file)?;
        rows += sync_beside(file, &mut machine, &mut line, |_| true)?.progress.rows_down;
    }
    Ok(rows)
}

/// The next pull brings everything again.
pub(crate) fn forget_cursors(file: &std::path::Path) -> Outcome<()> {
    let mut store = Store::open(file)?;
    for (scope, _) in store.cursors()? {
        // A page that says nothing, and a cursor that the server cannot read.
        store.apply_page(&scope, &[], "")?;
    }
    Ok(())
}
