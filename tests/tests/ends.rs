//! What phones need no longer ends in the night (docs/adr/0018): thirteen visits of a store stay, states of thirty days. No suggestion
//! changes by it, nothing is forgotten by the server, and `verify` knows what may be gone. On SQLite and PostgreSQL.

use xundian_device::phone::SuggestionRow;
use xundian_device::store::Store as PhoneStore;
use xundian_device::visit_loop::Line;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::order::Order;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::{BusinessDate, RecordId, StoreId};
use xundian_protocol::tables::{FactState, OrderStanding, Table};
use xundian_server::db::{DbError, Value};
use xundian_server::orders::record_result;
use xundian_server::trust::verify;
use xundian_tests::desk::{NOODLES, TEA, TUESDAY, freeze, offline, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, count, on_both};

/// More than thirty days after everything, and more than the eight weeks of the count list after the first visits.
const LATER: &str = "2026-09-29";
const DAY_AFTER: &str = "2026-09-30";

/// A day so many after Monday.
fn day(n: u32) -> Outcome<String> {
    Ok(MONDAY.parse::<BusinessDate>()?.plus_days(n).to_string())
}

/// An order on Monday, on Tuesday's sheet.
fn ordered(town: &Town, phone: &mut TownPhone) -> Outcome<(StoreId, Order)> {
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24), (TEA, 9, 0)])?.ok_or("no order")?;
    town.at(MONDAY, "18:30")?;
    phone.sync()?;
    freeze(town)?;
    Ok((store, order))
}

/// All of it comes on a day at nine.
fn report(town: &Town, order: &Order, day: &str) -> Outcome<()> {
    let at = ZoneOffset::CHINA.moment(day.parse()?, "09:00".parse()?);
    let result = DeliveryResult::in_full(RecordId(uuid::Uuid::now_v7()), order, at);
    let (catalogue, now) = (town.app.catalogue(), town.app.now());
    town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now).map(drop))?;
    Ok(())
}

/// Visits of a shop on fourteen more days, each sent in its evening.
fn fortnight(town: &Town, phone: &mut TownPhone, store: StoreId) -> Outcome<()> {
    for n in 1..15 {
        let day = day(n)?;
        phone.at(&day, "10:00")?;
        phone.visit(store, &[(NOODLES, 40 - n, 0), (TEA, 30 - n, 0)])?;
        town.at(&day, "18:30")?;
        phone.sync()?;
    }
    town.app.learn()?;
    phone.sync()?;
    Ok(())
}

/// The night before a day: its first tick.
fn night(town: &Town, day: &str) -> Outcome<()> {
    town.at(day, "00:10")?;
    town.app.tick()?;
    Ok(())
}

/// How many rows of a table a phone has.
fn has<T: Table>(phone: &TownPhone) -> Outcome<usize> {
    Ok(PhoneStore::open(&phone.file)?.masters(T::NAME, "")?.len())
}

/// What a phone suggests in a shop that it begins to visit.
fn suggested(phone: &mut TownPhone, store: StoreId) -> Outcome<Vec<SuggestionRow>> {
    phone.phone.begin_visit(store)?;
    for (sku, units) in [(NOODLES, 20), (TEA, 12)] {
        phone.phone.save_line(&Line::Count(count(sku.parse()?, units)))?;
    }
    Ok(phone.phone.suggestions()?)
}

