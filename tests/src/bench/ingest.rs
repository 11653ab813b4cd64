//! Ingest over HTTP, the whole path, durable: many enrolled installs over 16 connections, pushes of 40 visits.

use std::sync::atomic::{AtomicUsize, Ordering};

use ed25519_dalek::SigningKey;
use xundian_demo::chance::Chance;
use xundian_domain::stamp::{Millis, Stamp, ZoneOffset};
use xundian_domain::{BusinessDate, InstallId, RecordId, Sku, StoreId};
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::push::{Kind, PushAnswer, Record, Verdict};
use xundian_protocol::sign::{self, INSTALL_HEADER, SIGNATURE_HEADER, public_key};
use xundian_protocol::{PROTO, PushRequest, codec};
use xundian_server::app::random;
use xundian_server::sync::new_code;
use xundian_tests::town::{MONDAY, Outcome, Town};

use super::sample::Sample;
use super::table::{Table, now};

const INSTALLS: u64 = 64;
const PUSHES: u64 = 8;
const VISITS: u64 = 40;
const CONNECTIONS: usize = 16;

/// A push that is signed and compressed before the watch starts.
struct Ready {
    body: Vec<u8>,
    headers: [(&'static str, String); 3],
}

pub(crate) fn on_sqlite(table: &mut Table) -> Outcome<()> {
    measure(table, &Town::new()?, "SQLite", "≥ 5,000 visits/s")
}

pub(crate) fn on_postgres(table: &mut Table) -> Outcome<()> {
    measure(table, &Town::on_postgres()?, "PostgreSQL", "≥ 2,500 visits/s")
}

fn measure(table: &mut Table, town: &Town, engine: &str, target: &str) -> Outcome<()> {
    town.at(MONDAY, "18:30")?;
    let mut installs = Vec::new();
    for install in 0..INSTALLS {
        installs.push(prepare(town, install)?);
    }
    let cpu = cpu_seconds();
    let (start, next, address) = (now(), AtomicUsize::new(0), town.address.as_str());
    let failed: Result<(), String> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| work(address, &installs, &next))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or(Err("a client died".into())))
    });
    failed?;
    let seconds = start.elapsed().as_secs_f64();
    let visits = town.count("SELECT count(*) FROM visit")?;
    let rate = f64::from(u32::try_from(visits)?) / seconds;
    let cpu = cpu_seconds() - cpu;
    table.row(
        &format!("ingest over HTTP, {engine}"),
        format!("{rate:.0} visits/s ({visits} in {seconds:.1} s; server and clients together used {cpu:.1} s of CPU)"),
        target,
    );
    table.row(
        "resident memory of server and clients after it",
        format!("{} MiB", resident_mib()),
        "≤ 120 MiB",
    );
    Ok(())
}

/// Takes whole installs, so that the pushes of one keep their order.
fn work(address: &str, installs: &[Vec<Ready>], next: &AtomicUsize) -> Result<(), String> {
    let client = reqwest::blocking::Client::builder().no_proxy().build().map_err(|why| why.to_string())?;
    while let Some(pushes) = installs.get(next.fetch_add(1, Ordering::Relaxed)) {
        for push in pushes {
            let mut request = client.post(format!("{address}/v1/push")).body(push.body.clone());
            for (name, value) in &push.headers {
                request = request.header(*name, value);
            }
            let answer = request.send().map_err(|why| why.to_string())?;
            let body = answer.bytes().map_err(|why| why.to_string())?;
            let answer: PushAnswer = codec::decode(&body, 1 << 20).map_err(|why| why.to_string())?;
            let is_applied = |verdict: &Verdict| matches!(verdict, Verdict::Applied { .. });
            if !answer.verdicts.iter().all(|answered| is_applied(&answered.verdict)) {
                return Err(format!("not applied: {:?}", answer.verdicts.first()));
            }
        }
    }
    Ok(())
}

fn prepare(town: &Town, number: u64) -> Outcome<Vec<Ready>> {
    let catalogue = town.app.catalogue();
    let rep = format!("ZY{:02}", number % 12 + 1).parse()?;
    let (bytes, at) = (random()?, town.app.now());
    let code = town.app.db().write_now(move |tx| new_code(tx, rep, bytes, at))?;
    let key = SigningKey::from_bytes(&[u8::try_from(number)?; 32]);
    let install = InstallId(uuid::Uuid::from_u128(u128::from(number) + 1));
    let hello = HelloRequest {
        proto: PROTO,
        install_id: install,
        public_key: public_key(&key),
        code,
        renew: None,
        was: None,
    };
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    let answer =
        client.post(format!("{}/v1/hello", town.address)).body(codec::encode(&hello, 1 << 16)?).send()?;
    let answer: HelloAnswer = codec::decode(&answer.bytes()?, 1 << 16)?;
    let skus: Vec<Sku> = catalogue.products.keys().copied().collect();
    let mut sample = Sample { skus: &skus, chance: Chance::new(number, &[5]) };
    let date: BusinessDate = MONDAY.parse()?;
    let stores: Vec<StoreId> = catalogue.planned(rep, date).into_iter().map(|(store, _)| store).collect();
    let mut pushes = Vec::new();
    for push in 0..PUSHES {
        let records = records(&mut sample, &stores, date, push * VISITS)?;
        let captured = records[0].captured;
        let message = PushRequest {
            proto: PROTO,
            install_id: install,
            epoch_seen: None,
            now: Stamp { mono_ms: captured.mono_ms + 60_000, ..captured },
            last_dseq: PUSHES * VISITS,
            records,
        };
        let body = codec::encode(&message, 1 << 20)?;
        let signed = sign::Request { method: "POST", path: "/v1/push", install, body: &body };
        let headers = [
            ("authorization", format!("Bearer {}", answer.token)),
            (INSTALL_HEADER, install.to_string()),
            (SIGNATURE_HEADER, signed.sign(&key)),
        ];
        pushes.push(Ready { body, headers });
    }
    Ok(pushes)
}

fn records(
    sample: &mut Sample<'_>,
    stores: &[StoreId],
    date: BusinessDate,
    after: u64,
) -> Outcome<Vec<Record>> {
    let start = ZoneOffset::CHINA.moment(date, "09:00".parse()?);
    let stamp = Stamp {
        wall: Millis(start.0),
        mono_ms: 3_600_000,
        boot: uuid::Uuid::from_u128(7),
        server_offset_ms: Some(0),
    };
    let mut records = Vec::new();
    for (dseq, store) in (after + 1..=after + VISITS).zip(stores.iter().cycle()) {
        let visit = sample.visit(*store, date, stamp);
        records.push(Record {
            dseq,
            id: RecordId(visit.id.0),
            kind: Kind::VisitClosed,
            v: 1,
            captured: stamp,
            date,
            body: serde_json::to_string(&visit)?,
            private: None,
            went: None,
            refused: None,
            held: None,
        });
    }
    Ok(records)
}

/// User and system time of this process, from /proc; 0 where there is none.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// Resident memory of this process.
pub(crate) fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).map_or(0, |kib| kib / 1024)
}
