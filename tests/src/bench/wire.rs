//! The wire: a day's push, and the first pull of a territory with its ledger.

use xundian_demo::chance::Chance;
use xundian_device::sync::{Progress, sync_once};
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{BusinessDate, RecordId, Sku};
use xundian_protocol::push::{Kind, Record};
use xundian_protocol::tables::scope;
use xundian_protocol::{PROTO, PushRequest, codec};
use xundian_server::db::DbError;
use xundian_server::master::Feed;
use xundian_tests::town::{MONDAY, Outcome, Town};

use super::sample::Sample;
use super::sync::forget_cursors;
use super::table::Table;

/// Visits of a day.
const DAY: u64 = 40;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let (json, bytes) = day_push(&Town::new()?)?;
    table.row("day push of 40 visits", format!("{bytes} bytes of {json}, 1 request"), "≤ 30 KB, 1 request");
    for (visits, target) in [(4u32, "≤ 60 KB, ≤ 2 requests"), (13, "≤ 150 KB, ≤ 2 requests")] {
        let town = Town::new()?;
        ledger(&town, visits)?;
        let pulled = first_pull(&town)?;
        let (bytes, requests, rows) = (pulled.bytes_down, pulled.requests, pulled.rows_down);
        table.row(
            &format!("first pull, 150 stores, {visits} visits per store"),
            format!("{bytes} bytes, {requests} requests, {rows} rows"),
            target,
        );
        let per_pair = beliefs(&town)?;
        table.row(
            &format!("what is believed of them, {visits} visits per store"),
            format!("{:.1} bytes for each of {} pairs of store and SKU", per_pair.bytes, per_pair.pairs),
            "≤ 16 bytes a pair",
        );
    }
    Ok(())
}

/// What a first pull grows by when the server has learnt.
struct PerPair {
    bytes: f64,
    pairs: u32,
}

fn beliefs(town: &Town) -> Outcome<PerPair> {
    let bare = first_pull(town)?.bytes_down;
    while town.app.learn()?.stores > 0 {}
    let learnt = first_pull(town)?.bytes_down;
    let sql = "SELECT value FROM scope_row WHERE tbl = 'belief' AND scope = 'rep/ZY01' AND value IS NOT NULL";
    let mut pairs = 0;
    for row in town.app.db().read_now(|tx| tx.query(sql, &[]))? {
        let belief: xundian_domain::suggestion::Belief = row.json(0)?;
        pairs += u32::try_from(belief.states().count())?;
    }
    let grown = u32::try_from(learnt.saturating_sub(bare))?;
    Ok(PerPair { bytes: f64::from(grown) / f64::from(pairs.max(1)), pairs })
}

/// Bytes of a day's push before and after compression.
fn day_push(town: &Town) -> Outcome<(usize, usize)> {
    let catalogue = town.app.catalogue();
    let skus: Vec<Sku> = catalogue.products.keys().copied().collect();
    let mut sample = Sample { skus: &skus, chance: Chance::new(3, &[]) };
    let date: BusinessDate = MONDAY.parse()?;
    let stores = catalogue.planned("ZY01".parse()?, date);
    let start = ZoneOffset::CHINA.moment(date, "08:30".parse()?);
    let mut records = Vec::new();
    for (dseq, (store, _)) in (1..=DAY).zip(stores.iter().cycle()) {
        let at = i64::try_from(dseq)? * 840_000;
        let stamp = xundian_domain::stamp::Stamp {
            wall: Millis(start.0 + at),
            mono_ms: 3_600_000 + at,
            boot: uuid::Uuid::from_u128(7),
            server_offset_ms: Some(-412),
        };
        let visit = sample.visit(*store, date, stamp);
        records.push(Record {
            dseq,
            id: RecordId(uuid::Uuid::now_v7()),
            kind: Kind::VisitClosed,
            v: 1,
            captured: visit.check_out,
            date,
            body: serde_json::to_string(&visit)?,
            private: None,
            went: None,
        });
    }
    let message = PushRequest {
        proto: PROTO,
        install_id: xundian_domain::InstallId(uuid::Uuid::now_v7()),
        epoch_seen: None,
        now: records[0].captured,
        last_dseq: DAY,
        records,
    };
    Ok((serde_json::to_vec(&message)?.len(), codec::encode(&message, 1 << 20)?.len()))
}

/// A ledger of so many visits for every store of ZY01, as ingest writes it.
pub(crate) fn ledger(town: &Town, visits: u32) -> Outcome<()> {
    let catalogue = town.app.catalogue();
    let rep = "ZY01".parse()?;
    let monday: BusinessDate = MONDAY.parse()?;
    town.app.db().write_now(move |tx| {
        let mut feed = Feed::default();
        let scope = scope::territory(rep);
        let mut chance = Chance::new(4, &[]);
        for store in catalogue.stores.values() {
            if catalogue.route_of(store.id).is_none_or(|(of, _)| of != rep) {
                continue;
            }
            let list = catalogue.must_sell.get(&store.must_sell_list).map(|list| list.0.clone());
            let skus: Vec<Sku> = list.unwrap_or_default().iter().map(|row| row.sku).collect();
            for week in 1..=visits {
                let date = monday.minus_days(7 * week);
                let at = ZoneOffset::CHINA.moment(date, xundian_domain::TimeOfDay::MIDNIGHT);
                let at = Millis(at.0 + 30_000_000 + i64::try_from(chance.below(30_000_000)).unwrap_or(0));
                let units =
                    |chance: &mut Chance| xundian_domain::Units(u32::try_from(chance.below(40)).unwrap_or(0));
                let counts = skus.iter().map(|sku| (*sku, units(&mut chance))).collect();
                let entry = xundian_domain::ledger::VisitEntry { counts, ..Default::default() };
                let id = RecordId(uuid::Uuid::now_v7());
                feed.put(&scope, (store.id, id), &LedgerVisit { date, at, entry });
            }
        }
        feed.write(tx)?;
        Ok::<_, DbError>(())
    })?;
    Ok(())
}

fn first_pull(town: &Town) -> Outcome<Progress> {
    // The phone of the town pulled when it was enrolled; without its cursors it pulls all again.
    let mut rep = town.phone("ZY01")?;
    forget_cursors(&rep.file)?;
    Ok(sync_once(&mut rep.phone, &mut rep.network, |_| true)?.progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> Outcome<()> {
        let town = Town::new()?;
        let (_, bytes) = day_push(&town)?;
        assert!(bytes <= 30 << 10, "{bytes} bytes go up for a day");
        let mut phone = town.phone("ZY01")?;
        let idle = sync_once(&mut phone.phone, &mut phone.network, |_| true)?.progress;
        // What HTTP says around it is some 700 bytes: docs/guide/performance.md.
        assert_eq!(idle.requests, 1);
        assert!(idle.bytes_up + idle.bytes_down <= 300, "{idle:?}");
        ledger(&town, 4)?;
        let pulled = first_pull(&town)?;
        assert!(pulled.bytes_down <= 60 << 10 && pulled.requests <= 2, "{pulled:?}");
        let believed = beliefs(&town)?;
        assert!(believed.pairs > 3_000 && believed.bytes <= 16.0, "{} {}", believed.bytes, believed.pairs);
        Ok(())
    }

    #[test]
    fn a_day_an_idle_sync_and_a_first_pull_stay_small() {
        let measured = sizes();
        assert!(measured.is_ok(), "{measured:?}");
    }
}