#[test]
fn a_night_leaves_thirteen_visits_and_every_suggestion_as_it_was() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        report(town, &order, TUESDAY)?;
        fortnight(town, &mut phone, store)?;
        assert_eq!((has::<LedgerVisit>(&phone)?, has::<LedgerDelivery>(&phone)?), (15, 1));
        assert_eq!(has::<OrderStanding>(&phone)?, 1);
        phone.at(LATER, "09:00")?;
        let before = suggested(&mut phone, store)?;
        assert!(before.iter().all(|row| row.inputs.previous.is_some()), "{before:?}");
        night(town, LATER)?;
        town.at(LATER, "09:00")?;
        phone.sync()?;
        assert_eq!((has::<LedgerVisit>(&phone)?, has::<LedgerDelivery>(&phone)?), (13, 0));
        assert_eq!(has::<OrderStanding>(&phone)?, 0);
        assert_eq!(phone.phone.suggestions()?, before);
        assert_eq!(town.app.learn()?.stores, 0, "nothing that the company learns from has changed");
        let other = town.phone("ZY01")?;
        assert_eq!((has::<LedgerVisit>(&other)?, has::<LedgerDelivery>(&other)?), (13, 0));
        assert_eq!(town.count("SELECT count(*) FROM past")?, 3);
        Ok(())
    });
}

#[test]
fn what_comes_late_is_told_and_ends_in_the_next_night() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        // Nobody reports it, and the owner is not asked.
        fortnight(town, &mut phone, store)?;
        night(town, &day(15)?)?;
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE state LIKE '%not_reported%'")?, 1);
        night(town, LATER)?;
        phone.sync()?;
        let left = (has::<OrderStanding>(&phone)?, has::<LedgerDelivery>(&phone)?);
        assert_eq!(left, (1, 1), "nobody knows whether it came, and its state stays beside it");
        let unreported =
            "SELECT count(*) FROM scope_row WHERE tbl = 'order_state' AND value LIKE '%not_reported%'";
        assert_eq!(town.count(unreported)?, 1);
        report(town, &order, TUESDAY)?;
        phone.sync()?;
        assert_eq!((has::<OrderStanding>(&phone)?, has::<LedgerDelivery>(&phone)?), (1, 1));
        assert_eq!(town.count(unreported)?, 0, "told late");
        assert_eq!(town.app.db().read_now(verify)?, []);
        night(town, DAY_AFTER)?;
        phone.sync()?;
        assert_eq!((has::<OrderStanding>(&phone)?, has::<LedgerDelivery>(&phone)?), (0, 0));
        Ok(())
    });
}

#[test]
fn a_verdict_that_changed_is_told_for_thirty_days() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 0)])?;
        // Six weeks later no time of the last fortnight is possible.
        town.at(LATER, "09:00")?;
        phone.at(LATER, "09:00")?;
        phone.sync()?;
        assert_eq!(town.decide(true)?.len(), 1);
        night(town, "2026-10-29")?;
        phone.sync()?;
        assert_eq!(has::<FactState>(&phone)?, 1, "the thirtieth day");
        night(town, "2026-10-30")?;
        phone.sync()?;
        assert_eq!(has::<FactState>(&phone)?, 0);
        Ok(())
    });
}

fn change(town: &Town, sql: &'static str, values: &[Value]) -> Outcome<()> {
    let values = values.to_vec();
    let changed = town.app.db().write_now(move |tx| tx.execute(sql, &values))?;
    if changed == 1 { Ok(()) } else { Err(format!("{sql}: {changed} rows").into()) }
}

#[test]
fn an_order_that_cannot_be_read_stops_no_other_ones_end() {
    sound(|town| {
        let (mut phone, orders) = offline(town)?;
        phone.sync()?;
        for order in &orders {
            phone.phone.cancel_order(order.id, "owner_changed_mind".parse()?)?;
        }
        phone.sync()?;
        let told = "SELECT count(*) FROM scope_row WHERE tbl = 'order_state' AND value IS NOT NULL";
        assert_eq!(town.count(told)?, 2);
        let spoilt = "UPDATE store_order SET state = 'x' || state WHERE id = $1";
        change(town, spoilt, &[orders[0].id.into()])?;
        night(town, LATER)?;
        assert_eq!(town.count(told)?, 1);
        let mended = "UPDATE store_order SET state = substr(state, 2) WHERE id = $1";
        change(town, mended, &[orders[0].id.into()])?;
        night(town, DAY_AFTER)?;
        assert_eq!(town.count(told)?, 0);
        Ok(())
    });
}

