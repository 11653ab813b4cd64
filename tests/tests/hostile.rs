//! A hostile phone: whatever it seals and pushes, the orders, stores and facts of others stay as they are. Each test runs on
//! SQLite and PostgreSQL.

use xundian_device::sync::Outcome as SyncOutcome;
use xundian_domain::order::{Order, OrderAmended};
use xundian_domain::store::StoreOpened;
use xundian_domain::store_word::CONTACT_CHARS;
use xundian_domain::visit::stock_count::DeliverySeen;
use xundian_domain::visit::{StepOutcome, StockCount, Visit, VisitEnd};
use xundian_domain::{OrderId, RecordId, SkuUnits, StoreId, Units, VisitId};
use xundian_protocol::limits::PULL_BYTES;
use xundian_protocol::push::{Verdict, Went};
use xundian_server::db::Tx;
use xundian_server::sync::service::here;
use xundian_server::sync::{parked, retake_each};
use xundian_tests::desk::{
    Dispatcher, NOODLES, TUESDAY, freeze, offline, row, sound, text_of, verdict, went,
};
use xundian_tests::town::{MONDAY, Outcome, TownPhone};

/// The visit of a phone as it was sealed, with its record.
fn sealed_visit(phone: &TownPhone) -> Outcome<(RecordId, Visit)> {
    let store = xundian_device::store::Store::open(&phone.file)?;
    let fact = store.facts_of(MONDAY.parse()?)?.into_iter().find(|fact| fact.sealed.kind == "visit_closed");
    let fact = fact.ok_or("no visit")?;
    Ok((fact.sealed.id, serde_json::from_str(&fact.sealed.body)?))
}

/// A visit of its own making around an order that is not its own, with other quantities.
fn spoiling(of: &Visit) -> Outcome<String> {
    let visit = Visit { id: VisitId(uuid::Uuid::now_v7()), ..of.clone() };
    let body = serde_json::to_string(&visit)?;
    let spoiled = body.replace("\"confirmed\":24", "\"confirmed\":2400");
    assert_ne!(spoiled, body);
    Ok(spoiled)
}

#[test]
fn a_hostile_phone_cannot_take_the_order_of_another_fact() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        phone.sync()?;
        let (before, (_, visit)) = (row(town, first.id)?, sealed_visit(&phone)?);
        let mut hostile = town.phone("ZY02")?;
        let record = hostile.seal("visit_closed", spoiling(&visit)?)?;
        hostile.sync()?;
        assert_eq!(verdict(&hostile, "visit_closed")?, Verdict::ConflictPayload);
        let now = town.app.now();
        let revoke = "UPDATE install SET revoked = $1 WHERE rep = 'ZY02'";
        town.app.db().write_now(move |tx| tx.execute(revoke, &[now.into()]))?;
        hostile.seal("visit_closed", spoiling(&visit)?)?;
        hostile.sync()?;
        assert_eq!(
            verdict(&hostile, "visit_closed")?,
            Verdict::ConflictPayload,
            "held facts hold nobody else's order"
        );
        assert_eq!(row(town, first.id)?, before);
        assert_eq!(town.count("SELECT count(*) FROM visit WHERE rep = 'ZY02'")?, 0);
        assert_eq!(town.count("SELECT count(*) FROM quarantine WHERE reason = 'conflict_payload'")?, 2);
        let kept = "SELECT body FROM quarantine WHERE id = $1";
        let kept = town.app.db().read_now(|tx| tx.first(kept, &[record.into()]))?.ok_or("not kept")?;
        assert!(kept.get::<String>(0)?.contains("\"confirmed\":2400"));
        freeze(town)?;
        let sheet = town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?;
        assert!(sheet.stops().iter().all(|stop| stop.order.lines[0].confirmed < Units(2400)));
        Ok(())
    });
}

#[test]
fn a_hostile_phone_cannot_take_the_order_of_anothers_slip_and_its_owner_still_can() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        Dispatcher::of(town, "D01")?.paste(&text_of(&mut phone)?)?;
        let (before, (_, visit)) = (row(town, first.id)?, sealed_visit(&phone)?);
        let mut hostile = town.phone("ZY02")?;
        hostile.seal("visit_closed", spoiling(&visit)?)?;
        hostile.sync()?;
        assert_eq!(verdict(&hostile, "visit_closed")?, Verdict::ConflictPayload);
        assert_eq!(row(town, first.id)?, before);
        phone.sync()?;
        assert_eq!(went(&phone)?, Went::Waiting { day: TUESDAY.parse()?, late: false });
        assert_eq!(row(town, first.id)?.order, first);
        Ok(())
    });
}

