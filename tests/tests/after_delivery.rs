//! What comes after the driver was there: a fact that only now arrives, a change that is too late. Each test runs on SQLite
//! and PostgreSQL.

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::figures::kept_promise::MissCause;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::order::Order;
use xundian_domain::order_state::{OrderState, Outcome as DeliveryOutcome};
use xundian_domain::{OrderId, RecordId, Sku, StoreId, Units};
use xundian_protocol::push::{Verdict, Went};
use xundian_protocol::tables::{OrderStanding, Table as _};
use xundian_server::db::DbError;
use xundian_server::orders::record_result;
use xundian_server::trust::verify;
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

/// What the phone was told of the delivery of an order.
fn told(phone: &TownPhone, store: StoreId, order: &Order) -> Outcome<LedgerDelivery> {
    let file = rusqlite::Connection::open(&phone.file)?;
    let sql = "SELECT value FROM master_row WHERE tbl = 'delivery' AND key = ?1 ORDER BY scope = 'own' DESC LIMIT 1";
    let value: String = file.query_row(sql, [format!("{store}/{}", order.id)], |row| row.get(0))?;
    Ok(serde_json::from_str(&value)?)
}

/// What the phone was told to have come of the first line of an order; `None` = nothing was reported.
fn came(phone: &TownPhone, store: StoreId, order: &Order) -> Outcome<Option<Units>> {
    Ok(told(phone, store, order)?.lines[0].delivered)
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

/// As a server left it that did not tell why a promise was missed. `upto` = so far a newer one had told it again.
fn told_by_an_older_server(town: &Town, upto: Option<OrderId>) -> Outcome<()> {
    town.app.db().write_now(move |tx| {
        let without = r#"UPDATE scope_row SET value = replace(value, ',"missed":"distributor_short"', '')
                         WHERE tbl = 'delivery'"#;
        tx.execute(without, &[])?;
        tx.execute("DELETE FROM server_setting WHERE name = 'why_missed_told'", &[])?;
        if let Some(upto) = upto {
            let told = "INSERT INTO server_setting (name, value) VALUES ('why_missed_told', $1)";
            tx.execute(told, &[upto.to_string().into()])?;
        }
        Ok::<_, DbError>(())
    })?;
    Ok(())
}

/// Says whether all was told again.
const DONE: &str =
    "SELECT count(*) FROM server_setting WHERE name = 'why_missed_told' AND value LIKE 'ffffffff%'";
const SAYS_WHY: &str =
    "SELECT count(*) FROM scope_row WHERE tbl = 'delivery' AND value LIKE '%distributor_short%'";

#[test]
fn an_updated_server_tells_again_why_promises_were_missed_once_and_to_the_end() {
    sound(|town| {
        assert_eq!(town.count(DONE)?, 1, "a new database has nothing to tell again");
        let (mut phone, [short, full]) = offline(town)?;
        phone.sync()?;
        freeze(town)?;
        report(town, &short, 12)?;
        report(town, &full, 0)?;
        assert_eq!(town.count(SAYS_WHY)?, 1);
        told_by_an_older_server(town, None)?;
        assert_eq!(town.app.db().read_now(verify)?, [], "it was no mistake then");
        phone.sync()?;
        assert_eq!(told(&phone, short.store, &short)?.missed, None);
        town.app.tick()?;
        town.app.tick()?;
        assert_eq!((town.count(SAYS_WHY)?, town.count(DONE)?), (1, 1));
        phone.sync()?;
        assert_eq!(told(&phone, short.store, &short)?.missed, Some(MissCause::DistributorShort));
        told_by_an_older_server(town, Some(short.id))?;
        town.app.tick()?;
        town.app.tick()?;
        assert_eq!(
            (town.count(SAYS_WHY)?, town.count(DONE)?),
            (0, 1),
            "what was told before is not told again"
        );
        let problems = town.app.db().read_now(verify)?;
        assert_eq!(problems.len(), 1, "from now on it is a mistake: {problems:?}");
        told_by_an_older_server(town, None)?;
        town.app.tick()?;
        town.app.tick()?;
        Ok(())
    });
}

/// Changes the one row of an order.
fn change(town: &Town, sql: &'static str, order: OrderId) -> Outcome<()> {
    let changed = town.app.db().write_now(move |tx| tx.execute(sql, &[order.into()]))?;
    if changed == 1 { Ok(()) } else { Err(format!("changed {changed} rows").into()) }
}

#[test]
fn what_cannot_be_read_is_not_told_again_and_all_the_others_are() {
    sound(|town| {
        let (mut phone, [short, full]) = offline(town)?;
        phone.sync()?;
        freeze(town)?;
        report(town, &short, 12)?;
        report(town, &full, 0)?;
        told_by_an_older_server(town, None)?;
        assert_eq!((town.count(SAYS_WHY)?, town.count(DONE)?), (0, 0));
        change(town, "UPDATE store_order SET body = 'x' || body WHERE id = $1", full.id)?;
        town.app.tick()?;
        town.app.tick()?;
        assert_eq!((town.count(SAYS_WHY)?, town.count(DONE)?), (1, 1));
        change(town, "UPDATE store_order SET body = substr(body, 2) WHERE id = $1", full.id)?;
        Ok(())
    });
}
