//! The office changes its files under orders and histories that are on their way: what was promised finds another day, and a store's
//! past comes along wherever it goes. Each test runs on SQLite and PostgreSQL.

use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::sheet::OrderChange;
use xundian_domain::store::Store;
use xundian_domain::visit::Visit;
use xundian_domain::{OrderId, StoreId, Units, VisitId};
use xundian_protocol::push::{OrderEffect, Verdict, Went};
use xundian_protocol::tables::{Routes, StoreLocation, Table};
use xundian_server::import::City;
use xundian_server::orders::{Sheet, sheets_of_day};
use xundian_server::trust::verify;
use xundian_tests::desk::{
    Dispatcher, NOODLES, TUESDAY, freeze, offline, row, sound, text_of, verdict, went,
};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

const WEDNESDAY: &str = "2026-07-29";

/// A rep's phone with an order for Tuesday that the server has.
fn ordered(town: &Town) -> Outcome<(TownPhone, StoreId, OrderId)> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    town.at(MONDAY, "18:00")?;
    phone.sync()?;
    assert_eq!(went(&phone)?, Went::Waiting { day: TUESDAY.parse()?, late: false });
    Ok((phone, store, order.id))
}

/// The office imports its files with one row changed, and the server hears of it.
fn imported(town: &Town, change: impl FnOnce(&mut City) -> Outcome<()>) -> Outcome<()> {
    let mut done = Ok(());
    town.import(|city| done = change(city))?;
    done?;
    town.app.tick()?;
    Ok(())
}

/// A day on which a distributor or a rep does not work.
fn off(city: &mut City, whose: &str, day: &str, substitute: Option<&str>) -> Outcome<()> {
    let key = ("calendar".to_owned(), whose.to_owned());
    let known =
        city.rows.get(&key).cloned().unwrap_or_else(|| r#"{"weekdays":[],"exceptions":{}}"#.to_owned());
    let mut days: serde_json::Value = serde_json::from_str(&known)?;
    days["exceptions"][day] = serde_json::json!({ "works": false, "substitute": substitute });
    city.rows.insert(key, days.to_string());
    Ok(())
}

#[test]
fn an_order_for_a_day_that_became_a_holiday_goes_out_on_the_next_one_and_its_phone_is_told() {
    sound(|town| {
        let (mut phone, store, order) = ordered(town)?;
        imported(town, |city| off(city, "distributor/D01", TUESDAY, None))?;
        assert_eq!(row(town, order)?.state, OrderState::Waiting { day: WEDNESDAY.parse()?, late: false });
        phone.sync()?;
        let told = phone.phone.orders_of_today()?;
        assert!(format!("{told:?}").contains(WEDNESDAY), "{told:?}");
        town.at(TUESDAY, "20:31")?;
        town.app.tick()?;
        let sheet = town.sheet_of(store, WEDNESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(sheet.stops().iter().map(|stop| stop.order.id).collect::<Vec<_>>(), [order]);
        Ok(())
    });
}

#[test]
fn an_order_whose_distributor_is_gone_waits_for_the_next_one_of_its_store() {
    sound(|town| {
        let (_phone, _, order) = ordered(town)?;
        let gone =
            |city: &mut City| city.rows.retain(|(table, key), _| table != "distributor" || key != "D01");
        imported(town, |city| {
            gone(city);
            Ok(())
        })?;
        assert_eq!(row(town, order)?.state, OrderState::Held, "nobody delivers it, and it is not lost");
        imported(town, |city| {
            gone(city);
            for ((table, _), value) in &mut city.rows {
                if table == "store" {
                    *value = value.replace(r#""distributor":"D01""#, r#""distributor":"D02""#);
                }
            }
            Ok(())
        })?;
        let row = row(town, order)?;
        assert_eq!(row.distributor, "D02".parse()?);
        assert!(matches!(row.state, OrderState::Waiting { .. }), "{:?}", row.state);
        Ok(())
    });
}

/// The office gives a store to another distributor.
fn give(city: &mut City, store: StoreId, distributor: &str) -> Outcome<()> {
    let row = city.rows.get_mut(&("store".to_owned(), store.to_string())).ok_or("no such store")?;
    let mut known: Store = serde_json::from_str(row)?;
    known.distributor = distributor.parse()?;
    *row = serde_json::to_string(&known)?;
    Ok(())
}

/// And the server hears of it.
fn delivered_by(town: &Town, store: StoreId, distributor: &str) -> Outcome<()> {
    imported(town, |city| give(city, store, distributor))
}

#[test]
fn an_order_that_waits_where_its_store_was_before_an_import_is_no_problem_until_the_server_hears_of_it() {
    sound(|town| {
        let (_phone, store, order) = ordered(town)?;
        let mut given = Ok(());
        town.import(|city| given = give(city, store, "D02"))?;
        given?;
        assert_eq!(row(town, order)?.distributor, "D01".parse()?);
        assert_eq!(town.app.db().read_now(verify)?, []);
        town.app.tick()?;
        assert_eq!(row(town, order)?.distributor, "D02".parse()?);
        Ok(())
    });
}

/// The orders that a distributor has on paper for a day, on its sheet and the differences.
fn printed(town: &Town, distributor: &str, day: &str) -> Outcome<Vec<OrderId>> {
    let (distributor, day) = (distributor.parse()?, day.parse()?);
    let sheets = town.app.db().read_now(|tx| sheets_of_day(tx, distributor, day))?;
    let stops = sheets.iter().flat_map(Sheet::stops).map(|stop| stop.order.id);
    let changed = sheets.iter().flat_map(Sheet::changes).filter_map(OrderChange::order);
    Ok(stops.chain(changed.map(|order| order.id)).collect())
}

#[test]
fn an_order_goes_on_the_sheet_of_the_distributor_that_has_its_store_by_then() {
    sound(|town| {
        let (mut phone, store, order) = ordered(town)?;
        delivered_by(town, store, "D02")?;
        let now = row(town, order)?;
        assert_eq!(now.distributor, "D02".parse()?);
        assert_eq!(now.state, OrderState::Waiting { day: TUESDAY.parse()?, late: false });
        phone.sync()?;
        freeze(town)?;
        assert_eq!(printed(town, "D02", TUESDAY)?, [order]);
        assert_eq!(printed(town, "D01", TUESDAY)?, []);
        Ok(())
    });
}

#[test]
fn an_order_that_was_late_is_late_at_its_next_distributor_alone() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        freeze(town)?;
        town.at(MONDAY, "22:30")?;
        phone.sync()?;
        let late = OrderState::Waiting { day: WEDNESDAY.parse()?, late: true };
        assert_eq!(row(town, order)?.state, late);
        town.at(TUESDAY, "09:00")?;
        delivered_by(town, store, "D02")?;
        assert_eq!(row(town, order)?.state, late, "its sheet of Tuesday is printed, too");
        assert_eq!(town.count("SELECT count(*) FROM late_order WHERE distributor = 'D01'")?, 0);
        assert_eq!(town.count("SELECT count(*) FROM late_order WHERE distributor = 'D02'")?, 1);
        town.at(TUESDAY, "20:31")?;
        town.app.tick()?;
        assert_eq!(printed(town, "D02", WEDNESDAY)?, [order]);
        assert_eq!(printed(town, "D01", WEDNESDAY)?, []);
        Ok(())
    });
}

