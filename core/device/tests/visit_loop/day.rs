//! The day: its figures, what is missing and why, and what the server has of it.

use xundian_device::phone::DayReport;
use xundian_device::store::{Change, Store};
use xundian_device::visit_loop::Line;
use xundian_domain::visit::missing::WhyMissing;
use xundian_domain::visit::{FailedReason, Step};
use xundian_domain::{StoreId, Units};
use xundian_protocol::tables::Contact;

use super::kit::{Kit, NOODLES, order, sku, store};

fn missing(report: &DayReport) -> Vec<(StoreId, WhyMissing)> {
    report.missing.iter().map(|missing| (missing.store, missing.why)).collect()
}

fn not_begun(n: u128) -> (StoreId, WhyMissing) {
    (store(n), WhyMissing::NotBegun)
}

#[test]
fn the_day_is_summed_up_sealed_and_sealed_again_when_something_follows() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.want(NOODLES, 30);
    kit.phone.check_out().unwrap();
    let report = kit.phone.day_report().unwrap();
    let sum = &report.summary;
    assert_eq!((sum.planned, sum.visited, sum.effective, sum.lines, sum.cases), (2, 1, 1, 1, 1));
    assert_eq!((sum.loose_units, missing(&report), report.unsent), (Units(6), vec![not_begun(2)], 1));
    let first = kit.phone.close_day().unwrap();
    kit.phone.begin_visit(store(2)).unwrap();
    kit.phone.fail_visit(FailedReason::OwnerAbsent, None).unwrap();
    let second = kit.phone.close_day().unwrap();
    assert_eq!((first.version, first.facts, second.version, second.facts), (1, 1, 2, 2));
    assert_ne!(first.digest, second.digest);
}

#[test]
fn a_store_of_the_route_is_missing_with_its_reason_until_it_is_counted() {
    let mut kit = Kit::new();
    let why = |kit: &mut Kit| missing(&kit.phone.day_report().unwrap());
    assert_eq!(why(&mut kit), [not_begun(1), not_begun(2)]);
    kit.phone.begin_visit(store(1)).unwrap();
    assert_eq!(why(&mut kit), [(store(1), WhyMissing::Open), not_begun(2)]);
    kit.phone.fail_visit(FailedReason::OwnerAbsent, None).unwrap();
    let absent = (store(1), WhyMissing::Failed(FailedReason::OwnerAbsent));
    assert_eq!(why(&mut kit), [absent, not_begun(2)]);
    kit.phone.begin_visit(store(2)).unwrap();
    let reason = "no_time".parse().unwrap();
    kit.save(&Line::Skip { step: Step::StockCount, reason });
    kit.phone.check_out().unwrap();
    assert_eq!(why(&mut kit), [absent, (store(2), WhyMissing::NotCounted(reason))]);
    kit.die();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.phone.check_out().unwrap();
    assert_eq!(why(&mut kit), [(store(2), WhyMissing::NotCounted(reason))]);
    kit.at("2026-08-03", "09:00");
    assert_eq!(why(&mut kit), [not_begun(1), not_begun(2)], "another day knows nothing of it");
}

#[test]
fn a_store_that_left_the_phone_is_neither_a_stop_nor_missing() {
    let mut kit = Kit::new();
    let gone = Change::Delete { table: "store".into(), key: store(2).to_string() };
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[gone], "d").unwrap();
    let stops: Vec<_> = kit.phone.today().unwrap().stops.iter().map(|stop| stop.store).collect();
    let report = kit.phone.day_report().unwrap();
    assert_eq!((stops, missing(&report)), (vec![store(1)], vec![not_begun(1)]));
    assert_eq!(report.summary.planned, 1);
    assert_eq!(kit.phone.close_day().unwrap().summary, report.summary);
}

#[test]
fn a_store_that_leaves_the_phone_after_its_visit_stays_planned_and_visited() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(2)).unwrap();
    kit.count(NOODLES, 5);
    let gone = || Change::Delete { table: "store".into(), key: store(2).to_string() };
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[gone()], "d").unwrap();
    assert_eq!(missing(&kit.phone.day_report().unwrap()), [not_begun(1), (store(2), WhyMissing::Open)]);
    kit.phone.check_out().unwrap();
    let summary = kit.phone.close_day().unwrap().summary;
    assert_eq!((summary.planned, summary.visited), (2, 1));
}

#[test]
fn nothing_is_called_sent_before_the_server_said_so() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.phone.check_out().unwrap();
    let outbox = kit.phone.outbox().unwrap();
    assert_eq!((outbox.unsent, outbox.rows.len(), outbox.last_contact), (1, 1, None));
    assert_eq!(outbox.rows[0].verdict, None);
}

#[test]
fn a_record_names_its_store_and_that_of_a_day_names_none() {
    let mut kit = Kit::new();
    let sold = order(&mut kit, 1, 24);
    kit.phone.amend_order(sold.id, &[(sku(NOODLES), Units(48))]).unwrap();
    kit.phone.cancel_order(sold.id, "owner_changed_mind".parse().unwrap()).unwrap();
    kit.phone.note_store(store(2), "back door").unwrap();
    kit.phone.change_contact(store(2), Contact::default()).unwrap();
    kit.phone.close_day().unwrap();
    let named = |kit: &Kit| -> Vec<(String, Option<String>)> {
        let rows = kit.phone.outbox().unwrap().rows;
        rows.into_iter().rev().map(|row| (row.kind, row.store_name)).collect()
    };
    let of = |kind: &str, name: &str| (kind.to_owned(), Some(name.to_owned()));
    let mut expected = vec![
        of("visit_closed", "first"),
        of("order_amended", "first"),
        of("order_cancelled", "first"),
        of("store_note", "second"),
        of("store_contact_changed", "second"),
        ("day_closed".to_owned(), None),
    ];
    assert_eq!(named(&kit), expected);
    let gone = Change::Delete { table: "store".into(), key: store(1).to_string() };
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[gone], "d").unwrap();
    for row in &mut expected[..3] {
        row.1 = None;
    }
    assert_eq!(named(&kit), expected, "another rep's by now, and the records are there all the same");
}
