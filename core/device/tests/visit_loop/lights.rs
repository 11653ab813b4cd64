//! What the lights say of an order: nothing is on its way, taken back or taken at all before the server has said so.

use serde_json::json;
use xundian_device::phone::{OrderLight, PromiseLight};
use xundian_device::store::{Adopted, Heard, Store};
use xundian_domain::order_state::{CancelCause, OrderState, SheetNo};
use xundian_domain::{InstallId, OrderId, Units};
use xundian_protocol::push::{OrderEffect, Verdict, Went};
use xundian_protocol::tables::{OrderStanding, Table as _};

use super::kit::{Kit, MONDAY, NOODLES, answer, fact, hear_on, heard, order, put, sku, store};

const APPLIED: &str = r#"{"verdict":"applied"}"#;

#[test]
fn nothing_is_on_its_way_before_the_server_has_it_and_nothing_taken_back_before_it_knows() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    let lights = |kit: &mut Kit| {
        let card = kit.phone.store_card(store(1)).unwrap();
        assert_eq!(kit.phone.today().unwrap().stops[0].promise, card.promise);
        let light = kit.phone.order_card(sold.id).unwrap().light;
        assert_eq!(kit.phone.orders_of_today().unwrap()[0].light, light);
        (card.promise, light)
    };
    assert_eq!(lights(&mut kit), (PromiseLight::OnPhone, OrderLight::OnPhone));
    answer(&kit, 1, APPLIED);
    assert_eq!(lights(&mut kit), (PromiseLight::OnItsWay, OrderLight::OnServer));
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    assert_eq!(
        lights(&mut kit),
        (PromiseLight::OnPhone, OrderLight::OnPhone),
        "what was changed is not known"
    );
    answer(&kit, 2, APPLIED);
    kit.phone.cancel_order(sold.id, "owner_changed_mind".parse().unwrap()).unwrap();
    let card = kit.phone.order_card(sold.id).unwrap();
    let cancelled = OrderState::Cancelled { cause: CancelCause::Owner };
    assert_eq!((card.state, card.light), (Some(cancelled), OrderLight::OnPhone), "the van may still come");
    answer(&kit, 3, APPLIED);
    assert_eq!(lights(&mut kit), (PromiseLight::None, OrderLight::OnServer));
}

#[test]
fn the_distributor_has_an_order_when_somebody_there_opened_its_sheet() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    answer(&kit, 1, APPLIED);
    let sheet = SheetNo { distributor: "D01".parse().unwrap(), day: sold.promise.day, difference: 0 };
    for (opened, light) in [(false, OrderLight::OnSheet), (true, OrderLight::AtDistributor)] {
        let standing =
            OrderStanding { store: store(1), version: 1, state: OrderState::OnSheet { sheet }, opened };
        let rows = [put(OrderStanding::NAME, sold.id.to_string(), &serde_json::to_value(standing).unwrap())];
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
        assert_eq!(kit.phone.order_card(sold.id).unwrap().light, light);
    }
}

#[test]
fn a_change_that_was_refused_takes_nothing_from_the_order_that_was_taken() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    answer(&kit, 1, APPLIED);
    answer(&kit, 2, r#"{"verdict":"rejected","code":"stale_base"}"#);
    let card = kit.phone.order_card(sold.id).unwrap();
    assert_eq!((card.light, card.lines[0].confirmed), (OrderLight::OnPhone, Units(24)), "the van comes");
}

