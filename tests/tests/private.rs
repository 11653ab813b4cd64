//! What travels beside facts ends (1-field 1.10): positions and codes after 30 days, names and phones with their store or because
//! somebody asks. Facts stay as they are, and nothing that a phone sends again brings anything back. On SQLite and PostgreSQL.

use std::ops::Range;

use uuid::Uuid;
use xundian_device::store::{NewFact, Store as File};
use xundian_device::sync::HttpTransport;
use xundian_device::visit_loop::{Line, Receiver};
use xundian_domain::location::Fix;
use xundian_domain::store::{Store, StoreStatus};
use xundian_domain::{RecordId, StoreId, Units};
use xundian_protocol::push::{HeldCode, Private, Verdict};
use xundian_protocol::tables::{Contact, Table};
use xundian_server::db::DbError;
use xundian_server::sync::{Forgotten, forget, import_journal, store_numbered};
use xundian_server::trust::new_epoch;
use xundian_tests::desk::{NOODLES, TUESDAY, freeze, sound, verdict};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone, count, on_both};

/// Private parts that say where somebody was, or hold a code.
const TRAILS: &str =
    "SELECT count(*) FROM fact_private WHERE value LIKE '%fixes%' OR value LIKE '%owner_code%'";
/// 30 days after Monday, and one more.
const LAST_DAY: &str = "2026-08-26";
const DAY_AFTER: &str = "2026-08-27";

fn owner(name: &str) -> Contact {
    Contact { owner: name.into(), phone: "0532-00000000".into(), receiver: String::new() }
}

fn receiver(name: &str) -> Receiver {
    Receiver { name: name.into(), phone: "0532-11111111".into() }
}

/// The newest fact of a phone that the server does not have.
fn waiting(phone: &TownPhone) -> Outcome<NewFact> {
    Ok(File::open(&phone.file)?.waiting(100)?.pop().ok_or("nothing waits")?.sealed)
}

/// A visit with a position and an order that somebody of this name receives; gives its fact as it waits.
fn visit(phone: &mut TownPhone, store: StoreId, name: &str) -> Outcome<NewFact> {
    phone.phone.begin_visit(store)?;
    phone.phone.save_line(&Line::Count(count(NOODLES.parse()?, 5)))?;
    phone.phone.suggestions()?;
    let intention = Line::Intention { sku: NOODLES.parse()?, units: Units(24), reason: None };
    phone.phone.save_line(&intention)?;
    phone.phone.save_line(&Line::Receiver(receiver(name)))?;
    phone.machine.pass(60_000);
    let fix = Fix { latitude: 36.063_5, longitude: 120.305_1, accuracy_m: 20.0, mock: false };
    phone.phone.stand_at(Some(fix));
    phone.phone.check_out()?.order.ok_or("no order")?;
    waiting(phone)
}

/// What is beside a fact.
fn beside(town: &Town, fact: RecordId) -> Outcome<Private> {
    let sql = "SELECT value FROM fact_private WHERE id = $1";
    let row = town.app.db().read_now(|tx| tx.first(sql, &[fact.into()]))?;
    Ok(row.ok_or("no private part")?.json(0)?)
}

/// Of a visit, when its position and code are gone.
fn receiver_alone(name: &str) -> Private {
    let Receiver { name, phone } = receiver(name);
    Private { receiver: Some(name), phone: Some(phone), ..Private::default() }
}

/// Id, hash, bytes and first word of a fact.
type Kept = (Uuid, [u8; 32], String, String);

/// Everything that is kept of facts.
fn facts(town: &Town) -> Outcome<Vec<Kept>> {
    let sql = "SELECT id, hash, body, verdict FROM fact ORDER BY id";
    let rows = town.app.db().read_now(|tx| tx.query(sql, &[]))?;
    let fact = |row: &xundian_server::db::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    Ok(rows.iter().map(fact).collect::<Result<_, DbError>>()?)
}

