//! The order of a visit: its price, its promise, who takes it; and what became of it.

use serde_json::json;
use uuid::Uuid;
use xundian_device::phone::{PhoneError, PromiseLight};
use xundian_device::store::{Change, Store};
use xundian_device::visit_loop::{Line, Receiver};
use xundian_domain::order::Promise;
use xundian_domain::visit::Step;
use xundian_domain::{BusinessDate, OrderId, Units};

use super::kit::{Kit, MONDAY, NOODLES, TEA, boss, master, order, put, sku, store};

#[test]
fn an_order_is_priced_promised_and_shows_its_code_once() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.want(NOODLES, 24);
    kit.want(TEA, 45);
    kit.save(&Line::Confirmed { sku: sku(TEA), units: Units(30) });
    let quote = kit.phone.quote().unwrap();
    assert_eq!((quote.total.0, quote.lines.len()), (4600 + 6000, 2));
    assert_eq!(quote.promise.day.to_string(), "2026-07-28");
    assert_eq!(quote.windows.len(), 2);
    assert_eq!(quote.payment_forms.len(), 1, "现结: nothing on account");
    let (order, code) = kit.phone.check_out().unwrap().order.unwrap();
    let tea = order.lines.iter().find(|line| line.sku == sku(TEA)).unwrap();
    assert_eq!((tea.intended, tea.confirmed), (Units(45), Units(30)));
    let sealed = kit.sealed().remove(0).1;
    assert!(!sealed.contains(&format!("\"{code}\"")), "the code is never in the sealed bytes");
}

#[test]
fn a_late_delivery_has_a_light_of_its_own_and_a_short_one_stays_short() {
    let mut kit = Kit::new();
    let order = OrderId(Uuid::from_u128(7));
    let mut light = |outcome: &str, missed: Option<&str>| {
        let ended = json!({"outcome": outcome, "sheet": "D01-20260728"});
        let standing = json!({"store": store(1), "version": 1, "state": {"ended": ended}});
        let mut delivery = json!({"order": order, "due_by": 5, "at": 5, "lines": []});
        if let Some(missed) = missed {
            delivery["missed"] = missed.into();
        }
        let rows = [
            put("order_state", order.to_string(), &standing),
            put("delivery", format!("{}/{order}", store(1)), &delivery),
        ];
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
        let card = kit.phone.store_card(store(1)).unwrap();
        assert_eq!(kit.phone.today().unwrap().stops[0].promise, card.promise);
        card.promise
    };
    for (outcome, missed, expected) in [
        ("delivered", None, PromiseLight::Delivered),
        ("delivered", Some("distributor_late"), PromiseLight::Late),
        ("delivered", Some("late_upload"), PromiseLight::Late),
        ("delivered", Some("road_closed"), PromiseLight::Late),
        ("short", Some("late_upload"), PromiseLight::Short),
        ("short", Some("road_closed"), PromiseLight::Short),
        ("refused", Some("distributor_late"), PromiseLight::Refused),
        ("not_reported", None, PromiseLight::NotReported),
    ] {
        assert_eq!(light(outcome, missed), expected, "{outcome} {missed:?}");
    }
}