#[test]
fn another_phone_of_the_same_rep_is_another_fact_and_a_replay_is_the_same() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        phone.sync()?;
        let (before, (_, visit)) = (row(town, first.id)?, sealed_visit(&phone)?);
        let mut second = town.phone("ZY01")?;
        second.seal("visit_closed", spoiling(&visit)?)?;
        second.sync()?;
        assert_eq!(verdict(&second, "visit_closed")?, Verdict::ConflictPayload);
        second.sync()?;
        assert_eq!((row(town, first.id)?, town.count("SELECT count(*) FROM quarantine")?), (before, 1));
        Ok(())
    });
}

#[test]
fn a_name_that_no_screen_can_make_opens_no_store() {
    sound(|town| {
        let mut hostile = town.phone("ZY03")?;
        let long = "店".repeat(CONTACT_CHARS + 1);
        let near = hostile.route()?[0];
        let opened = || -> Outcome<StoreOpened> {
            Ok(StoreOpened { id: StoreId(uuid::Uuid::now_v7()), ..town.new_store(near)? })
        };
        for opened in
            [StoreOpened { name: long.clone(), ..opened()? }, StoreOpened { address: long, ..opened()? }]
        {
            hostile.seal("store_opened", serde_json::to_string(&opened)?)?;
            hostile.sync()?;
            let undecodable = Verdict::Rejected { code: "undecodable".parse()?, current: None };
            assert_eq!(verdict(&hostile, "store_opened")?, undecodable);
            assert!(!town.app.catalogue().stores.contains_key(&opened.id));
        }
        Ok(())
    });
}

#[test]
fn a_hostile_phone_cannot_open_a_store_that_is_there() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let mut hostile = town.phone("ZY03")?;
        let known = town.app.catalogue().stores[&first.store].clone();
        let taken =
            StoreOpened { id: first.store, name: "我的店".into(), ..town.new_store(hostile.route()?[0])? };
        hostile.seal("store_opened", serde_json::to_string(&taken)?)?;
        hostile.sync()?;
        assert_eq!(verdict(&hostile, "store_opened")?, Verdict::ConflictPayload);
        assert_eq!(town.app.catalogue().stores[&first.store], known);
        assert!(hostile.phone.search_stores("我的店")?.is_empty(), "its territory did not grow");
        phone.sync()?;
        assert_eq!(phone.phone.store_card(first.store)?.shop, known);
        Ok(())
    });
}

#[test]
fn a_conflict_that_an_import_uncovers_is_counted_for_the_alarm() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let (_, visit) = sealed_visit(&phone)?;
        let mut hostile = town.phone("ZY02")?;
        let nowhere = StoreId(uuid::Uuid::now_v7());
        let body = spoiling(&visit)?.replace(&visit.store.to_string(), &nowhere.to_string());
        hostile.seal("visit_closed", body)?;
        hostile.sync()?;
        assert_eq!(verdict(&hostile, "visit_closed")?, Verdict::Parked { missing: nowhere.0 });
        phone.sync()?;
        let before = row(town, first.id)?;
        let take_up = || -> Outcome<usize> {
            town.app.reload()?;
            let (catalogue, here) = (town.app.catalogue(), here(&town.app));
            let retaken = move |tx: &mut Tx<'_>| {
                let waiting = parked(tx)?;
                retake_each(tx, &catalogue, here, &waiting)
            };
            Ok(town.app.db().write_now(retaken)?)
        };
        assert_eq!(take_up()?, 0, "it waits on");
        town.add_store(visit.store, nowhere)?;
        assert_eq!(take_up()?, 1);
        assert_eq!(take_up()?, 0, "once");
        assert_eq!(town.count("SELECT count(*) FROM quarantine WHERE reason = 'conflict_payload'")?, 1);
        assert_eq!(row(town, first.id)?, before);
        Ok(())
    });
}