/// Rows beside facts, of the master data and of phones that name somebody.
fn naming(town: &Town, name: &str) -> Outcome<[i64; 3]> {
    let rows = |table: &str| town.count(&format!("SELECT count(*) FROM {table} WHERE value LIKE '%{name}%'"));
    Ok([rows("fact_private")?, rows("master")?, rows("scope_row")?])
}

/// On the server as a restore starts it: its phones send everything again.
fn send_again_after_a_restore(town: &Town, phone: &mut TownPhone) -> Outcome<()> {
    let (epoch, now) = (Uuid::now_v7(), town.app.now());
    town.app.db().write_now(move |tx| new_epoch(tx, epoch, now))?;
    let app = town.started_again()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    phone.network = HttpTransport::new(&format!("http://{}", listener.local_addr()?))?;
    runtime.spawn(xundian_server::web::serve(app, listener, std::future::pending()));
    assert!(phone.sync()?.progress.records_up > 0, "it sends again");
    Ok(())
}

#[test]
fn positions_and_codes_end_after_thirty_days_their_facts_stay_and_a_restore_brings_nothing_back() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let fact = visit(&mut phone, store, "于收货")?;
        phone.sync()?;
        freeze(town)?;
        let before = facts(town)?;
        town.at(LAST_DAY, "09:00")?;
        town.app.tick()?;
        let kept = beside(town, fact.id)?;
        assert_eq!((kept.fixes.len(), kept.owner_code.is_some()), (1, true), "the thirtieth day");
        town.at(DAY_AFTER, "09:00")?;
        town.app.tick()?;
        assert_eq!(beside(town, fact.id)?, receiver_alone("于收货"), "contacts stay with their store");
        assert_eq!(facts(town)?, before);
        phone.at(DAY_AFTER, "09:10")?;
        send_again_after_a_restore(town, &mut phone)?;
        assert_eq!(beside(town, fact.id)?, receiver_alone("于收货"));
        assert_eq!(facts(town)?, before);
        Ok(())
    });
}

#[test]
fn a_phone_that_was_off_for_too_long_brings_no_position() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let fact = visit(&mut phone, store, "于收货")?;
        town.at("2026-09-10", "09:00")?;
        phone.at("2026-09-10", "09:00")?;
        phone.sync()?;
        assert_eq!(verdict(&phone, "visit_closed")?, Verdict::Held { code: HeldCode::CaptureTime });
        assert_eq!(beside(town, fact.id)?, receiver_alone("于收货"));
        Ok(())
    });
}

#[test]
fn names_and_phones_end_with_their_store_on_the_next_day() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let [closed, gone, open] = <[StoreId; 3]>::try_from(&phone.route()?[..3])?;
        visit(&mut phone, closed, "于阖门")?;
        visit(&mut phone, open, "于常在")?;
        for (store, name) in [(closed, "于阖门"), (gone, "于离去"), (open, "于常在")] {
            phone.phone.change_contact(store, owner(name))?;
        }
        phone.sync()?;
        town.app.tick()?;
        town.import(|city| {
            for table in [Store::NAME, Contact::NAME] {
                city.rows.remove(&(table.to_owned(), gone.to_string()));
            }
            let key = (Store::NAME.to_owned(), closed.to_string());
            let known: Store = serde_json::from_str(&city.rows[&key]).unwrap();
            let shut = Store { status: StoreStatus::Closed, ..known };
            city.rows.insert(key, serde_json::to_string(&shut).unwrap());
        })?;
        town.app.tick()?;
        assert_eq!(naming(town, "于阖门")?, [2, 1, 1], "once a day: a wrong file can be mended");
        assert_eq!(naming(town, "于离去")?, [1, 0, 0]);
        town.at(TUESDAY, "09:00")?;
        town.app.tick()?;
        town.app.tick()?;
        assert_eq!(naming(town, "于阖门")?, [0, 0, 0]);
        assert_eq!(naming(town, "于离去")?, [0, 0, 0]);
        assert_eq!(naming(town, "于常在")?, [2, 1, 1]);
        assert_eq!(town.count(TRAILS)?, 2, "where the visits were has its own time");
        assert_eq!(town.app.catalogue().contacts[&closed], Contact::default(), "the office's word neither");
        Ok(())
    });
}