#[test]
fn a_late_order_that_its_promised_day_takes_after_all_is_late_no_more() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        freeze(town)?;
        town.at(MONDAY, "22:30")?;
        phone.sync()?;
        assert!(row(town, order)?.late);
        imported(town, |city| {
            let known = city.rows.get_mut(&("distributor".to_owned(), "D01".to_owned())).ok_or("no D01")?;
            *known = known.replace(r#""until":"22:00""#, r#""until":"23:00""#);
            Ok(())
        })?;
        phone.phone.amend_order(order, &[(NOODLES.parse()?, Units(48))])?;
        phone.sync()?;
        let OrderState::OnSheet { sheet } = row(town, order)?.state else { return Err("on no sheet".into()) };
        assert_eq!((sheet.day, sheet.difference), (TUESDAY.parse()?, 1));
        assert!(!row(town, order)?.late, "it comes on the day that was promised");
        Ok(())
    });
}

#[test]
fn a_held_order_goes_with_its_release_to_the_distributor_that_has_its_store_by_then() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        town.at(MONDAY, "18:00")?;
        town.revoke("ZY01")?;
        phone.sync()?;
        delivered_by(town, store, "D02")?;
        assert_eq!(row(town, order)?.state, OrderState::Held);
        town.decide(true)?;
        freeze(town)?;
        assert_eq!(printed(town, "D02", TUESDAY)?, [order]);
        assert_eq!(printed(town, "D01", TUESDAY)?, []);
        Ok(())
    });
}

#[test]
fn an_unproven_slips_order_waits_for_the_dispatcher_who_has_its_store_by_then() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        town.revoke("ZY01")?;
        let before = Dispatcher::of(town, "D01")?;
        before.paste(&text_of(&mut phone)?)?;
        delivered_by(town, first.store, "D02")?;
        before.decide("accept", &[first.id])?;
        assert_eq!(row(town, first.id)?.state, OrderState::Held, "it is no order of that desk any more");
        Dispatcher::of(town, "D02")?.decide("accept", &[first.id])?;
        freeze(town)?;
        assert_eq!(printed(town, "D02", TUESDAY)?, [first.id]);
        assert_eq!(printed(town, "D01", TUESDAY)?, []);
        Ok(())
    });
}