/// The row of a table with this number by its key, from 0, ends by hand; the other way round with `back`.
fn end(town: &Town, table: &'static str, number: usize, back: bool) -> Outcome<()> {
    let sql = "SELECT key, value FROM scope_row WHERE tbl = $1 AND value IS NOT NULL ORDER BY key";
    let kept = "SELECT key, value FROM past WHERE tbl = $1 ORDER BY key";
    let rows = town.app.db().read_now(|tx| tx.query(if back { kept } else { sql }, &[table.into()]))?;
    let row = rows.get(number).ok_or("no such row")?;
    let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
    let store: StoreId = StoreId(key.split('/').next().ok_or("no store")?.parse()?);
    let told = "UPDATE scope_row SET value = $3 WHERE tbl = $1 AND key = $2";
    if back {
        change(town, "DELETE FROM past WHERE tbl = $1 AND key = $2", &[table.into(), key.as_str().into()])?;
        return change(town, told, &[table.into(), key.into(), value.into()]);
    }
    let kept = "INSERT INTO past (store, tbl, key, value) VALUES ($1, $2, $3, $4)";
    change(town, kept, &[store.into(), table.into(), key.as_str().into(), value.into()])?;
    change(town, told, &[table.into(), key.into(), Value::Null])
}

fn is_sound(town: &Town) -> Outcome<bool> {
    Ok(town.app.db().read_now(verify)?.is_empty())
}

#[test]
fn verify_finds_what_ended_too_early_and_what_is_nowhere() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, order) = ordered(town, &mut phone)?;
        report(town, &order, TUESDAY)?;
        fortnight(town, &mut phone, store)?;
        assert!(is_sound(town)?);
        // By their keys facts are in the order in which they were sealed.
        for (table, number, may_end) in
            [("ledger", 0, true), ("ledger", 1, true), ("ledger", 2, false), ("delivery", 0, false)]
        {
            end(town, table, number, false)?;
            assert_eq!(is_sound(town)?, may_end, "{table} {number}");
            end(town, table, 0, true)?;
            assert!(is_sound(town)?);
        }
        night(town, LATER)?;
        assert!(is_sound(town)?);
        let date = "UPDATE past SET value = replace(value, $1, $2)
                    WHERE tbl = 'ledger' AND value LIKE '%' || $1 || '%'";
        change(town, date, &["07-27".into(), "07-26".into()])?;
        assert!(!is_sound(town)?, "of another day");
        change(town, date, &["07-26".into(), "07-27".into()])?;
        assert!(is_sound(town)?);
        change(town, "DELETE FROM past WHERE tbl = 'delivery'", &[])?;
        assert!(!is_sound(town)?, "it is nowhere");
        Ok(())
    });
}

#[test]
fn a_delivery_that_nobody_answered_is_found_if_it_ended_however_old_it_is() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, _) = ordered(town, &mut phone)?;
        fortnight(town, &mut phone, store)?;
        night(town, &day(15)?)?;
        night(town, LATER)?;
        assert!(is_sound(town)?);
        end(town, "delivery", 0, false)?;
        assert!(!is_sound(town)?, "it may still come");
        end(town, "delivery", 0, true)?;
        assert!(is_sound(town)?);
        Ok(())
    });
}

#[test]
fn a_state_that_ended_too_early_is_found() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let (_, order) = ordered(town, &mut phone)?;
        report(town, &order, TUESDAY)?;
        let rows = town.app.db().read_now(|tx| {
            let sql = "SELECT value FROM scope_row WHERE tbl = 'order_state'";
            tx.query(sql, &[])?.iter().map(|row| row.get::<String>(0)).collect::<Result<Vec<_>, DbError>>()
        })?;
        let told = "UPDATE scope_row SET value = $1 WHERE tbl = 'order_state'";
        change(town, told, &[Value::Null])?;
        assert!(!is_sound(town)?, "phones are told for thirty days");
        change(town, told, &[rows.first().ok_or("not told")?.as_str().into()])?;
        assert!(is_sound(town)?);
        Ok(())
    });
}
