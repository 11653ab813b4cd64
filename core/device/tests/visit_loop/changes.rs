//! An order that was confirmed is changed or taken back, with and beside the server's word.

use uuid::Uuid;
use xundian_device::phone::PhoneError;
use xundian_device::store::{Change, Store};
use xundian_domain::order::OrderCancelled;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{OrderId, Units};
use xundian_protocol::push::{OrderEffect, Verdict, Went};
use xundian_protocol::tables::OrderStanding;

use super::kit::{Kit, NOODLES, TEA, answer, order, put, sku, store};

#[test]
fn an_order_can_be_changed_and_taken_back_without_a_network() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.want(NOODLES, 24);
    let (order, _) = kit.phone.check_out().unwrap().order.unwrap();
    let amended = kit.phone.amend_order(order.id, &[(sku(NOODLES), Units(48))]).unwrap();
    assert_eq!((amended.total().0, amended.promise), (9200, order.promise));
    let nothing = kit.phone.amend_order(order.id, &[(sku(NOODLES), Units(0))]);
    assert!(matches!(nothing, Err(PhoneError::NothingLeft(of)) if of == order.id));
    kit.phone.cancel_order(order.id, "owner_changed_mind".parse().unwrap()).unwrap();
    let kinds: Vec<_> = kit.sealed().into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["visit_closed", "order_amended", "order_cancelled"]);
    let last: OrderCancelled = serde_json::from_str(&kit.sealed()[2].1).unwrap();
    assert_eq!(last.base_version, 2, "the amendment was version 2");
    let changed = kit.phone.amend_order(order.id, &[(sku(NOODLES), Units(24))]);
    assert!(matches!(changed, Err(PhoneError::OrderOver(_))), "nothing brings it back");
    let cancelled = OrderState::Cancelled { cause: CancelCause::Owner };
    assert_eq!(kit.phone.order_card(order.id).unwrap().state, Some(cancelled));
    let card = kit.phone.store_card(store(1)).unwrap();
    assert!(card.last_order.is_none_or(|last| last.state == cancelled));
    let unknown = OrderId(Uuid::nil());
    assert!(matches!(kit.phone.amend_order(unknown, &[]), Err(PhoneError::UnknownOrder(_))));
}

#[test]
fn a_change_adds_what_was_never_counted_and_nothing_without_a_price() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    let [noodles, tea, unpriced] = [NOODLES, TEA, "99999999"].map(sku);
    let refused = kit.phone.amend_order(sold.id, &[(noodles, Units(24)), (unpriced, Units(12))]);
    assert!(
        matches!(refused, Err(PhoneError::NoPrice(of)) if of == unpriced),
        "nothing is left out without a word"
    );
    let amended = kit.phone.amend_order(sold.id, &[(noodles, Units(24)), (tea, Units(12))]).unwrap();
    let added = amended.lines.iter().find(|line| line.sku == tea).unwrap();
    assert_eq!((added.intended, added.confirmed), (Units(0), Units(12)));
    let gone = Change::Delete { table: "price".into(), key: format!("PL/{NOODLES}") };
    Store::open(&kit.file).unwrap().apply_page("company", &[gone], "d").unwrap();
    let less = kit.phone.amend_order(sold.id, &[(noodles, Units(24)), (tea, Units(15))]).unwrap();
    let kept = less.lines.iter().find(|line| line.sku == noodles).unwrap();
    assert_eq!(kept.case_price, sold.lines[0].case_price, "what was sold keeps its price");
}

/// A page of a sync beside the screens: where an order of the first store stands at the server.
fn page(kit: &Kit, order: OrderId, version: u32) {
    let state = OrderState::Waiting { day: "2026-07-28".parse().unwrap(), late: false };
    let standing =
        serde_json::to_value(OrderStanding { store: store(1), version, state, opened: false }).unwrap();
    let rows = [put("order_state", order.to_string(), &standing)];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
}

const APPLIED: &str = r#"{"verdict":"applied"}"#;

/// The version that the last fact, a cancellation, is based on.
fn cancelled_on(kit: &mut Kit, order: OrderId) -> u32 {
    kit.phone.cancel_order(order, "owner_changed_mind".parse().unwrap()).unwrap();
    let (_, body) = kit.sealed().pop().unwrap();
    serde_json::from_str::<OrderCancelled>(&body).unwrap().base_version
}

#[test]
fn a_change_keeps_the_day_that_the_server_moved_and_counts_no_more_when_it_came_too_late() {
    let mut kit = Kit::new();
    let order = order(&mut kit, 1, 24);
    answer(&kit, 1, APPLIED);
    let moved = OrderState::Waiting { day: "2026-07-30".parse().unwrap(), late: true };
    let standing = OrderStanding { store: store(1), version: 1, state: moved, opened: false };
    let rows = [put("order_state", order.id.to_string(), &serde_json::to_value(standing).unwrap())];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    kit.phone.amend_order(order.id, &[(sku(NOODLES), Units(48))]).unwrap();
    let card = kit.phone.order_card(order.id).unwrap();
    let still = OrderState::Waiting { day: "2026-07-30".parse().unwrap(), late: false };
    assert_eq!((card.state, card.lines[0].confirmed), (Some(still), Units(48)));
    let late = OrderEffect { order: order.id, went: Went::AlreadyDelivered, instead_of: None };
    let late = Verdict::Applied { order: Some(late), flags: Vec::new() };
    answer(&kit, 2, &serde_json::to_string(&late).unwrap());
    let card = kit.phone.order_card(order.id).unwrap();
    assert_eq!(card.lines[0].confirmed, Units(24), "what was delivered");
    assert_eq!(kit.phone.orders_of_today().unwrap()[0].units, Units(24));
}

#[test]
fn a_change_follows_the_phones_own_one_that_a_pull_did_not_know_of() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    // A sync has sent the visit and waits for its pull when the rep changes the order.
    answer(&kit, 1, APPLIED);
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    page(&kit, sold.id, 1);
    assert_eq!(cancelled_on(&mut kit, sold.id), 2, "the server takes the amendment first");
    page(&kit, sold.id, 1);
    let cancelled = Some(OrderState::Cancelled { cause: CancelCause::Owner });
    assert_eq!(kit.phone.orders_of_today().unwrap()[0].state, cancelled, "nor does a screen forget it");
}

#[test]
fn a_change_that_the_server_refused_is_no_version_of_the_order() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    answer(&kit, 1, APPLIED);
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    page(&kit, sold.id, 1);
    answer(&kit, 2, r#"{"verdict":"rejected","code":"unauthorised"}"#);
    assert_eq!(cancelled_on(&mut kit, sold.id), 1);
}
