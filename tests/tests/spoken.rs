//! What reps say about stores beside visits: notes and contacts, through the real server, on SQLite and PostgreSQL.

use serde_json::{Value, json};
use uuid::Uuid;
use xundian_device::phone::PhoneError;
use xundian_device::store::{NewFact, Store as File};
use xundian_device::sync::{SyncError, enrol_invited};
use xundian_domain::id::StoreNo;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::store::Store;
use xundian_domain::store_word::NOTE_CHARS;
use xundian_domain::{RecordId, StoreId};
use xundian_protocol::invitation::Invitation;
use xundian_protocol::push::{Flag, Verdict};
use xundian_protocol::tables::{Contact, Table};
use xundian_server::import::City;
use xundian_server::orders::decide_store;
use xundian_server::sync::import_journal;
use xundian_server::trust::verify;
use xundian_tests::desk::{Dispatcher, sound, verdict};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

fn owner(name: &str) -> Contact {
    Contact { owner: name.into(), phone: "0532-00000000".into(), receiver: String::new() }
}

fn note(phone: &mut TownPhone, store: StoreId) -> Outcome<Option<String>> {
    Ok(phone.phone.store_card(store)?.note.map(|note| note.text))
}

/// In a boot of its own, which never heard the server.
fn seal_in_2015(
    phone: &TownPhone,
    minute: i64,
    kind: &str,
    body: &Value,
    private: Option<String>,
) -> Outcome<()> {
    let wall = Millis(1_420_070_400_000 + minute * 60_000);
    let captured = Stamp { wall, mono_ms: minute * 60_000, boot: Uuid::nil(), server_offset_ms: None };
    let (id, kind, body) = (RecordId(Uuid::now_v7()), kind.to_owned(), body.to_string());
    let fact = NewFact { id, kind, version: 1, date: "2015-01-01".parse()?, captured, body, private };
    File::open(&phone.file)?.seal(&fact, &[])?;
    Ok(())
}

fn opened(town: &Town, phone: &mut TownPhone) -> Outcome<StoreId> {
    let near = phone.route()?[0];
    let known = town.app.catalogue().stores[&near].clone();
    let fresh = town.new_store(known.id)?;
    let owner = Some("孙".to_owned());
    Ok(phone.phone.open_store(fresh, known.distributor, known.price_list, owner, Some("1".into()))?)
}

#[test]
fn of_two_notes_the_later_stands_in_whatever_order_they_come() {
    sound(|town| {
        let mut first = town.phone("ZY01")?;
        let store = first.route()?[0];
        first.phone.note_store(store, " 周三送货走后门 ")?;
        assert_eq!(note(&mut first, store)?.as_deref(), Some("周三送货走后门"), "without a network");
        town.at(MONDAY, "11:00")?;
        let mut second = town.phone("ZY01")?;
        second.phone.note_store(store, "老板换人了")?;
        second.sync()?;
        first.at(MONDAY, "11:00")?;
        first.sync()?;
        second.sync()?;
        assert_eq!(note(&mut second, store)?.as_deref(), Some("老板换人了"), "the old phone's came later");
        let page = Dispatcher::who(town, "sv01", "supervisor", "SV01")?.page(&format!("/s/store/{store}"))?;
        assert!(page.contains("老板换人了"), "the supervisor reads it");
        town.at(MONDAY, "11:05")?;
        second.phone.note_store(store, "")?;
        second.sync()?;
        assert_eq!(note(&mut second, store)?, None, "an empty one takes it away");
        Ok(())
    });
}

#[test]
fn a_contact_holds_until_the_office_says_another_one() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let before = phone.phone.store_card(store)?.contact;
        phone.phone.change_contact(store, owner("于"))?;
        phone.sync()?;
        assert_eq!(town.app.catalogue().contacts[&store], owner("于"), "sheets print it");
        town.import(|_| ())?;
        town.app.tick()?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact, owner("于"), "the same file says nothing new");
        town.import(|city| {
            let key = (Contact::NAME.to_owned(), Contact::key(store));
            let corrected = Contact { owner: "王".into(), ..before.clone() };
            city.rows.insert(key, serde_json::to_string(&corrected).unwrap_or_default());
        })?;
        town.app.tick()?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact.owner, "王", "the office's newer word");
        let bodies = town.count("SELECT count(*) FROM fact WHERE body LIKE '%于%'")?;
        assert_eq!(bodies, 0, "names are not in the sealed bytes");
        Ok(())
    });
}