#[test]
fn the_days_offered_are_the_distributors_and_what_was_chosen_of_them_stands() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.want(NOODLES, 24);
    let monday: BusinessDate = MONDAY.parse().unwrap();
    let offered = kit.phone.quote().unwrap().days;
    assert_eq!(offered, [1, 2, 3, 4, 7].map(|ahead| monday.plus_days(ahead)), "no weekend");
    let promise = Promise { day: offered[4], window: None };
    kit.save(&Line::Promise(promise));
    let quote = kit.phone.quote().unwrap();
    assert_eq!((quote.promise, quote.days), (promise, offered));
    let Change::Put { table, mut row } = master().remove(0) else { panic!("no setting") };
    row.value = row.value.replace("\"promise_max_days\":7", "\"promise_max_days\":60");
    let rows = [Change::Put { table, row }];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    assert_eq!(kit.phone.quote().unwrap().days.len(), 14, "nobody looks through more");
    let fewer = put("calendar", "distributor/D01".into(), &json!({"weekdays": [2, 3, 4], "exceptions": {}}));
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[fewer], "d").unwrap();
    let offered =
        [2, 3, 7, 8, 9, 10, 15, 16, 17, 22, 23, 24, 29, 30, 31].map(|ahead| monday.plus_days(ahead));
    assert_eq!(kit.phone.quote().unwrap().days, offered, "what was said stays among them");
    let never = put("calendar", "distributor/D01".into(), &json!({"weekdays": [], "exceptions": {}}));
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[never], "d").unwrap();
    assert_eq!(kit.phone.quote().unwrap().days, [promise.day], "and stays alone");
}

#[test]
fn what_the_price_list_does_not_have_is_not_sold() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.want("99999999", 10);
    let quote = kit.phone.quote().unwrap();
    assert_eq!((quote.lines.len(), quote.unpriced), (0, vec![sku("99999999")]));
    assert!(kit.phone.check_out().unwrap().order.is_none());
}

#[test]
fn another_wish_ends_what_was_agreed_before_it_and_the_same_one_does_not() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.want(NOODLES, 24);
    kit.save(&Line::Confirmed { sku: sku(NOODLES), units: Units::ZERO });
    kit.want(NOODLES, 24);
    assert!(kit.phone.quote().unwrap().lines.is_empty(), "the step was only looked through");
    let done = |kit: &Kit| {
        let lines = kit.phone.current_visit().unwrap().unwrap().lines;
        lines.contains(&Line::Finished(Step::OrderConfirmation))
    };
    kit.save(&Line::Finished(Step::OrderConfirmation));
    kit.want(NOODLES, 24);
    assert!(done(&kit));
    kit.want(NOODLES, 48);
    assert!(!done(&kit), "what is wished now nobody has confirmed");
    assert_eq!(kit.phone.quote().unwrap().lines[0].confirmed, Units(48));
    let order = kit.phone.check_out().unwrap().order.unwrap().0;
    assert_eq!(order.lines[0].confirmed, Units(48));
}

#[test]
fn who_takes_the_delivery_goes_beside_the_order_and_without_an_order_nowhere() {
    let mut kit = Kit::new();
    let contact = json!({"owner": "李老板娘", "phone": "19900001001"});
    let rows = [put("contact", store(1).to_string(), &contact)];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    kit.phone.begin_visit(store(1)).unwrap();
    let of_contact = Receiver { name: "李老板娘".to_owned(), phone: "19900001001".to_owned() };
    assert_eq!(kit.phone.quote().unwrap().receiver, of_contact, "whom the office knows");
    let long = Receiver { name: "王".repeat(61), ..boss() };
    let refused = kit.phone.save_line(&Line::Receiver(long));
    assert!(matches!(refused, Err(PhoneError::TooLong { field: "receiver", .. })), "{refused:?}");
    kit.phone.save_line(&Line::Receiver(boss())).unwrap();
    kit.die();
    assert_eq!(kit.phone.quote().unwrap().receiver, boss(), "the app died after the last letter");
    kit.phone.check_out().unwrap();
    let sold = order(&mut kit, 2, 24);
    let facts = Store::open(&kit.file).unwrap().facts_after(0, 9).unwrap();
    let beside: Vec<_> = facts.iter().map(|fact| fact.sealed.private.clone().unwrap_or_default()).collect();
    assert_eq!(beside[0], "", "nothing was ordered");
    assert!(beside[1].contains("王老板") && beside[1].contains("19900001002"), "{}", beside[1]);
    assert!(facts.iter().all(|fact| !fact.sealed.body.contains("王老板")), "never in the sealed bytes");
    assert!(facts[1].sealed.body.contains(&sold.id.to_string()));
}