#[test]
fn an_order_on_a_printed_sheet_stays_there_with_its_changes_whoever_has_the_store() {
    sound(|town| {
        let (mut phone, store, order) = ordered(town)?;
        freeze(town)?;
        town.at(MONDAY, "21:00")?;
        delivered_by(town, store, "D02")?;
        assert_eq!(row(town, order)?.distributor, "D01".parse()?);
        phone.phone.amend_order(order, &[(NOODLES.parse()?, Units(48))])?;
        phone.sync()?;
        let OrderState::OnSheet { sheet } = row(town, order)?.state else { return Err("on no sheet".into()) };
        assert_eq!((sheet.distributor, sheet.difference), ("D01".parse()?, 1));
        town.at(TUESDAY, "20:31")?;
        town.app.tick()?;
        assert_eq!(printed(town, "D01", TUESDAY)?, [order, order], "the sheet and its difference");
        for day in [TUESDAY, WEDNESDAY] {
            assert_eq!(printed(town, "D02", day)?, []);
        }
        Ok(())
    });
}

#[test]
fn an_order_that_waits_for_a_lost_sheet_stays_with_its_paper() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        phone.at(MONDAY, "09:30")?;
        town.restored()?;
        phone.at(MONDAY, "22:30")?;
        phone.sync()?;
        delivered_by(town, store, "D02")?;
        let now = row(town, order)?;
        assert_eq!(now.distributor, "D01".parse()?);
        assert_eq!(now.state, OrderState::Waiting { day: TUESDAY.parse()?, late: false });
        Ok(())
    });
}

/// The city's plan with a store taken off a rep's route, or put on another one's.
fn route(city: &mut City, rep: &str, change: impl FnOnce(&mut Routes)) -> Outcome<()> {
    let row = city.rows.get_mut(&("route".to_owned(), rep.to_owned())).ok_or("no such route")?;
    let mut routes: Routes = serde_json::from_str(row)?;
    change(&mut routes);
    *row = serde_json::to_string(&routes)?;
    Ok(())
}

/// Rows about a store that the phones of a rep get.
fn history(town: &Town, rep: &str, store: StoreId, order: OrderId) -> Outcome<i64> {
    town.count(&format!(
        "SELECT count(*) FROM scope_row WHERE scope = 'rep/{rep}' AND value IS NOT NULL AND
         (tbl IN ('ledger', 'delivery') AND key LIKE '{store}/%' OR tbl = 'order_state' AND key = '{order}')"
    ))
}

#[test]
fn a_store_that_was_on_no_route_for_a_while_brings_its_history_to_its_next_rep() {
    sound(|town| {
        let (_phone, store, order) = ordered(town)?;
        imported(town, |city| route(city, "ZY01", |routes| routes.0.retain(|row| row.store != store)))?;
        assert_eq!(history(town, "ZY01", store, order)?, 3, "nobody has it yet");
        imported(town, |city| {
            let mut moved = Vec::new();
            route(city, "ZY01", |routes| {
                moved = routes.0.iter().filter(|row| row.store == store).cloned().collect();
                routes.0.retain(|row| row.store != store);
            })?;
            let rep = "ZY02".parse()?;
            route(city, "ZY02", |routes| {
                routes.0.extend(moved.into_iter().map(|row| xundian_domain::route::RouteRow { rep, ..row }));
            })
        })?;
        assert_eq!(history(town, "ZY01", store, order)?, 0);
        assert_eq!(history(town, "ZY02", store, order)?, 3, "visit, delivery, state of the order");
        let mut next = town.phone("ZY02")?;
        assert!(next.phone.store_card(store)?.last_order.is_some(), "its new rep sees what was ordered");
        Ok(())
    });
}

#[test]
fn files_without_a_single_place_take_the_places_from_the_phones() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let places = |phone: &TownPhone| -> Outcome<usize> {
            let kept = xundian_device::store::Store::open(&phone.file)?;
            Ok(kept.masters(StoreLocation::NAME, &StoreLocation::key(store))?.len())
        };
        assert_eq!(places(&phone)?, 1);
        imported(town, |city| {
            city.rows.retain(|(table, _), _| table != StoreLocation::NAME);
            Ok(())
        })?;
        phone.sync()?;
        assert_eq!(places(&phone)?, 0);
        Ok(())
    });
}

