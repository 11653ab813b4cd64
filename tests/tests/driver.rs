//! The driver's page and the dispatcher behind it: what was reported is never lost, whatever happened to the order meanwhile,
//! and every stop can be given to a van. Each test runs on SQLite and PostgreSQL.

use serde_json::{Value, json};
use xundian_device::phone::OrderLight;
use xundian_domain::delivery::DeliveryResult;
use xundian_domain::ledger::{DeliveryLine, LedgerDelivery};
use xundian_domain::order::Order;
use xundian_domain::order_state::{OrderState, Outcome as DeliveryOutcome};
use xundian_domain::{Fen, OrderId, RecordId, Units};
use xundian_protocol::tables::Table as _;
use xundian_tests::desk::{Dispatcher, NOODLES, TEA, TUESDAY, freeze, offline, row, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

const SHEET: &str = "/d/sheet/D01-20260728";

/// A driver with the link of one van.
struct Driver<'a> {
    town: &'a Town,
    client: reqwest::blocking::Client,
    secret: String,
}

impl<'a> Driver<'a> {
    fn of(town: &'a Town, dispatcher: &Dispatcher<'_>, van: &str) -> Outcome<Self> {
        let page = dispatcher.post(&format!("{SHEET}/link"), &[("van", van)])?.text()?;
        let secret = page.split("/van#").nth(1).and_then(|rest| rest.get(..32)).ok_or("no link")?;
        let client = reqwest::blocking::Client::builder().no_proxy().build()?;
        Ok(Self { town, client, secret: secret.to_owned() })
    }

    fn ask(&self, path: &str, body: &Value) -> Outcome<(u16, Value)> {
        let request = self.client.post(format!("{}{path}", self.town.address));
        let request = request.header("x-van-secret", &self.secret).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send()?;
        Ok((answer.status().as_u16(), serde_json::from_str(&answer.text()?)?))
    }

    /// The orders on his page, each with what stands on its card in place of the button.
    fn stops(&self) -> Outcome<Vec<(OrderId, Option<String>)>> {
        let (_, day) = self.ask("/van/stops", &json!({}))?;
        let stops = day["stops"].as_array().ok_or_else(|| format!("{day}"))?;
        stops
            .iter()
            .map(|stop| {
                let order = stop["order"].as_str().ok_or("no order")?;
                Ok((OrderId(order.parse()?), stop["outcome"].as_str().map(ToOwned::to_owned)))
            })
            .collect()
    }

    fn report(&self, result: &DeliveryResult) -> Outcome<(u16, Value)> {
        self.ask("/van/result", &serde_json::to_value(result)?)
    }
}

/// Everything of an order came, told now.
fn full(town: &Town, order: &Order) -> DeliveryResult {
    DeliveryResult::in_full(RecordId(uuid::Uuid::now_v7()), order, town.app.now())
}

/// So many units of the first line did not come.
fn short(town: &Town, order: &Order, missing: u32) -> Outcome<DeliveryResult> {
    let mut result = full(town, order);
    let line = &mut result.lines[0];
    (line.delivered, line.reason) = (Units(line.delivered.0 - missing), Some("out_of_stock".parse()?));
    Ok(result)
}

/// How many results are there of a version.
fn results(town: &Town, version: i64) -> Outcome<i64> {
    town.count(&format!("SELECT count(*) FROM delivery_result WHERE version = {version}"))
}

/// What came of one product, gifts included.
fn came(result: &DeliveryResult, sku: &str) -> Option<Units> {
    let lines = result.lines.iter().filter(|line| line.sku.as_str() == sku);
    Some(lines.map(|line| line.delivered).sum())
}

/// What a phone's ledger says of one product of an order.
fn told(phone: &TownPhone, order: &Order, sku: &str) -> Outcome<Option<DeliveryLine>> {
    let store = xundian_device::store::Store::open(&phone.file)?;
    let rows = store.masters(LedgerDelivery::NAME, &LedgerDelivery::key((order.store, order.id)))?;
    let Some(row) = rows.first() else { return Ok(None) };
    let delivery: LedgerDelivery = serde_json::from_str(&row.value)?;
    Ok(delivery.lines.into_iter().find(|line| line.sku.as_str() == sku))
}