#[test]
fn an_older_word_that_comes_after_the_offices_newer_one_changes_nothing() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        let corrected = |owner: &'static str| {
            move |city: &mut City| {
                let key = (Contact::NAME.to_owned(), Contact::key(store));
                let contact = Contact { owner: owner.into(), ..Contact::default() };
                city.rows.insert(key, serde_json::to_string(&contact).unwrap_or_default());
            }
        };
        phone.phone.change_contact(store, owner("于"))?;
        town.at(MONDAY, "12:00")?;
        town.import(corrected("王"))?;
        town.at(MONDAY, "18:00")?;
        town.app.tick()?;
        phone.at(MONDAY, "18:00")?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact.owner, "王", "said before the office's word");
        phone.phone.change_contact(store, owner("于"))?;
        phone.sync()?;
        assert_eq!(town.app.catalogue().contacts[&store].owner, "于", "said after it");
        town.import(corrected("王"))?;
        town.app.tick()?;
        assert_eq!(town.app.catalogue().contacts[&store].owner, "于", "the same file again");
        Ok(())
    });
}

#[test]
fn of_corrections_with_a_clock_that_nobody_believes_the_last_one_stands() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.phone.change_contact(store, owner("甲"))?;
        phone.phone.note_store(store, "甲")?;
        phone.sync()?;
        // The battery dies, the clock says 2015, there is no network until the next start.
        for (minute, name) in [(1, "乙"), (2, "丙")] {
            let private = json!({ "owner": name }).to_string();
            seal_in_2015(&phone, minute, "store_contact_changed", &json!({ "store": store }), Some(private))?;
            let text = if name == "丙" { "" } else { name };
            seal_in_2015(&phone, minute, "store_note", &json!({ "store": store, "text": text }), None)?;
        }
        town.at(MONDAY, "18:00")?;
        phone.sync()?;
        let Verdict::Applied { flags, .. } = verdict(&phone, "store_contact_changed")? else {
            return Err("not applied".into());
        };
        assert_eq!(flags, [Flag::ClockUnverified]);
        assert_eq!(town.app.catalogue().contacts[&store].owner, "丙");
        assert_eq!(
            (phone.phone.store_card(store)?.contact.owner, note(&mut phone, store)?),
            ("丙".into(), None)
        );
        Ok(())
    });
}

#[test]
fn what_is_private_comes_with_the_phone_when_its_journal_came_first() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.phone.change_contact(store, owner("于"))?;
        let export = phone.phone.export_journal()?;
        import_journal(&town.app, &export.bytes, None)?;
        let kept = "SELECT count(*) FROM fact_private";
        assert_eq!((town.count("SELECT count(*) FROM fact")?, town.count(kept)?), (1, 0));
        phone.sync()?;
        assert_eq!(town.count(kept)?, 1);
        assert_eq!(town.app.catalogue().contacts[&store], owner("于"), "sheets print it");
        Ok(())
    });
}

#[test]
fn a_store_keeps_its_id_its_note_and_its_contact_when_the_office_takes_it_into_its_files() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let (store, number): (_, StoreNo) = (opened(town, &mut phone)?, "QD019999".parse()?);
        phone.phone.note_store(store, "下午才开门")?;
        phone.sync()?;
        let (catalogue, now) = (town.app.catalogue(), town.app.now());
        town.app.db().write_now(move |tx| decide_store(tx, &catalogue, store, Some(number), now))?;
        town.app.reload()?;
        town.import(|_| ())?;
        town.app.tick()?;
        assert!(town.app.catalogue().stores.contains_key(&store), "files without it");
        // The next file has it, under the id that follows from its number.
        let by_number = StoreId::from_number(number);
        town.import(|city| {
            let like =
                city.rows.iter().find(|((table, _), _)| table == "store").map(|(_, value)| value.clone());
            let mut row: Store = serde_json::from_str(&like.unwrap_or_default()).unwrap();
            (row.id, row.number, row.name) = (by_number, Some(number), "改了名的店".into());
            row.opened_by = "ZY01".parse().ok();
            city.rows.insert(("store".into(), by_number.to_string()), serde_json::to_string(&row).unwrap());
            let nobody = serde_json::to_string(&Contact::default()).unwrap();
            city.rows.insert((Contact::NAME.into(), by_number.to_string()), nobody);
        })?;
        town.app.tick()?;
        phone.sync()?;
        let card = phone.phone.store_card(store)?;
        assert_eq!((card.shop.name.as_str(), card.contact.owner.as_str()), ("改了名的店", "孙"));
        assert_eq!(note(&mut phone, store)?.as_deref(), Some("下午才开门"));
        assert!(!town.app.catalogue().stores.contains_key(&by_number), "one store");
        Ok(())
    });
}