#[test]
fn what_the_server_does_not_take_is_no_promise_and_is_counted_for_some_days() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    assert_eq!(kit.phone.today().unwrap().refused, 0);
    answer(&kit, 1, r#"{"verdict":"rejected","code":"undecodable"}"#);
    assert_eq!(kit.phone.order_card(sold.id).unwrap().light, OrderLight::Refused);
    let today = kit.phone.today().unwrap();
    assert_eq!((today.refused, today.unsent, today.stops[0].promise), (1, 0, PromiseLight::None));
    let second = order(&mut kit, 2, 24);
    answer(&kit, 2, &already_delivered(second.id));
    assert_eq!(kit.phone.today().unwrap().refused, 1, "a slip had brought this order");
    kit.phone.amend_order(second.id, &[(sku(NOODLES), Units(48))]).unwrap();
    answer(&kit, 3, &already_delivered(second.id));
    assert_eq!(kit.phone.today().unwrap().refused, 2, "its change came too late");
    hear_on(&kit, 3, MONDAY);
    assert_eq!(kit.phone.today().unwrap().refused, 0, "these words are old by now");
    let refused = json!({"verdict": "rejected", "code": "unauthorised"});
    let row = put("fact_state", fact(&kit, 2).to_string(), &refused);
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", std::slice::from_ref(&row), "d").unwrap();
    assert_eq!(kit.phone.today().unwrap().refused, 1, "a person's word about an old one");
    hear_on(&kit, 3, "2026-07-30");
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[row], "e").unwrap();
    assert_eq!(kit.phone.today().unwrap().refused, 1);
    hear_on(&kit, 3, "2026-07-31");
    assert_eq!(kit.phone.today().unwrap().refused, 0, "the same word once more is no news");
}

fn already_delivered(order: OrderId) -> String {
    let effect = OrderEffect { order, went: Went::AlreadyDelivered, instead_of: None };
    serde_json::to_string(&Verdict::Applied { order: Some(effect), flags: Vec::new() }).unwrap()
}

/// The server has another epoch: what it had said counts no more.
fn restored(kit: &Kit) {
    let adopted = Adopted {
        install: InstallId(uuid::Uuid::from_u128(99)),
        before: String::new(),
        phone: String::new(),
        key: String::new(),
        token: "t".into(),
        rep: "ZY01".into(),
        import_key: None,
    };
    let heard = Heard { epoch: uuid::Uuid::from_u128(99), ..heard(0, 0) };
    Store::open(&kit.file).unwrap().adopt(&adopted, &heard, true).unwrap();
}

#[test]
fn what_a_restored_server_may_not_have_is_on_the_phone_alone_until_it_is_sent_again() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    answer(&kit, 1, APPLIED);
    let sheet = SheetNo { distributor: "D01".parse().unwrap(), day: sold.promise.day, difference: 0 };
    let state = OrderState::OnSheet { sheet };
    let standing = OrderStanding { store: store(1), version: 1, state, opened: true };
    let rows = [put(OrderStanding::NAME, sold.id.to_string(), &serde_json::to_value(standing).unwrap())];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    let seen = |kit: &mut Kit| {
        let card = kit.phone.order_card(sold.id).unwrap();
        let today = kit.phone.today().unwrap();
        assert_eq!(kit.phone.store_card(store(1)).unwrap().promise, today.stops[0].promise);
        assert_eq!(kit.phone.orders_of_today().unwrap()[0].light, card.light);
        (card.light, today.stops[0].promise, today.unsent)
    };
    assert_eq!(seen(&mut kit), (OrderLight::AtDistributor, PromiseLight::OnItsWay, 0));
    restored(&kit);
    assert_eq!(seen(&mut kit), (OrderLight::OnPhone, PromiseLight::OnPhone, 1));
    answer(&kit, 1, APPLIED);
    assert_eq!(seen(&mut kit), (OrderLight::AtDistributor, PromiseLight::OnItsWay, 0));
}

#[test]
fn what_a_journal_brought_is_on_this_phone_alone_until_it_is_sent() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    // As it comes with a journal: no row of this phone speaks of the order.
    let db = rusqlite::Connection::open(&kit.file).unwrap();
    db.execute("DELETE FROM master_row WHERE scope = 'own' AND tbl <> 'visited'", []).unwrap();
    let orders = kit.phone.orders_of_today().unwrap();
    assert_eq!((orders[0].order, orders[0].light, &orders[0].state), (sold.id, OrderLight::OnPhone, &None));
}

#[test]
fn an_order_that_waits_at_the_server_for_its_store_is_not_on_its_way() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    let parked = serde_json::to_string(&Verdict::Parked { missing: store(1).0 }).unwrap();
    answer(&kit, 1, &parked);
    let card = kit.phone.order_card(sold.id).unwrap();
    assert_eq!((card.light, card.state), (OrderLight::OnServer, Some(OrderState::Held)));
    assert_eq!(kit.phone.today().unwrap().stops[0].promise, PromiseLight::None);
}