#[test]
fn a_hostile_phone_cannot_stop_the_freeze_with_numbers_and_dates_that_no_order_has() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let (_, visit) = sealed_visit(&phone)?;
        let mut hostile = town.phone("ZY02")?;
        let order = visit.order().ok_or("no order")?;
        let own = |from: &str, to: &str| -> Outcome<String> {
            let id = uuid::Uuid::now_v7().to_string();
            let visit = Visit { id: VisitId(uuid::Uuid::now_v7()), ..visit.clone() };
            let body = serde_json::to_string(&visit)?.replace(&order.id.to_string(), &id);
            let spoiled = body.replace(from, to);
            assert_ne!(spoiled, body);
            Ok(spoiled)
        };
        hostile.seal("visit_closed", own("\"confirmed\":24,", "\"confirmed\":4000000000,")?)?;
        hostile.seal("visit_closed", own("\"day\":\"2026-07-28\"", "\"day\":\"+12026-07-28\"")?)?;
        hostile.seal("visit_closed", own("\"cuts\":", "\"cuts\":-9223372036854775808,\"was\":")?)?;
        hostile.sync()?;
        phone.sync()?;
        let rows = hostile.phone.outbox()?.rows;
        let undecodable = Verdict::Rejected { code: "undecodable".parse()?, current: None };
        assert!(rows.iter().all(|row| row.verdict.as_ref() == Some(&undecodable)), "{rows:?}");
        freeze(town)?;
        assert_eq!(town.sheet_of(first.store, TUESDAY, 0)?.ok_or("no sheet")?.stops().len(), 2);
        Ok(())
    });
}

#[test]
fn an_order_stays_in_the_store_of_its_visit() {
    sound(|town| {
        let (mut phone, [first, _]) = offline(town)?;
        let elsewhere = town.phone("ZY03")?.route()?[0];
        let (_, visit) = sealed_visit(&phone)?;
        let mut hostile = town.phone("ZY02")?;
        let strayed =
            serde_json::to_string(&Visit { id: VisitId(uuid::Uuid::now_v7()), store: elsewhere, ..visit })?;
        hostile.seal(
            "visit_closed",
            strayed.replace(&first.id.to_string(), &uuid::Uuid::now_v7().to_string()),
        )?;
        hostile.sync()?;
        let undecodable = Verdict::Rejected { code: "undecodable".parse()?, current: None };
        assert_eq!(verdict(&hostile, "visit_closed")?, undecodable);
        phone.sync()?;
        let moved = OrderAmended { base_version: 1, order: Order { store: elsewhere, ..first.clone() } };
        phone.seal("order_amended", serde_json::to_string(&moved)?)?;
        phone.sync()?;
        let unauthorised = Verdict::Rejected { code: "unauthorised".parse()?, current: None };
        assert_eq!(verdict(&phone, "order_amended")?, unauthorised);
        assert_eq!(row(town, first.id)?.order, first);
        Ok(())
    });
}

/// A visit of its own making in the store of another rep, with `lines` answers to "did it come?".
fn answering(of: &Visit, lines: usize) -> Outcome<String> {
    let line = SkuUnits { sku: NOODLES.parse()?, units: Units(24) };
    let seen = DeliverySeen { order: OrderId(uuid::Uuid::now_v7()), lines: vec![line; lines] };
    let count = StockCount { deliveries: vec![seen], ..StockCount::default() };
    let mut steps = of.steps().ok_or("no steps")?.clone();
    steps.stock_count = StepOutcome::Done(count);
    steps.order_confirmation = StepOutcome::Skipped { reason: "no_time".parse()? };
    let end = VisitEnd::Worked { steps: Box::new(steps) };
    Ok(serde_json::to_string(&Visit { id: VisitId(uuid::Uuid::now_v7()), end, ..of.clone() })?)
}

#[test]
fn a_visit_with_more_answers_than_any_store_gives_stops_at_the_door() {
    sound(|town| {
        let (mut phone, _) = offline(town)?;
        let (_, visit) = sealed_visit(&phone)?;
        let mut hostile = town.phone("ZY02")?;
        hostile.seal("visit_closed", answering(&visit, 20_000)?)?;
        hostile.sync()?;
        let undecodable = Verdict::Rejected { code: "undecodable".parse()?, current: None };
        assert_eq!(verdict(&hostile, "visit_closed")?, undecodable);
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 0);
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        Ok(())
    });
}

#[test]
fn a_pull_ends_however_much_others_put_into_ones_stores() {
    sound(|town| {
        let (mut phone, _) = offline(town)?;
        let (_, visit) = sealed_visit(&phone)?;
        let mut hostile = town.phone("ZY02")?;
        for _ in 0..400 {
            hostile.seal("visit_closed", answering(&visit, 1_000)?)?;
        }
        assert_eq!(hostile.sync()?.outcome, SyncOutcome::InStep);
        let bytes = "SELECT CAST(sum(length(value)) AS BIGINT) FROM scope_row WHERE scope = 'rep/ZY01'";
        assert!(town.count(bytes)? > i64::try_from(PULL_BYTES)?, "more than one answer holds");
        assert_eq!(phone.sync()?.outcome, SyncOutcome::InStep);
        let store = xundian_device::store::Store::open(&phone.file)?;
        let rows = store.masters("ledger", &visit.store.to_string())?;
        assert!(rows.len() > 400, "{} rows", rows.len());
        Ok(())
    });
}
