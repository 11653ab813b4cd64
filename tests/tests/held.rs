//! What a person must look at before it takes effect: held facts of every kind, released or refused, over real HTTP on
//! both databases; and kinds that a newer server learns.

use xundian_device::sync::Outcome as SyncOutcome;
use xundian_domain::StoreId;
use xundian_domain::order::{OrderAmended, OrderCancelled};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::store::StoreOpened;
use xundian_protocol::push::{HeldCode, Verdict, Went};
use xundian_protocol::tables::OrderStanding;
use xundian_server::orders::OrderRow;
use xundian_server::sync::service::here;
use xundian_server::sync::{HeldError, HeldWord, decide_held, held_facts, take_up_known_kinds};
use xundian_server::trust::verify;
use xundian_tests::desk::Dispatcher;
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, on_both};

const NOODLES: &str = "21010019";

fn held(code: HeldCode) -> Option<Verdict> {
    Some(Verdict::Held { code })
}

fn release() -> HeldWord {
    HeldWord { release: true, login: "sv01".into() }
}

fn newest(phone: &TownPhone) -> Outcome<Option<Verdict>> {
    Ok(phone.phone.outbox()?.rows.first().and_then(|row| row.verdict.clone()))
}

fn is_sound(town: &Town) -> Outcome<()> {
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

#[test]
fn an_impossible_time_holds_the_order_until_a_person_releases_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        town.at("2026-08-15", "09:00")?;
        phone.at("2026-08-15", "09:00")?;
        town.app.tick()?;
        phone.sync()?;
        assert_eq!(newest(&phone)?, held(HeldCode::CaptureTime));
        assert_eq!(town.count("SELECT count(*) FROM sheet WHERE body LIKE '%21010019%'")?, 0, "on no sheet");
        is_sound(town)?;
        let fact = town.app.db().read_now(held_facts)?[0].clone();
        assert!(fact.order.is_some());
        let verdicts = town.decide(true)?;
        let Some(Verdict::Applied { order: Some(effect), .. }) = verdicts.first() else {
            return Err("not applied".into());
        };
        assert_eq!(effect.went, Went::Waiting { day: "2026-08-17".parse()?, late: true });
        let (catalogue, here) = (town.app.catalogue(), here(&town.app));
        let twice = town.app.db().write_now(move |tx| decide_held(tx, &catalogue, here, fact.id, &release()));
        assert!(matches!(twice, Err(HeldError::Decided)));
        let visits = town.count("SELECT count(*) FROM visit WHERE date = '2026-07-27'")?;
        assert_eq!(visits, 1, "the visit counts too");
        is_sound(town)
    });
}

#[test]
fn who_released_or_refused_is_written_down_and_shown() {
    on_both(|town| {
        let (_phone, _) = revoked_with_work(town)?;
        town.at("2026-07-28", "09:15")?;
        let supervisor = Dispatcher::who(town, "sv01", "supervisor", "SV01")?;
        let facts = town.app.db().read_now(held_facts)?;
        assert!(!supervisor.page("/s/todo")?.contains("已处理的记录"), "nobody decided anything");
        for (fact, decision) in facts.iter().zip(["release", "refuse", "refuse"]) {
            let path = format!("/s/todo/fact/{}", fact.id);
            assert_eq!(supervisor.post(&path, &[("decision", decision)])?.status().as_u16(), 303);
        }
        let page = supervisor.page("/s/todo")?;
        let (_, decided) = page.split_once("已处理的记录").ok_or("not shown")?;
        let told = |word: &str| decided.matches(word).count();
        assert_eq!((told("已放行"), told("已作废"), told("手机已停用")), (1, 2, 3), "{decided}");
        assert_eq!((told("sv01"), told("2026-07-28 09:15")), (3, 3), "{decided}");
        let again = format!("/s/todo/fact/{}", facts[0].id);
        supervisor.post(&again, &[("decision", "refuse")])?;
        assert_eq!(town.count("SELECT count(*) FROM held_decision")?, 3, "decided is decided");
        // Another team's decisions are not shown.
        let other = Dispatcher::who(town, "sv02", "supervisor", "SV02")?;
        assert!(!other.page("/s/todo")?.contains("已处理的记录"));
        let changed = town.app.db().write_now(|tx| tx.execute("UPDATE held_decision SET login = 'x'", &[]));
        assert!(changed.is_err(), "decisions are journal");
        is_sound(town)
    });
}