#[test]
fn whoever_asks_is_forgotten_and_nothing_that_is_sent_again_names_them() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let order = visit(&mut phone, store, "于无名")?;
        phone.phone.change_contact(store, owner("于无名"))?;
        let changed = waiting(&phone)?;
        phone.sync()?;
        assert_eq!(naming(town, "于无名")?, [2, 1, 1]);
        town.at(MONDAY, "11:00")?;
        let number = town.app.catalogue().stores[&store].number.ok_or("no number")?;
        let known = town.app.db().read_now(|tx| store_numbered(tx, number))?;
        assert_eq!(known, Some(store));
        let asked = || forget(town.app.db(), store, town.app.now());
        assert_eq!(asked()?, Forgotten { contact: true, facts: 2 });
        assert_eq!(asked()?, Forgotten::default(), "once");
        town.app.tick()?;
        phone.at(MONDAY, "11:00")?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact, Contact::default(), "phones forget too");
        assert!(beside(town, order.id)?.owner_code.is_some(), "the driver still asks for it");
        let mut second = town.phone("ZY01")?;
        for fact in [&order, &changed] {
            File::open(&second.file)?.seal(fact, &[])?;
        }
        second.sync()?;
        assert_eq!(naming(town, "于无名")?, [0, 0, 0]);
        assert_eq!(second.phone.store_card(store)?.contact, Contact::default());
        town.at(MONDAY, "12:00")?;
        second.at(MONDAY, "12:00")?;
        second.phone.change_contact(store, owner("于新来"))?;
        second.sync()?;
        assert_eq!(town.app.catalogue().contacts[&store], owner("于新来"), "who comes after them is kept");
        Ok(())
    });
}

#[test]
fn what_was_said_before_they_asked_and_comes_later_names_nobody() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.phone.change_contact(store, owner("于无名"))?;
        let export = phone.phone.export_journal()?;
        import_journal(&town.app, &export.bytes, None)?;
        visit(&mut phone, store, "于无名")?;
        town.at(MONDAY, "11:00")?;
        forget(town.app.db(), store, town.app.now())?;
        town.at(MONDAY, "11:05")?;
        phone.at(MONDAY, "11:05")?;
        phone.sync()?;
        assert_eq!(town.count("SELECT count(*) FROM fact_private")?, 2, "both have come");
        assert_eq!(naming(town, "于无名")?, [0, 0, 0]);
        assert_eq!(phone.phone.store_card(store)?.contact, Contact::default());
        Ok(())
    });
}

/// Private parts of Monday, with a position each.
fn trails(town: &Town, ids: Range<u128>) -> Outcome<()> {
    let sql = "INSERT INTO fact_private (id, value, since) VALUES ($1, $2, $3)";
    let private = r#"{"fixes":[[120.3051,36.0635,20.0]]}"#;
    town.app.db().write_now(move |tx| {
        for id in ids {
            tx.execute(sql, &[Uuid::from_u128(id).into(), private.into(), MONDAY.into()])?;
        }
        Ok::<_, DbError>(())
    })?;
    Ok(())
}

#[test]
fn many_end_over_several_ticks_and_then_nobody_looks_until_the_next_day() {
    on_both(|town| {
        trails(town, 0..2_000)?;
        town.at(DAY_AFTER, "09:00")?;
        let mut left = Vec::new();
        for _ in 0..6 {
            town.app.tick()?;
            left.push(town.count(TRAILS)?);
        }
        assert_eq!(left, [1_500, 1_000, 500, 0, 0, 0], "no tick holds the writer for all of them");
        trails(town, 2_000..2_001)?;
        town.app.tick()?;
        assert_eq!(town.count(TRAILS)?, 1, "once a day");
        town.at("2026-08-28", "09:00")?;
        town.app.tick()?;
        assert_eq!(town.count(TRAILS)?, 0);
        Ok(())
    });
}
