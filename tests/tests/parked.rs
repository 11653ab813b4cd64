//! Records that wait for the office: an import takes them up, whether it ran beside the server or while it was down. Each
//! test runs on SQLite and PostgreSQL.

use xundian_domain::StoreId;
use xundian_domain::store::StoreOpened;
use xundian_protocol::push::Verdict;
use xundian_tests::desk::{NOODLES, sound, verdict};
use xundian_tests::town::{Outcome, Town, TownPhone};

/// Imports the city without an area; its rep opens a store there, and it waits.
fn opened_in_no_area(town: &Town) -> Outcome<(TownPhone, StoreId)> {
    let mut phone = town.phone("ZY01")?;
    let (near, id) = (phone.route()?[0], StoreId(uuid::Uuid::now_v7()));
    let street = town.app.catalogue().stores[&near].street.ok_or("no street")?;
    let forget = |city: &mut xundian_server::import::City| {
        city.rows.remove(&("area".to_owned(), street.to_string()));
    };
    town.import(forget)?;
    town.app.tick()?;
    let opened = StoreOpened { id, ..town.new_store(near)? };
    phone.seal("store_opened", serde_json::to_string(&opened)?)?;
    phone.sync()?;
    assert_eq!(verdict(&phone, "store_opened")?, Verdict::Parked { missing: id.0 });
    Ok((phone, id))
}

#[test]
fn an_import_while_the_server_was_down_takes_up_what_waited_for_it() {
    sound(|town| {
        let (_phone, id) = opened_in_no_area(town)?;
        assert!(!town.started_again()?.catalogue().stores.contains_key(&id), "nothing has come");
        town.import(|_| ())?;
        let again = town.started_again()?;
        assert_eq!(town.count("SELECT count(*) FROM parked")?, 0);
        assert!(again.catalogue().stores.contains_key(&id), "the catalogue knows the store");
        Ok(())
    });
}

#[test]
fn a_store_that_an_import_took_up_takes_visits_at_once() {
    sound(|town| {
        let (mut phone, id) = opened_in_no_area(town)?;
        town.import(|_| ())?;
        town.app.tick()?;
        assert!(town.app.catalogue().stores.contains_key(&id), "the catalogue knows the store");
        phone.sync()?;
        phone.visit(id, &[(NOODLES, 0, 24)])?.ok_or("no order")?;
        phone.sync()?;
        assert!(matches!(verdict(&phone, "visit_closed")?, Verdict::Applied { order: Some(_), .. }));
        Ok(())
    });
}