#[test]
fn what_a_rep_left_who_is_no_longer_there_waits_for_his_team_and_the_office() {
    on_both(|town| {
        let (_phone, _) = revoked_with_work(town)?;
        town.import(|city| {
            let person = city.rows.get_mut(&("person".to_owned(), "ZY01".to_owned()));
            person.into_iter().for_each(|row| *row = row.replace("\"active\":true", "\"active\":false"));
        })?;
        town.app.tick()?;
        assert!(!town.app.catalogue().people[&"ZY01".parse()?].active);
        let id = town.app.db().read_now(held_facts)?[0].id;
        let path = format!("/s/todo/fact/{id}");
        let office = Dispatcher::who(town, "office", "office", "")?;
        assert!(office.page("/s/todo")?.contains(&path));
        let other = Dispatcher::who(town, "sv02", "supervisor", "SV02")?;
        assert!(!other.page("/s/todo")?.contains(&path));
        let supervisor = Dispatcher::who(town, "sv01", "supervisor", "SV01")?;
        assert!(supervisor.page("/s/todo")?.contains(&path));
        assert_eq!(supervisor.post(&path, &[("decision", "release")])?.status().as_u16(), 303);
        assert_eq!(town.count("SELECT count(*) FROM held_decision")?, 1);
        is_sound(town)
    });
}

/// A phone that was revoked with a day's work on it: a visit whose order was changed afterwards, and a new outlet.
fn revoked_with_work(town: &Town) -> Outcome<(TownPhone, StoreId)> {
    let mut phone = town.phone("ZY01")?;
    let store = phone.route()?[0];
    let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
    phone.phone.amend_order(order.id, &[(NOODLES.parse()?, xundian_domain::Units(48))])?;
    let known = town.app.catalogue().stores[&store].clone();
    let opened = StoreOpened { name: "新店".into(), ..town.new_store(known.id)? };
    let outlet = phone.phone.open_store(opened, known.distributor, known.price_list, None, None)?;
    town.at(MONDAY, "18:00")?;
    town.revoke("ZY01")?;
    assert_eq!(phone.sync()?.outcome, SyncOutcome::EnrolAgain, "it may push and not read");
    let verdicts = phone.phone.outbox()?.rows.into_iter().map(|row| row.verdict);
    assert!(verdicts.into_iter().all(|verdict| verdict == held(HeldCode::RevokedDevice)));
    assert!(!town.app.catalogue().stores.contains_key(&outlet));
    is_sound(town)?;
    Ok((phone, outlet))
}

#[test]
fn the_work_of_a_revoked_phone_takes_effect_when_it_is_released_in_order() {
    on_both(|town| {
        let (_phone, outlet) = revoked_with_work(town)?;
        let verdicts = town.decide(true)?;
        assert_eq!(verdicts.len(), 3);
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Applied { .. })), "{verdicts:?}");
        assert!(town.app.catalogue().stores.contains_key(&outlet));
        assert_eq!(town.count("SELECT version FROM store_order")?, 2, "the change came with it");
        assert_eq!(town.count("SELECT count(*) FROM held")?, 0);
        is_sound(town)
    });
}

#[test]
fn a_change_that_is_released_before_its_order_waits_for_it() {
    on_both(|town| {
        let (_phone, _) = revoked_with_work(town)?;
        let facts = town.app.db().read_now(held_facts)?;
        let release_one = |kind: &str| -> Outcome<Verdict> {
            let fact = facts.iter().find(|fact| fact.kind.as_str() == kind).ok_or("not held")?.id;
            let (catalogue, here) = (town.app.catalogue(), here(&town.app));
            Ok(town.app.db().write_now(move |tx| decide_held(tx, &catalogue, here, fact, &release()))?.what)
        };
        let changed = release_one("order_amended")?;
        assert!(matches!(changed, Verdict::Applied { .. }), "a held order is changed where it lies");
        assert_eq!(town.count("SELECT version FROM store_order")?, 2);
        assert!(matches!(release_one("visit_closed")?, Verdict::Applied { .. }));
        let lines: String = town
            .app
            .db()
            .read_now(|tx| tx.first("SELECT body FROM store_order", &[]))?
            .ok_or("no order")?
            .get(0)?;
        assert!(lines.contains("\"confirmed\":48"), "{lines}");
        is_sound(town)
    });
}