/// Monday evening: two orders of one rep are on Tuesday's sheet.
fn frozen(town: &Town) -> Outcome<(TownPhone, [Order; 2])> {
    let (mut phone, orders) = offline(town)?;
    phone.sync()?;
    freeze(town)?;
    town.at(MONDAY, "21:00")?;
    Ok((phone, orders))
}

/// Tuesday morning, with the driver of van 1.
fn morning(town: &Town) -> Outcome<(Dispatcher<'_>, Driver<'_>)> {
    town.at(TUESDAY, "10:00")?;
    let dispatcher = Dispatcher::of(town, "D01")?;
    let driver = Driver::of(town, &dispatcher, "1")?;
    Ok((dispatcher, driver))
}

/// Status of a decision about a kept result.
fn decide(dispatcher: &Dispatcher<'_>, kept: &DeliveryResult, decision: &str, reason: &str) -> Outcome<u16> {
    let form = [("decision", decision), ("reason", reason)];
    Ok(dispatcher.post(&format!("/d/results/{}", kept.id), &form)?.status().as_u16())
}

fn is_shown(dispatcher: &Dispatcher<'_>, kept: &DeliveryResult) -> Outcome<bool> {
    Ok(dispatcher.page("/d/results")?.contains(&kept.id.to_string()))
}

#[test]
fn a_rep_sees_that_the_distributor_has_an_order_when_somebody_there_opened_its_sheet() {
    sound(|town| {
        let (mut phone, [first, _]) = frozen(town)?;
        let light = |phone: &mut TownPhone| -> Outcome<OrderLight> {
            phone.sync()?;
            Ok(phone.phone.order_card(first.id)?.light)
        };
        assert_eq!(light(&mut phone)?, OrderLight::OnSheet);
        let dispatcher = Dispatcher::of(town, "D01")?;
        dispatcher.page(SHEET)?;
        assert_eq!(light(&mut phone)?, OrderLight::AtDistributor);
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        assert_eq!(light(&mut phone)?, OrderLight::OnSheet, "nobody looked at the difference");
        dispatcher.post(&format!("{SHEET}.1/accept"), &[])?;
        assert_eq!(light(&mut phone)?, OrderLight::AtDistributor, "who takes it on has seen it");
        Ok(())
    });
}

#[test]
fn what_does_not_fit_the_changed_order_is_kept_until_the_dispatcher_takes_it() {
    sound(|town| {
        let (mut phone, [first, _]) = frozen(town)?;
        phone.phone.amend_order(first.id, &[(NOODLES.parse()?, Units(48))])?;
        phone.sync()?;
        let (dispatcher, driver) = morning(town)?;
        let before = full(town, &first);
        let mut told_by_page = serde_json::to_value(&before)?;
        told_by_page["due"] = 4_321.into();
        let (status, said) = driver.ask("/van/result", &told_by_page)?;
        assert_eq!((status, &said["kept"]), (202, &json!(true)), "{said}");
        assert!(said["reason"].as_str().is_some_and(|reason| reason.contains("没送齐")), "{said}");
        assert_eq!(driver.ask("/van/result", &told_by_page)?, (202, said), "sent again");
        assert_eq!((results(town, 0)?, results(town, 1)?), (1, 0));
        assert!(matches!(row(town, first.id)?.state, OrderState::OnSheet { .. }), "nothing is in effect");
        let card = driver.stops()?.into_iter().find(|(order, _)| *order == first.id).ok_or("no stop")?;
        assert!(
            card.1.is_some_and(|text| text.contains("等调度处理")),
            "a page that is loaded again says so"
        );
        phone.sync()?;
        assert_eq!(told(&phone, &first, NOODLES)?.and_then(|line| line.delivered), None);

        assert!(dispatcher.page("/d")?.contains("司机回报:1 条待您处理"));
        let page = dispatcher.page("/d/results")?;
        assert!(page.contains(&before.id.to_string()) && page.contains("43.21"), "{page}");
        assert!(page.contains("van 1 of D01") && page.contains("2026-07-28 10:00"), "{page}");
        let stranger = Dispatcher::of(town, "D02")?;
        assert!(!is_shown(&stranger, &before)?);
        assert_eq!(decide(&stranger, &before, "take", "不是我的")?, 422);
        assert_eq!(decide(&dispatcher, &before, "take", " ")?, 422, "a correction has a reason");
        assert_eq!((results(town, 0)?, results(town, 1)?), (1, 0));

        assert_eq!(decide(&dispatcher, &before, "take", "司机和店主都说收了")?, 303);
        assert_eq!((results(town, 0)?, results(town, 1)?), (1, 1), "the journal only grows");
        let sql = "SELECT made_by, reason, body FROM delivery_result WHERE version = 1";
        let taken = town.app.db().read_now(|tx| tx.first(sql, &[]))?.ok_or("not taken")?;
        let (by, why): (String, String) = (taken.get(0)?, taken.get(1)?);
        assert_eq!((by.as_str(), why.as_str()), ("d01", "司机和店主都说收了"));
        let body: DeliveryResult = taken.json(2)?;
        assert_eq!((body.paid, &body.lines), (Fen(4_321), &before.lines), "as the driver told it");
        let state = row(town, first.id)?.state;
        assert!(matches!(state, OrderState::Ended { outcome: DeliveryOutcome::Short, .. }), "{state:?}");
        phone.sync()?;
        for sku in [NOODLES, TEA] {
            let line = told(&phone, &first, sku)?.ok_or("not in the ledger")?;
            assert_eq!(
                line.delivered,
                came(&before, sku),
                "{sku}: taken off the order, it came all the same"
            );
        }
        assert!(!is_shown(&dispatcher, &before)?);
        assert!(!dispatcher.page("/d")?.contains("/d/results"));
        assert_eq!(decide(&dispatcher, &before, "put_away", "again")?, 422, "decided once");
        assert_eq!(driver.report(&before)?.0, 202, "and the driver's page gets its answer as before");
        Ok(())
    });
}

