//! What comes after the driver was there: a fact that only now arrives, a change that is too late. Each test runs on SQLite
//! and PostgreSQL.

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order::Order;
use xundian_domain::order_state::{OrderState, Outcome as DeliveryOutcome};
use xundian_domain::{RecordId, Sku, StoreId, Units};
use xundian_protocol::push::{Verdict, Went};
use xundian_protocol::tables::{OrderStanding, Table as _};
use xundian_server::orders::record_result;
use xundian_tests::desk::{Dispatcher, NOODLES, TUESDAY, freeze, offline, row, sound, text_of};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

/// The driver hands over all but so many of the first line.
fn report(town: &Town, order: &Order, missing: u32) -> Outcome<()> {
    town.at(TUESDAY, "09:00")?;
    let mut result = DeliveryResult::in_full(RecordId(uuid::Uuid::now_v7()), order, town.app.now());
    let line = &mut result.lines[0];
    line.delivered = Units(line.delivered.0 - missing);
    line.reason = if missing > 0 { Some("out_of_stock".parse()?) } else { None };
    let (catalogue, now) = (town.app.catalogue(), town.app.now());
    town.app.db().write_now(move |tx| record_result(tx, &catalogue, result, "driver", now).map(drop))?;
    Ok(())
}

/// What the phone was told to have come of the first line of an order; `None` = nothing was reported.
fn came(phone: &TownPhone, store: StoreId, order: &Order) -> Outcome<Option<Units>> {
    let file = rusqlite::Connection::open(&phone.file)?;
    let sql = "SELECT value FROM master_row WHERE tbl = 'delivery' AND key = ?1 ORDER BY scope = 'own' DESC LIMIT 1";
    let value: String = file.query_row(sql, [format!("{store}/{}", order.id)], |row| row.get(0))?;
    let delivery: xundian_domain::ledger::LedgerDelivery = serde_json::from_str(&value)?;
    Ok(delivery.lines[0].delivered)
}

/// Where the server said that the order of each record of a kind went.
fn went_of(phone: &TownPhone, kind: &str) -> Outcome<Vec<Went>> {
    let rows = phone.phone.outbox()?.rows.into_iter().filter(|row| row.kind == kind);
    rows.map(|row| match row.verdict {
        Some(Verdict::Applied { order: Some(effect), .. }) => Ok(effect.went),
        other => Err(format!("{other:?}").into()),
    })
    .collect()
}

/// The rows that only the phone itself believes in.
fn own_rows(phone: &TownPhone) -> Outcome<i64> {
    let file = rusqlite::Connection::open(&phone.file)?;
    let sql = "SELECT count(*) FROM master_row WHERE scope = 'own' AND tbl IN ('delivery', ?1)";
    Ok(file.query_row(sql, [OrderStanding::NAME], |row| row.get(0))?)
}

#[test]
fn the_fact_of_a_slips_order_leaves_what_the_driver_reported() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        freeze(town)?;
        report(town, &first, 12)?;
        assert_eq!(phone.sync()?.outcome, xundian_device::sync::Outcome::InStep);
        let state = row(town, first.id)?.state;
        assert!(matches!(state, OrderState::Ended { outcome: DeliveryOutcome::Short, .. }), "{state:?}");
        assert_eq!(came(&phone, first.store, &first)?, Some(Units(first.lines[0].confirmed.0 - 12)));
        Ok(())
    });
}

/// An order that was delivered while its rep was without a network.
fn delivered(town: &Town, is_told: bool) -> Outcome<(TownPhone, Order)> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    freeze(town)?;
    report(town, &order, 0)?;
    if is_told {
        phone.sync()?;
    }
    phone.at(TUESDAY, "10:00")?;
    Ok((phone, order))
}

#[test]
fn a_change_after_the_delivery_ends_with_the_servers_word_on_the_phone() {
    for is_told in [false, true] {
        after_the_delivery(is_told);
    }
}

fn after_the_delivery(is_told: bool) {
    sound(|town| {
        let (mut phone, order) = delivered(town, is_told)?;
        let noodles: Sku = NOODLES.parse()?;
        phone.phone.amend_order(order.id, &[(noodles, Units(48))])?;
        assert_eq!(came(&phone, order.store, &order)?, None, "the phone believes in its change");
        phone.sync()?;
        assert_eq!(went_of(&phone, "order_amended")?, [Went::AlreadyDelivered]);
        assert_eq!((came(&phone, order.store, &order)?, own_rows(&phone)?), (Some(Units(24)), 0));
        Ok(())
    });
}

#[test]
fn changes_of_changes_after_the_delivery_wait_for_nothing() {
    sound(|town| {
        let (mut phone, order) = delivered(town, true)?;
        phone.phone.amend_order(order.id, &[(NOODLES.parse()?, Units(48))])?;
        phone.phone.amend_order(order.id, &[(NOODLES.parse()?, Units(72))])?;
        phone.phone.cancel_order(order.id, "owner_changed_mind".parse()?)?;
        phone.sync()?;
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0, "nothing will ever come for them");
        assert_eq!(went_of(&phone, "order_amended")?, [Went::AlreadyDelivered; 2]);
        assert_eq!(went_of(&phone, "order_cancelled")?, [Went::AlreadyDelivered]);
        assert_eq!(own_rows(&phone)?, 0);
        let standing = row(town, order.id)?;
        assert_eq!((standing.version, standing.order.lines[0].confirmed), (1, Units(24)));
        assert_eq!(came(&phone, order.store, &order)?, Some(Units(24)));
        Ok(())
    });
}