#[test]
fn what_is_refused_never_takes_effect_and_the_rep_learns_it() {
    on_both(|town| {
        let (phone, outlet) = revoked_with_work(town)?;
        let verdicts = town.decide(false)?;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Rejected { .. })));
        assert!(!town.app.catalogue().stores.contains_key(&outlet));
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 0);
        is_sound(town)?;
        let order = phone.phone.outbox()?.rows.len();
        assert_eq!(order, 3, "the phone forgets nothing");
        // The rep's next phone is told where the order stands.
        let other = town.phone("ZY01")?;
        let store = xundian_device::store::Store::open(&other.file)?;
        let standing = store.masters("order_state", "")?;
        let standing: OrderStanding = serde_json::from_str(&standing.first().ok_or("not told")?.value)?;
        assert_eq!(standing.state, OrderState::Cancelled { cause: CancelCause::Held });
        assert_eq!(store.masters("fact_state", "")?.len(), 3);
        Ok(())
    });
}

#[test]
fn what_is_refused_weeks_later_is_still_told_to_the_phone_that_sealed_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        for day in ["2026-08-15", "2026-09-20"] {
            town.at(day, "09:00")?;
            phone.at(day, "09:00")?;
            phone.sync()?;
            // As a backup says it.
            let confirmed = "UPDATE install SET durable_upto = acked_dseq";
            town.app.db().write_now(|tx| tx.execute(confirmed, &[]))?;
        }
        phone.sync()?;
        assert_eq!(newest(&phone)?, held(HeldCode::CaptureTime), "who waits is not forgotten");
        town.decide(false)?;
        phone.sync()?;
        assert!(matches!(newest(&phone)?, Some(Verdict::Rejected { .. })), "heard now, so kept from now on");
        town.at("2026-10-25", "09:00")?;
        phone.at("2026-10-25", "09:00")?;
        phone.sync()?;
        assert_eq!(phone.phone.outbox()?.rows.len(), 0);
        let store = xundian_device::store::Store::open(&phone.file)?;
        assert_eq!(
            store.masters("order_state", "")?.iter().filter(|row| row.value.contains("waiting")).count(),
            0
        );
        Ok(())
    });
}

#[test]
fn a_kind_that_the_server_learns_takes_effect_with_its_upgrade() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let waiting = xundian_device::store::Store::open(&phone.file)?.waiting(1)?.remove(0);
        let (sealed, hash) = (waiting.sealed, waiting.hash);
        // An older server kept it as a kind of the future, for its phone's install.
        let install: uuid::Uuid = town
            .app
            .db()
            .read_now(|tx| tx.first("SELECT id FROM install", &[]))?
            .ok_or("no install")?
            .get(0)?;
        let (now, id) = (town.app.now(), sealed.id);
        let (date, body) = (sealed.date, sealed.body);
        town.app.db().write_now(move |tx| {
            tx.execute(
                "INSERT INTO fact (id, install, rep, kind, version, date, captured, received, body, hash, verdict)
                 VALUES ($1, $2, 'ZY01', 'visit_closed', 1, $3, $4, $4, $5, $6, $7)",
                &[id.into(), install.into(), date.into(), now.into(), body.into(), hash.into(),
                  "{\"verdict\":\"held\",\"code\":\"unknown_kind\"}".into()],
            )?;
            tx.execute("INSERT INTO held (fact, code) VALUES ($1, 'unknown_kind')", &[id.into()])
        })?;
        let (catalogue, here) = (town.app.catalogue(), here(&town.app));
        let taken = town.app.db().write_now(move |tx| {
            let first = take_up_known_kinds(tx, &catalogue, here)?;
            let second = take_up_known_kinds(tx, &catalogue, here)?;
            Ok::<_, xundian_server::db::DbError>((first.what, second.what))
        })?;
        assert_eq!(taken, (1, 0), "once");
        assert_eq!(town.count("SELECT count(*) FROM visit")?, 1);
        assert_eq!(town.count("SELECT count(*) FROM store_order WHERE waiting = 1")?, 1);
        // The phone pushes it as it always would have, and hears the first word and then the newer one, which counts.
        phone.sync()?;
        assert!(matches!(newest(&phone)?, Some(Verdict::Applied { .. })));
        let states = xundian_device::store::Store::open(&phone.file)?.masters("fact_state", "")?;
        assert!(states.iter().any(|row| row.value.contains("applied")), "{states:?}");
        is_sound(town)
    });
}