#[test]
fn what_was_delivered_of_a_cancelled_order_is_seen_and_put_away_with_a_reason() {
    sound(|town| {
        let (mut phone, [first, _]) = frozen(town)?;
        phone.phone.cancel_order(first.id, "owner_changed_mind".parse()?)?;
        phone.sync()?;
        let (dispatcher, driver) = morning(town)?;
        let result = full(town, &first);
        let (status, said) = driver.report(&result)?;
        assert_eq!((status, said["reason"].as_str()), (202, Some("订单已取消")), "{said}");
        let page = dispatcher.page("/d/results")?;
        assert!(page.contains(&result.id.to_string()) && !page.contains("value=\"take\""), "{page}");
        assert_eq!(decide(&dispatcher, &result, "take", "货已交")?, 422, "it is on no sheet");
        assert!(is_shown(&dispatcher, &result)?, "and waits on");
        assert_eq!(decide(&dispatcher, &result, "put_away", "货已拉回")?, 303);
        assert!(!is_shown(&dispatcher, &result)?);
        assert_eq!((results(town, 0)?, results(town, 1)?, results(town, -1)?), (1, 0, 1));
        assert!(matches!(row(town, first.id)?.state, OrderState::Cancelled { .. }));
        Ok(())
    });
}

#[test]
fn the_first_of_two_results_stays_until_the_dispatcher_takes_the_second() {
    sound(|town| {
        let (mut phone, [first, _]) = frozen(town)?;
        let (dispatcher, driver) = morning(town)?;
        let (one, two) = (full(town, &first), short(town, &first, 12)?);
        assert_eq!(driver.report(&one)?, (200, json!({ "reason": "delivered" })));
        assert_eq!(driver.report(&two)?.0, 202);
        for (result, status) in [(&one, 200), (&two, 202), (&one, 200)] {
            assert_eq!(driver.report(result)?.0, status, "the same again");
        }
        assert_eq!((results(town, 0)?, results(town, 1)?), (1, 1));
        let kept = "SELECT id FROM delivery_result WHERE version = 1";
        let kept = town.app.db().read_now(|tx| tx.first(kept, &[]))?.ok_or("no result")?;
        assert_eq!(kept.get::<RecordId>(0)?, one.id);
        let outcome = |town: &Town| -> Outcome<OrderState> { Ok(row(town, first.id)?.state) };
        let is = |state: OrderState, of: DeliveryOutcome| matches!(state, OrderState::Ended { outcome, .. } if outcome == of);
        assert!(is(outcome(town)?, DeliveryOutcome::Delivered));
        phone.sync()?;
        assert_eq!(told(&phone, &first, NOODLES)?.and_then(|line| line.delivered), came(&one, NOODLES));

        assert_eq!(decide(&dispatcher, &two, "take", "少了半箱")?, 303);
        assert_eq!((results(town, 0)?, results(town, 1)?, results(town, 2)?), (1, 1, 1));
        assert!(is(outcome(town)?, DeliveryOutcome::Short));
        phone.sync()?;
        assert_eq!(told(&phone, &first, NOODLES)?.and_then(|line| line.delivered), came(&two, NOODLES));
        assert!(dispatcher.page("/d")?.contains("1 / 2 已回报"), "a correction is no second stop");
        Ok(())
    });
}