#[test]
fn a_store_that_is_gone_leaves_nobodys_name_behind() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = phone.route()?[0];
        phone.phone.change_contact(store, owner("于无名"))?;
        phone.phone.note_store(store, "拆迁")?;
        phone.sync()?;
        town.import(|city| {
            for table in ["store", "contact"] {
                city.rows.remove(&(table.to_owned(), store.to_string()));
            }
        })?;
        let left = "SELECT count(*) FROM master WHERE value LIKE '%于无名%' OR value LIKE '%拆迁%'";
        let told = format!("SELECT count(*) FROM scope_row WHERE key = '{store}' AND value IS NOT NULL");
        let names = "SELECT count(*) FROM master WHERE tbl = 'contact_told'";
        assert_eq!((town.count(left)?, town.count(&told)?, town.count(names)?), (0, 0, 0));
        assert_eq!(town.app.db().read_now(verify)?, []);
        town.import(|_| ())?;
        Ok(())
    });
}

#[test]
fn the_contact_of_a_new_store_outlives_an_import() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let store = opened(town, &mut phone)?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact.owner, "孙");
        town.import(|_| ())?;
        town.app.tick()?;
        phone.sync()?;
        assert_eq!(phone.phone.store_card(store)?.contact.owner, "孙");
        Ok(())
    });
}

#[test]
fn whose_store_it_is_not_may_not_say_anything_about_it() {
    sound(|town| {
        let (mut owner_of_it, mut other) = (town.phone("ZY01")?, town.phone("ZY02")?);
        let store = owner_of_it.route()?[0];
        assert!(matches!(other.phone.note_store(store, "x"), Err(PhoneError::UnknownStore(_))));
        let fresh = opened(town, &mut owner_of_it)?;
        owner_of_it.sync()?;
        for id in [store, fresh] {
            other.seal("store_note", format!(r#"{{"store":"{id}","text":"关门了"}}"#))?;
            other.sync()?;
            let said = Verdict::Rejected { code: "unauthorised".parse()?, current: None };
            assert_eq!(verdict(&other, "store_note")?, said);
            other.seal("store_contact_changed", format!(r#"{{"store":"{id}"}}"#))?;
            other.sync()?;
            assert_eq!(verdict(&other, "store_contact_changed")?, said);
        }
        owner_of_it.sync()?;
        assert_eq!(note(&mut owner_of_it, store)?, None);
        // A store of the office on nobody's route is nobody's to speak of.
        let lonely = StoreId(Uuid::now_v7());
        town.add_store(store, lonely)?;
        town.app.tick()?;
        other.seal("store_note", format!(r#"{{"store":"{lonely}","text":"关门了"}}"#))?;
        other.sync()?;
        assert!(matches!(verdict(&other, "store_note")?, Verdict::Rejected { .. }));
        Ok(())
    });
}

#[test]
fn a_note_waits_for_its_store_and_is_never_endless() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let too_long = "长".repeat(NOTE_CHARS + 1);
        let store = phone.route()?[0];
        assert!(matches!(
            phone.phone.note_store(store, &too_long),
            Err(PhoneError::TooLong { field: "text", .. })
        ));
        phone.seal("store_note", format!(r#"{{"store":"{store}","text":"{too_long}"}}"#))?;
        phone.sync()?;
        assert!(matches!(verdict(&phone, "store_note")?, Verdict::Rejected { .. }), "by hand neither");
        let (fresh, street) = (StoreId(Uuid::now_v7()), town.app.catalogue().stores[&store].street);
        phone.seal("store_note", format!(r#"{{"store":"{fresh}","text":"下午才开门"}}"#))?;
        phone.sync()?;
        assert_eq!(verdict(&phone, "store_note")?, Verdict::Parked { missing: fresh.0 });
        let street = street.ok_or("no street")?;
        phone.seal(
            "store_opened",
            format!(
                r#"{{"id":"{fresh}","name":"n","channel":"kiosk","street":"{street}","address":"a","receiving_hours":""}}"#
            ),
        )?;
        phone.sync()?;
        assert_eq!(note(&mut phone, fresh)?.as_deref(), Some("下午才开门"));
        Ok(())
    });
}

#[test]
fn a_qr_enrols_at_its_own_company_alone() {
    sound(|town| {
        let mut phone = town.phone("ZY01")?;
        let office = town.invitation("ZY01")?;
        let theirs = Invitation { key: [7; 32], ..office.clone() };
        let refused = enrol_invited(&mut phone.phone, &mut phone.network, &theirs);
        assert!(matches!(refused, Err(SyncError::OtherCompany)), "{refused:?}");
        let office = Invitation::read(&office.to_string()).ok_or("unreadable")?;
        enrol_invited(&mut phone.phone, &mut phone.network, &office)?;
        phone.sync()?;
        assert!(!phone.route()?.is_empty());
        Ok(())
    });
}
