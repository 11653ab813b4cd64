//! Stores change hands on the day that the office's plan says, with what was said in them: not at the import, and without another
//! one. Each test runs on SQLite and PostgreSQL.

use xundian_domain::order_state::OrderState;
use xundian_domain::route::RouteRow;
use xundian_domain::time::Weekday;
use xundian_domain::{BusinessDate, OrderId, RepNo, StoreId};
use xundian_protocol::push::Flag;
use xundian_protocol::tables::Routes;
use xundian_server::import::City;
use xundian_server::trust::verify;
use xundian_tests::desk::{NOODLES, TUESDAY, freeze, row, sound};
use xundian_tests::town::{MONDAY, Outcome, Town, TownPhone};

/// The plan of a rep with something changed in it.
fn route(city: &mut City, rep: &str, change: impl FnOnce(&mut Routes)) -> Outcome<()> {
    let row = city.rows.get_mut(&("route".to_owned(), rep.to_owned())).ok_or("no such route")?;
    let mut routes: Routes = serde_json::from_str(row)?;
    change(&mut routes);
    *row = serde_json::to_string(&routes)?;
    Ok(())
}

/// The plan says that a store is one rep's until Monday and another one's from Tuesday on, on Tuesdays.
fn give(city: &mut City, store: StoreId, from: &str, to: &str) -> Outcome<()> {
    let (rep, weekday): (RepNo, Weekday) = (to.parse()?, Weekday::try_from(2)?);
    let (monday, tuesday): (BusinessDate, BusinessDate) = (MONDAY.parse()?, TUESDAY.parse()?);
    let mut given = Vec::new();
    route(city, from, |routes| {
        for row in routes.0.iter_mut().filter(|row| row.store == store) {
            given.push(RouteRow { rep, weekday, valid_from: tuesday, ..row.clone() });
            row.valid_to = Some(monday);
        }
    })?;
    route(city, to, |routes| routes.0.extend(given))
}

/// The office imports that plan; the server has not ticked since.
fn planned(town: &Town, store: StoreId, from: &str, to: &str) -> Outcome<()> {
    let mut done = Ok(());
    town.import(|city| done = give(city, store, from, to))?;
    done
}

/// Whether a phone knows a store.
fn has(phone: &mut TownPhone, store: StoreId) -> bool {
    phone.phone.store_card(store).is_ok()
}

/// Rows about a store that the phones of a rep get: itself, and what was done in it.
fn served(town: &Town, rep: &str, store: StoreId, order: OrderId) -> Outcome<(i64, i64)> {
    let rows = |what: String| {
        let of_rep = format!("FROM scope_row WHERE scope = 'rep/{rep}' AND value IS NOT NULL");
        town.count(&format!("SELECT count(*) {of_rep} AND {what}"))
    };
    let history = format!(
        "(tbl IN ('ledger', 'delivery') AND key LIKE '{store}/%' OR tbl = 'order_state' AND key = '{order}')"
    );
    Ok((rows(format!("tbl = 'store' AND key = '{store}'"))?, rows(history)?))
}

fn is_sound(town: &Town) -> Outcome<()> {
    assert_eq!(town.app.db().read_now(verify)?, []);
    Ok(())
}

fn is_outside(town: &Town, order: OrderId) -> Outcome<bool> {
    Ok(row(town, order)?.flags.contains(&Flag::OutsideTerritory))
}

/// The next morning, on the server and on phones.
fn morning(town: &Town, phones: &mut [&mut TownPhone]) -> Outcome<()> {
    town.at(TUESDAY, "08:00")?;
    for phone in phones {
        phone.at(TUESDAY, "08:00")?;
        phone.sync()?;
    }
    Ok(())
}