#[test]
fn a_correction_that_takes_a_refusal_back_books_its_promotions_again() {
    sound(|town| {
        let new_product = "22070104";
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24), (new_product, 0, 15)])?.ok_or("no order")?;
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        freeze(town)?;
        let (dispatcher, driver) = morning(town)?;
        let mut refused = full(town, &order);
        for line in refused.lines.iter_mut().filter(|line| line.sku.as_str() == new_product) {
            (line.refused, line.delivered) = (line.delivered, Units::ZERO);
            line.reason = Some("changed_mind".parse()?);
        }
        let all = full(town, &order);
        let booked = "SELECT count(*) FROM promo_use WHERE promo = 'P2606'";
        assert_eq!(town.count(booked)?, 1);
        assert_eq!((driver.report(&refused)?.0, town.count(booked)?), (200, 0));
        assert_eq!((driver.report(&all)?.0, town.count(booked)?), (202, 0));
        assert_eq!(decide(&dispatcher, &all, "take", "店主后来收下了")?, 303);
        assert_eq!(town.count(booked)?, 1);
        Ok(())
    });
}

#[test]
fn an_id_belongs_to_one_stop_and_a_stop_keeps_so_many_results() {
    sound(|town| {
        let (_phone, [first, second]) = frozen(town)?;
        let (_, driver) = morning(town)?;
        let one = full(town, &first);
        assert_eq!(driver.report(&one)?.0, 200);
        let stolen = DeliveryResult { id: one.id, ..full(town, &second) };
        assert_eq!(driver.report(&stolen)?.0, 422);
        assert!(matches!(row(town, second.id)?.state, OrderState::OnSheet { .. }));
        let mut kept = 0;
        for _ in 0..30 {
            kept += i64::from(driver.report(&full(town, &first))?.0 == 202);
        }
        assert_eq!((kept, results(town, 0)?), (20, 20));
        let mut endless = full(town, &second);
        endless.lines = vec![endless.lines[0].clone(); 501];
        assert_eq!(driver.report(&endless)?.0, 422, "no stop has so many lines");
        assert!(matches!(row(town, second.id)?.state, OrderState::OnSheet { .. }));
        Ok(())
    });
}

#[test]
fn what_was_taken_stays_taken_when_its_stop_goes_to_another_van() {
    sound(|town| {
        let (_phone, [first, _]) = frozen(town)?;
        let (dispatcher, driver) = morning(town)?;
        let mut misfit = full(town, &first);
        misfit.lines[0].delivered = Units(misfit.lines[0].delivered.0 + 1);
        assert_eq!(driver.report(&misfit)?.0, 202);
        assert_eq!(moved(&dispatcher, first.id, "2")?, 303);
        assert_eq!(driver.report(&misfit)?.0, 202, "the answer was lost on the way");
        assert_eq!(driver.report(&full(town, &first))?.0, 410, "anything new is the other van's");
        assert_eq!(results(town, 0)?, 1);
        Ok(())
    });
}

/// What a day of D01 can carry, as the office's file says.
fn carries(town: &Town, vehicles: u32, stops: u32) -> Outcome<()> {
    let mut changed = 0;
    town.import(|city| {
        let Some(row) = city.rows.get_mut(&("distributor".to_owned(), "D01".to_owned())) else { return };
        let Ok(mut known) = serde_json::from_str::<Value>(row) else { return };
        known["capacity"] = json!({ "vehicles": vehicles, "stops": stops, "cases": 1500 });
        *row = known.to_string();
        changed += 1;
    })?;
    assert_eq!(changed, 1);
    town.app.tick()?;
    Ok(())
}