#[test]
fn a_kind_of_a_newer_app_waits_for_a_newer_server_whatever_a_person_says() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        phone.seal("store_dreamt", "{\"a\":1}".to_owned())?;
        phone.sync()?;
        assert_eq!(newest(&phone)?, held(HeldCode::UnknownKind));
        let id = town.app.db().read_now(held_facts)?[0].id;
        let decide = |release: bool| {
            let (catalogue, here) = (town.app.catalogue(), here(&town.app));
            let word = HeldWord { release, ..self::release() };
            town.app.db().write_now(move |tx| decide_held(tx, &catalogue, here, id, &word))
        };
        assert!(
            matches!(decide(true), Err(HeldError::NotYet)) && matches!(decide(false), Err(HeldError::NotYet))
        );
        let supervisor = Dispatcher::who(town, "sv01", "supervisor", "SV01")?;
        assert!(!supervisor.page("/s/todo")?.contains(&format!("/s/todo/fact/{id}")), "no button");
        assert_eq!(town.count("SELECT count(*) FROM held WHERE code = 'unknown_kind'")?, 1);
        assert_eq!(town.count("SELECT count(*) FROM held_decision")?, 0);
        is_sound(town)
    });
}

#[test]
fn a_released_record_of_a_newer_kind_goes_on_waiting() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        phone.seal("store_dreamt", "{\"a\":1}".to_owned())?;
        town.revoke("ZY01")?;
        phone.sync()?;
        assert_eq!(newest(&phone)?, held(HeldCode::RevokedDevice));
        town.decide(true)?;
        assert_eq!(town.count("SELECT count(*) FROM held WHERE code = 'unknown_kind'")?, 1);
        is_sound(town)
    });
}

#[test]
fn changes_that_come_in_the_wrong_order_take_effect_in_the_right_one() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        phone.sync()?;
        // As after a restore, when the phone of the one who stood in pushes first.
        for (base_version, units) in [(2, 72), (1, 48)] {
            let mut order = order.clone();
            order.lines[0].confirmed = xundian_domain::Units(units);
            let body = serde_json::to_string(&OrderAmended { base_version, order })?;
            phone.seal("order_amended", body)?;
            phone.sync()?;
            is_sound(town)?;
        }
        let id = order.id;
        let row = town.app.db().read_now(move |tx| OrderRow::load(tx, id))?.ok_or("no order")?;
        assert_eq!((row.version, row.order.lines[0].confirmed.0), (3, 72));
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        Ok(())
    });
}

#[test]
fn a_change_that_waits_for_a_cancellation_is_taken_up_with_it() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        phone.sync()?;
        let id = order.id;
        phone.seal("order_amended", serde_json::to_string(&OrderAmended { base_version: 2, order })?)?;
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 1);
        let cancelled = OrderCancelled { base_version: 1, order: id, reason: "owner".parse()? };
        phone.seal("order_cancelled", serde_json::to_string(&cancelled)?)?;
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        is_sound(town)
    });
}

#[test]
fn what_waits_is_taken_up_once_however_often_its_order_was_touched() {
    on_both(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = phone.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?;
        let cancelled = |base_version| -> Outcome<String> {
            Ok(serde_json::to_string(&OrderCancelled {
                base_version,
                order: order.id,
                reason: "owner".parse()?,
            })?)
        };
        phone.seal("order_cancelled", cancelled(1)?)?;
        let amended = OrderAmended { base_version: 2, order: order.clone() };
        phone.seal("order_amended", serde_json::to_string(&amended)?)?;
        phone.seal("order_cancelled", cancelled(3)?)?;
        phone.seal("order_cancelled", cancelled(2)?)?;
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        let applied = "SELECT count(*) FROM fact_verdict WHERE verdict LIKE '%applied%'";
        assert_eq!(town.count(applied)?, 1, "judged once");
        is_sound(town)
    });
}