fn changes_hands_on_its_day(town: &Town, from: &str, to: &str) -> Outcome<()> {
    let mut old = town.phone(from)?;
    let store = old.route()?[0];
    planned(town, store, from, to)?;
    town.app.tick()?;
    let mut new = town.phone(to)?;
    old.sync()?;
    assert!(old.route()?.contains(&store) && !has(&mut new, store), "until the evening it is {from}'s");
    let order = old.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
    town.at(MONDAY, "18:00")?;
    old.sync()?;
    freeze(town)?;
    assert_eq!(served(town, from, store, order)?, (1, 3), "store; visit, delivery, state of the order");
    is_sound(town)?;

    // A minute after midnight the clock has not come round yet, and the office imports once more.
    town.at(TUESDAY, "00:01")?;
    is_sound(town)?;
    planned(town, store, from, to)?;
    is_sound(town)?;
    assert_eq!(served(town, from, store, order)?, (1, 3));
    town.app.tick()?;
    is_sound(town)?;
    assert_eq!(served(town, from, store, order)?, (0, 0));
    assert_eq!(served(town, to, store, order)?, (1, 3), "without another import, with its past");

    morning(town, &mut [&mut old, &mut new])?;
    assert!(!has(&mut old, store) && new.route()?.contains(&store));
    assert!(new.phone.store_card(store)?.last_order.is_some(), "its new rep sees what was ordered");
    let printed = town.sheet_of(store, TUESDAY, 0)?.ok_or("no sheet")?.no;
    assert_eq!(row(town, order)?.state, OrderState::OnSheet { sheet: printed }, "what was ordered comes");
    let next = new.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
    new.sync()?;
    assert!(!is_outside(town, order)? && !is_outside(town, next)?);
    Ok(())
}

#[test]
fn a_store_goes_to_the_next_rep_on_his_day() {
    sound(|town| changes_hands_on_its_day(town, "ZY01", "ZY02"));
}

#[test]
fn a_store_goes_to_a_rep_with_a_lower_number_just_so() {
    sound(|town| changes_hands_on_its_day(town, "ZY02", "ZY01"));
}

#[test]
fn a_server_that_was_down_over_midnight_hands_over_at_its_start_also_what_comes_later() {
    sound(|town| {
        let (mut old, mut new) = (town.phone("ZY01")?, town.phone("ZY02")?);
        let store = old.route()?[0];
        planned(town, store, "ZY01", "ZY02")?;
        town.app.tick()?;
        old.sync()?;
        let order = old.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        town.at(TUESDAY, "07:00")?;
        assert_eq!(served(town, "ZY01", store, order)?.0, 1);
        let _started = town.started_again()?;
        assert_eq!((served(town, "ZY01", store, order)?.0, served(town, "ZY02", store, order)?.0), (0, 1));
        is_sound(town)?;
        morning(town, &mut [&mut old, &mut new])?;
        assert_eq!(served(town, "ZY01", store, order)?, (0, 0));
        assert_eq!(served(town, "ZY02", store, order)?, (1, 3), "what its last rep brings is his who has it");
        assert!(!is_outside(town, order)?, "it was his on that day");
        assert!(!has(&mut old, store) && new.route()?.contains(&store));
        Ok(())
    });
}

#[test]
fn who_stood_in_for_its_last_rep_was_in_his_territory_also_when_his_visit_comes_later() {
    sound(|town| {
        let store = town.phone("ZY01")?.route()?[0];
        let mut done = Ok(());
        town.import(|city| {
            let away =
                r#"{"weekdays":[1,2,3,4,5],"exceptions":{"2026-07-27":{"works":false,"substitute":"ZY03"}}}"#;
            city.rows.insert(("calendar".to_owned(), "rep/ZY01".to_owned()), away.to_owned());
            done = give(city, store, "ZY01", "ZY02");
        })?;
        done?;
        town.app.tick()?;
        let mut substitute = town.phone("ZY03")?;
        let order = substitute.visit(store, &[(NOODLES, 5, 24)])?.ok_or("no order")?.id;
        town.at(TUESDAY, "00:01")?;
        town.app.tick()?;
        morning(town, &mut [&mut substitute])?;
        assert!(!is_outside(town, order)?);
        assert_eq!(served(town, "ZY02", store, order)?, (1, 3));
        assert!(!has(&mut substitute, store));
        Ok(())
    });
}