/// Status of a stop's move to a van.
fn moved(dispatcher: &Dispatcher<'_>, order: OrderId, van: &str) -> Outcome<u16> {
    let order = order.to_string();
    let form = [("order", order.as_str()), ("van", van)];
    Ok(dispatcher.post(&format!("{SHEET}/move"), &form)?.status().as_u16())
}

#[test]
fn a_stop_over_capacity_is_given_to_a_van_and_reported_there() {
    sound(|town| {
        carries(town, 1, 1)?;
        let (_phone, orders) = frozen(town)?;
        let (dispatcher, driver) = morning(town)?;
        let on_van: Vec<OrderId> = driver.stops()?.into_iter().map(|(order, _)| order).collect();
        assert_eq!(on_van.len(), 1);
        let left = orders.iter().find(|order| !on_van.contains(&order.id)).ok_or("none is left")?;
        let result = full(town, left);
        assert_eq!(driver.report(&result)?, (410, json!({ "reason": "stop" })));
        let page = dispatcher.page(SHEET)?;
        assert!(page.contains("超出当日运力") && page.contains("尚未派车"), "{page}");
        let sheet = town.sheet_of(left.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!(moved(&dispatcher, left.id, "2")?, 422, "there is one van");
        assert_eq!(moved(&Dispatcher::of(town, "D02")?, left.id, "1")?, 404, "nor is it theirs");
        assert_eq!(moved(&dispatcher, left.id, "1")?, 303);
        assert!(!dispatcher.page(SHEET)?.contains("尚未派车"));
        assert_eq!(driver.stops()?.len(), 2);
        assert_eq!(driver.report(&result)?.0, 200);
        assert!(matches!(row(town, left.id)?.state, OrderState::Ended { .. }));
        let after = town.sheet_of(left.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert_eq!((after.hash, after.body), (sheet.hash, sheet.body), "the plan is outside the sheet");
        Ok(())
    });
}

#[test]
fn a_stop_that_is_given_to_another_van_is_gone_from_the_first() {
    sound(|town| {
        let (_phone, [first, second]) = frozen(town)?;
        let (dispatcher, one) = morning(town)?;
        assert_eq!(one.stops()?.len(), 2, "both on the first van, and more are in the yard");
        assert_eq!(moved(&dispatcher, first.id, "2")?, 303);
        let two = Driver::of(town, &dispatcher, "2")?;
        let orders = |driver: &Driver<'_>| -> Outcome<Vec<OrderId>> {
            Ok(driver.stops()?.into_iter().map(|(order, _)| order).collect())
        };
        assert_eq!((orders(&one)?, orders(&two)?), (vec![second.id], vec![first.id]));
        let result = full(town, &first);
        assert_eq!(one.report(&result)?.0, 410);
        assert_eq!(one.ask("/van/amount", &json!({ "order": first.id, "lines": [] }))?.0, 410);
        assert_eq!(town.count("SELECT count(*) FROM delivery_result")?, 0);
        assert_eq!(two.report(&result)?.0, 200);
        Ok(())
    });
}

#[test]
fn a_link_takes_results_after_it_has_ended_to_read_and_for_72_hours() {
    sound(|town| {
        let (_phone, [first, second]) = frozen(town)?;
        let (_, driver) = morning(town)?;
        town.at("2026-07-29", "04:01")?;
        town.app.tick()?;
        assert_eq!(driver.ask("/van/stops", &json!({}))?, (403, json!({ "reason": "link" })));
        let state = row(town, first.id)?.state;
        assert!(
            matches!(state, OrderState::Ended { outcome: DeliveryOutcome::NotReported, .. }),
            "{state:?}"
        );
        assert_eq!(driver.report(&full(town, &first))?.0, 200);
        let state = row(town, first.id)?.state;
        assert!(matches!(state, OrderState::Ended { outcome: DeliveryOutcome::Delivered, .. }), "{state:?}");
        town.at("2026-07-31", "00:01")?;
        assert_eq!(driver.report(&full(town, &second))?, (403, json!({ "reason": "link" })));
        Ok(())
    });
}