/// The visit of a phone in another store, as a visit of its own.
fn elsewhere(of: &TownPhone, store: StoreId) -> Outcome<(String, OrderId)> {
    let kept = xundian_device::store::Store::open(&of.file)?.facts_of(MONDAY.parse()?)?;
    let kept = kept.into_iter().find(|fact| fact.sealed.kind == "visit_closed").ok_or("no visit")?;
    let visit: Visit = serde_json::from_str(&kept.sealed.body)?;
    let (before, id) = (visit.order().ok_or("no order")?.id, OrderId(uuid::Uuid::now_v7()));
    let fresh = Visit { id: VisitId(uuid::Uuid::now_v7()), ..visit.clone() };
    let body = serde_json::to_string(&fresh)?.replace(&visit.store.to_string(), &store.to_string());
    Ok((body.replace(&before.to_string(), &id.to_string()), id))
}

#[test]
fn what_a_substitute_does_in_a_new_store_goes_to_the_rep_who_opened_it() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let near = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let store = phone.phone.open_store(
            town.new_store(near.id)?,
            near.distributor,
            near.price_list,
            None,
            None,
        )?;
        phone.sync()?;
        let mut substitute = town.phone("ZY02")?;
        let own = substitute.route()?[0];
        substitute.visit(own, &[(NOODLES, 5, 24)])?;
        let (body, order) = elsewhere(&substitute, store)?;
        substitute.seal("visit_closed", body)?;
        substitute.sync()?;
        assert_eq!(history(town, "ZY02", store, order)?, 0, "no phone of his has the store");
        assert_eq!(history(town, "ZY01", store, order)?, 3);
        Ok(())
    });
}

#[test]
fn an_order_from_a_store_that_was_rejected_meanwhile_stands_on_no_sheet() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let known = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let opened = town.new_store(known.id)?;
        let store = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
        phone.sync()?;
        let order = phone.visit(store, &[(NOODLES, 0, 24)])?.ok_or("no order")?;
        town.reject(store)?;
        phone.sync()?;
        assert_eq!(went(&phone)?, Went::Cancelled, "the rep is told");
        assert_eq!(row(town, order.id)?.state, OrderState::Cancelled { cause: CancelCause::StoreRejected });
        freeze(town)?;
        assert!(town.sheet_of(store, TUESDAY, 0)?.is_none_or(|sheet| sheet.stops().is_empty()));
        Ok(())
    });
}

#[test]
fn changes_that_were_made_before_the_rep_heard_that_the_store_was_rejected_wait_for_nothing() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let known = town.app.catalogue().stores[&phone.route()?[0]].clone();
        let opened = town.new_store(known.id)?;
        let store = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
        let order = phone.visit(store, &[(NOODLES, 0, 24)])?.ok_or("no order")?;
        phone.sync()?;
        town.reject(store)?;
        for units in [48, 72] {
            phone.phone.amend_order(order.id, &[(NOODLES.parse()?, Units(units))])?;
        }
        phone.phone.cancel_order(order.id, "owner".parse()?)?;
        phone.sync()?;
        let effect = OrderEffect { order: order.id, went: Went::AlreadyDelivered, instead_of: None };
        let late = Verdict::Applied { order: Some(effect), flags: Vec::new() };
        let changes = phone.phone.outbox()?.rows.into_iter().filter(|row| row.kind == "order_amended");
        assert_eq!(changes.map(|row| row.verdict).collect::<Vec<_>>(), [Some(late.clone()), Some(late)]);
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        assert_eq!(row(town, order.id)?.state, OrderState::Cancelled { cause: CancelCause::Owner });
        Ok(())
    });
}

#[test]
fn a_promotion_that_is_named_twice_counts_as_its_sum_and_stops_nobody() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let first = phone.route()?[0];
        phone.visit(first, &[(NOODLES, 5, 24)])?;
        let capped = town
            .app
            .catalogue()
            .promotions
            .iter()
            .find(|promotion| promotion.cap_period != xundian_domain::promotion::CapPeriod::Order)
            .ok_or("no promotion with a cap of its own")?
            .no;
        let nowhere = StoreId(uuid::Uuid::now_v7());
        let (body, order) = elsewhere(&phone, nowhere)?;
        let used = format!(r#"{{"promo":"{capped}","times":1,"qty_thousandths":0,"cut":0}}"#);
        let spoiled = body.replacen("\"promise\":", &format!("\"promos\":[{used},{used}],\"promise\":"), 1);
        assert_ne!(spoiled, body);
        phone.seal("visit_closed", spoiled)?;
        phone.sync()?;
        assert_eq!(verdict(&phone, "visit_closed")?, Verdict::Parked { missing: nowhere.0 });
        town.add_store(first, nowhere)?;
        town.app.tick()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        let times = format!("SELECT CAST(sum(times) AS BIGINT) FROM promo_use WHERE promo = '{capped}'");
        assert_eq!(town.count(&times)?, 2);
        assert!(matches!(row(town, order)?.state, OrderState::Waiting { .. }));
        Ok(())
    });
}
