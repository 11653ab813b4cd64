//! What reps say about stores beside visits: notes and contacts, through the real server, on SQLite and PostgreSQL.

use xundian_device::phone::PhoneError;
use xundian_device::sync::{SyncError, enrol_invited};
use xundian_domain::StoreId;
use xundian_domain::store::{Channel, StoreOpened};
use xundian_domain::store_word::NOTE_CHARS;
use xundian_protocol::invitation::Invitation;
use xundian_protocol::push::Verdict;
use xundian_protocol::tables::{Contact, Table};
use xundian_tests::desk::{Dispatcher, sound, verdict};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

fn owner(name: &str) -> Contact {
    Contact { owner: name.into(), phone: "0532-00000000".into(), receiver: String::new() }
}

fn note(phone: &mut TownPhone, store: StoreId) -> Outcome<Option<String>> {
    Ok(phone.phone.store_card(store)?.note.map(|note| note.text))
}

fn opened(town: &Town, phone: &mut TownPhone) -> Outcome<StoreId> {
    let near = phone.route()?[0];
    let known = town.app.catalogue().stores[&near].clone();
    let fresh = StoreOpened {
        id: StoreId(uuid::Uuid::nil()),
        name: "新开的店".into(),
        channel: Channel::Kiosk,
        street: known.street.ok_or("no street")?,
        address: "1号".into(),
        receiving_hours: "".parse()?,
    };
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
        let (fresh, street) = (StoreId(uuid::Uuid::now_v7()), town.app.catalogue().stores[&store].street);
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
