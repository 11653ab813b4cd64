//! The day's orders as slips for their distributors.

use ed25519_dalek::SigningKey;
use xundian_device::phone::PhoneError;
use xundian_device::store::{Change, Store};
use xundian_domain::Units;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_protocol::tables::OrderStanding;

use super::kit::{Kit, MONDAY, NOODLES, answer, enrolled, order, put, shop, sku, store};

#[test]
fn without_a_server_the_days_orders_are_a_slip_of_newest_versions_and_of_no_people() {
    let nobodys = Kit::new().phone.order_slips(MONDAY.parse().unwrap());
    assert!(matches!(nobodys, Err(PhoneError::NotEnrolled)));
    let mut kit = enrolled();
    assert!(matches!(kit.phone.order_slips(MONDAY.parse().unwrap()), Err(PhoneError::NoOrders)));
    let (first, second, third) = (order(&mut kit, 1, 24), order(&mut kit, 2, 48), order(&mut kit, 2, 24));
    kit.phone.cancel_order(third.id, "owner_changed_mind".parse().unwrap()).unwrap();
    kit.at("2026-07-28", "07:00");
    order(&mut kit, 1, 240);
    let first = kit.phone.amend_order(first.id, &[(sku(NOODLES), Units(76))]).unwrap();
    let slips = kit.phone.order_slips(MONDAY.parse().unwrap()).unwrap();
    let [slip] = slips.as_slice() else { panic!("one distributor, one slip: {slips:?}") };
    assert_eq!((slip.distributor.map(|no| no.to_string()).as_deref(), slip.orders), (Some("D01"), 2));
    assert!(slip.text.contains("1. first QD1\n") && slip.text.contains("3箱4u\n"), "{}", slip.text);
    assert!(!slip.text.contains("王老板") && !slip.text.contains("19900001002"), "{}", slip.text);
    for text in [&slip.text, &slip.pages.join("\n")] {
        let sealed = xundian_protocol::slip::read(text).remove(0).unwrap();
        assert!(sealed.is_signed_by(&SigningKey::from_bytes(&[7; 32]).verifying_key()));
        let orders = sealed.open().unwrap().orders.into_iter().map(|of| (of.version, of.order));
        assert_eq!(orders.collect::<Vec<_>>(), [(2, first.clone()), (1, second.clone())]);
    }
}

#[test]
fn a_change_that_the_server_refused_is_on_no_slip() {
    let mut kit = enrolled();
    let sold = order(&mut kit, 1, 24);
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    kit.phone.cancel_order(sold.id, "owner_changed_mind".parse().unwrap()).unwrap();
    assert!(matches!(kit.phone.order_slips(MONDAY.parse().unwrap()), Err(PhoneError::NoOrders)));
    for n in [2, 3] {
        answer(&kit, n, r#"{"verdict":"rejected","code":"stale_base"}"#);
    }
    let slip = kit.phone.order_slips(MONDAY.parse().unwrap()).unwrap().remove(0);
    let sealed = xundian_protocol::slip::read(&slip.text).remove(0).unwrap();
    let orders = sealed.open().unwrap().orders;
    assert_eq!((orders[0].version, &orders[0].order), (1, &sold));
}

#[test]
fn what_the_server_cancelled_or_does_not_take_at_all_is_on_no_slip() {
    let mut kit = enrolled();
    let (sold, _) = (order(&mut kit, 1, 24), order(&mut kit, 2, 48));
    answer(&kit, 1, r#"{"verdict":"applied"}"#);
    let state = OrderState::Cancelled { cause: CancelCause::StoreRejected };
    let standing =
        serde_json::to_value(OrderStanding { store: store(1), version: 1, state, opened: false }).unwrap();
    let rows = [put("order_state", sold.id.to_string(), &standing)];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    let slip = kit.phone.order_slips(MONDAY.parse().unwrap()).unwrap().remove(0);
    assert_eq!(slip.orders, 1);
    assert!(slip.text.contains("second") && !slip.text.contains("first"), "{}", slip.text);
    answer(&kit, 2, r#"{"verdict":"rejected","code":"undecodable"}"#);
    let none = kit.phone.order_slips(MONDAY.parse().unwrap());
    assert!(matches!(none, Err(PhoneError::NoOrders)), "{none:?}");
}

#[test]
fn no_distributor_reads_the_orders_of_another() {
    let mut kit = enrolled();
    let mut db = Store::open(&kit.file).unwrap();
    let Change::Put { table, mut row } = shop(2, "second") else { panic!("no store") };
    row.value = row.value.replace("D01", "D02");
    db.apply_page("rep/ZY01", &[Change::Put { table, row }], "d").unwrap();
    order(&mut kit, 1, 24);
    order(&mut kit, 2, 48);
    let slips = kit.phone.order_slips(MONDAY.parse().unwrap()).unwrap();
    assert_eq!(slips.iter().map(|slip| slip.orders).collect::<Vec<_>>(), [1, 1]);
    assert!(slips[0].text.contains("first") && !slips[0].text.contains("second"));
    assert!(slips[1].text.contains("second") && !slips[1].text.contains("first"));
}
