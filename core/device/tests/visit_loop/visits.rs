//! Visits: begun, interrupted, ended; what is counted and suggested in them, and where they were.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use xundian_device::phone::{Awaited, Phone, PhoneError, StopState};
use xundian_device::store::{Change, Store};
use xundian_device::visit_loop::Line;
use xundian_domain::location::Fix;
use xundian_domain::order::PickUp;
use xundian_domain::route_plan::Spot;
use xundian_domain::suggestion::Advice;
use xundian_domain::visit::display::CheckMade;
use xundian_domain::visit::stock_count::{CountRow, DeliverySeen, PlaceCount};
use xundian_domain::visit::{DistanceBand, FailedReason, Step, StepOutcome, VisitResult, Whereabouts};
use xundian_domain::{BusinessDate, Units};

use super::common::TestMachine;
use super::kit::{Kit, MONDAY, NOODLES, TEA, counted, north_of_the_first, product, sku, store};

#[test]
fn the_app_may_die_between_any_two_calls() {
    let mut kit = Kit::new();
    kit.die();
    let visit = kit.phone.begin_visit(store(1)).unwrap();
    for line in [
        counted(NOODLES, 5),
        Line::Intention { sku: sku(NOODLES), units: Units(24), reason: None },
        Line::Check(CheckMade { no: 1, value: 2 }),
        Line::Finished(Step::Competitor),
    ] {
        kit.die();
        kit.save(&line);
    }
    kit.die();
    let view = kit.phone.current_visit().unwrap().unwrap();
    assert_eq!((view.visit, view.store), (visit, store(1)));
    assert_eq!(view.lines.len(), 4);
    let done = kit.phone.check_out().unwrap();
    assert_eq!(done.result, VisitResult::Complete);
    kit.die();
    assert!(kit.phone.current_visit().unwrap().is_none());
    assert_eq!(kit.visits().len(), 1);
}

#[test]
fn the_route_shows_what_is_done_and_what_is_not() {
    let mut kit = Kit::new();
    let states = |kit: &mut Kit| -> Vec<StopState> {
        kit.phone.today().unwrap().stops.iter().map(|stop| stop.state).collect()
    };
    assert_eq!(states(&mut kit), [StopState::ToDo, StopState::ToDo]);
    kit.phone.begin_visit(store(1)).unwrap();
    assert_eq!(states(&mut kit), [StopState::Visiting, StopState::ToDo]);
    kit.phone.fail_visit(FailedReason::Closed, None).unwrap();
    kit.phone.begin_visit(store(2)).unwrap();
    kit.count(NOODLES, 5);
    kit.phone.check_out().unwrap();
    assert_eq!(states(&mut kit), [StopState::Failed, StopState::Done(VisitResult::Partial)]);
    assert_eq!(kit.phone.today().unwrap().unsent, 2);
}

#[test]
fn a_check_in_elsewhere_closes_the_open_visit_as_partial_and_the_same_store_goes_on() {
    let mut kit = Kit::new();
    let first = kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    assert_eq!(kit.phone.begin_visit(store(1)).unwrap(), first);
    kit.phone.begin_visit(store(2)).unwrap();
    let visits = kit.visits();
    assert_eq!((visits.len(), visits[0].store), (1, store(1)));
    assert_eq!(visits[0].result(), VisitResult::Partial);
    assert!(visits[0].is_visited(), "the count was done");
}

#[test]
fn a_visit_over_midnight_belongs_to_its_check_in() {
    let mut kit = Kit::new();
    kit.at(MONDAY, "23:50");
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.at("2026-07-28", "00:10");
    kit.phone.check_out().unwrap();
    assert_eq!(kit.visits()[0].date, MONDAY.parse::<BusinessDate>().unwrap());
}

#[test]
fn the_next_weeks_suggestion_knows_the_own_visit_before_any_server_does() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 10);
    assert!(matches!(kit.phone.suggestions().unwrap()[0].advice, Advice::FirstCount));
    kit.want(NOODLES, 24);
    let (order, _) = kit.phone.check_out().unwrap().order.unwrap();
    kit.at("2026-08-03", "09:00");
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 8);
    assert!(matches!(kit.phone.suggestions().unwrap()[0].advice, Advice::ReceiptUnknown), "did it come?");
    let items = kit.phone.count_items().unwrap();
    assert_eq!(items[0].did_it_come, [Awaited { order: order.id, units: Units(24) }]);
    let lines = vec![(sku(NOODLES), Units(24)).into()];
    kit.save(&Line::DeliverySeen(DeliverySeen { order: order.id, lines }));
    let Advice::Suggest(suggestion) = kit.phone.suggestions().unwrap()[0].advice else { panic!("no number") };
    assert_eq!(
        (suggestion.sold, suggestion.suggest, suggestion.quantity),
        (Some(Units(26)), Units(31), Units(48))
    );
}

#[test]
fn whether_a_delivery_came_is_asked_until_somebody_says_that_it_did() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 10);
    kit.want(NOODLES, 24);
    let (order, _) = kit.phone.check_out().unwrap().order.unwrap();
    for (date, came, is_asked) in
        [("2026-08-03", 0, true), ("2026-08-10", 12, true), ("2026-08-17", 24, false)]
    {
        kit.at(date, "09:00");
        kit.phone.begin_visit(store(1)).unwrap();
        let asked = [Awaited { order: order.id, units: Units(24) }];
        let asks = &kit.phone.count_items().unwrap()[0].did_it_come;
        assert_eq!(asks.as_slice(), if is_asked { &asked[..] } else { &[] }, "{date}");
        let lines = vec![(sku(NOODLES), Units(came)).into()];
        kit.save(&Line::DeliverySeen(DeliverySeen { order: order.id, lines }));
        kit.phone.check_out().unwrap();
    }
}

#[test]
fn a_sealed_suggestion_keeps_the_inputs_that_were_shown() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 10);
    kit.phone.suggestions().unwrap();
    kit.count(NOODLES, 99);
    kit.phone.check_out().unwrap();
    let visit = kit.visits().remove(0);
    let steps = visit.steps().unwrap();
    let line = &steps.suggested_order.done().unwrap().lines[0];
    assert_eq!(line.inputs.unwrap().count_now, Units(10));
    assert_eq!(steps.stock_count.done().unwrap().rows[0].shelf, PlaceCount::Counted(Units(99)));
}

#[test]
fn a_store_that_leaves_the_territory_while_the_rep_is_in_it_is_visited_to_the_end() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    let gone = Change::Delete { table: "store".into(), key: store(1).to_string() };
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &[gone], "d").unwrap();
    kit.die();
    assert_eq!(kit.phone.store_card(store(1)).unwrap().shop.name, "first");
    kit.want(NOODLES, 24);
    let order = kit.phone.check_out().unwrap().order.unwrap().0;
    assert_eq!((order.store, order.lines[0].confirmed), (store(1), Units(24)));
    let again = kit.phone.begin_visit(store(1));
    assert!(matches!(again, Err(PhoneError::UnknownStore(_))), "from then on it is another rep's: {again:?}");
}

#[test]
fn work_in_a_step_that_was_left_out_counts() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.save(&Line::Skip { step: Step::Display, reason: "no_time".parse().unwrap() });
    kit.save(&Line::Check(CheckMade { no: 1, value: 3 }));
    kit.phone.check_out().unwrap();
    let visit = kit.visits().remove(0);
    assert!(visit.steps().unwrap().display.done().is_some(), "{visit:?}");
}

#[test]
fn what_was_begun_in_a_step_that_was_left_out_is_kept_by_nobody() {
    let mut kit = Kit::new();
    let left_out = |step| Line::Skip { step, reason: "no_time".parse().unwrap() };
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.count(TEA, 3);
    kit.save(&Line::PickUp(PickUp { sku: sku(TEA), units: Units(3), reason: "expired".parse().unwrap() }));
    kit.want(NOODLES, 24);
    kit.save(&Line::Confirmed { sku: sku(TEA), units: Units(15) });
    assert_eq!((kit.phone.suggestions().unwrap().len(), kit.phone.quote().unwrap().pick_ups.len()), (2, 1));
    kit.save(&left_out(Step::StockCount));
    let lines = kit.phone.current_visit().unwrap().unwrap().lines;
    assert!(
        !lines.iter().any(|line| matches!(line, Line::Advised(_))),
        "also where nobody looks at step 2 again"
    );
    assert!(kit.phone.suggestions().unwrap().is_empty(), "no advice stands on a count that nobody keeps");
    assert_eq!(kit.phone.count_items().unwrap().len(), 2, "its own screen has it still");
    kit.save(&left_out(Step::SuggestedOrder));
    let quote = kit.phone.quote().unwrap();
    assert_eq!((quote.lines.len(), quote.lines[0].sku, quote.pick_ups.len()), (1, sku(TEA), 0));
    let order = kit.phone.check_out().unwrap().order.unwrap().0;
    assert_eq!((order.lines.len(), order.pick_ups.len()), (1, 0));
}

#[test]
fn what_was_confirmed_stands_though_the_step_of_the_wish_is_left_out_after_it() {
    let mut kit = Kit::new();
    let left_out = |step| Line::Skip { step, reason: "no_time".parse().unwrap() };
    let is_confirmed = |kit: &Kit| {
        let lines = kit.phone.current_visit().unwrap().unwrap().lines;
        lines.contains(&Line::Finished(Step::OrderConfirmation))
    };
    kit.phone.begin_visit(store(1)).unwrap();
    kit.count(NOODLES, 5);
    kit.phone.suggestions().unwrap();
    kit.save(&Line::PickUp(PickUp { sku: sku(TEA), units: Units(3), reason: "expired".parse().unwrap() }));
    kit.want(NOODLES, 24);
    kit.save(&Line::Finished(Step::OrderConfirmation));
    kit.save(&left_out(Step::SuggestedOrder));
    assert!(is_confirmed(&kit));
    assert_eq!(kit.phone.quote().unwrap().lines[0].confirmed, Units(24));
    kit.save(&left_out(Step::StockCount));
    assert!(!is_confirmed(&kit), "the driver takes nothing back now: that nobody has confirmed");
    kit.save(&Line::Finished(Step::OrderConfirmation));
    let order = kit.phone.check_out().unwrap().order.unwrap().0;
    assert_eq!((order.lines[0].confirmed, order.pick_ups.len()), (Units(24), 0));
}

#[test]
fn nobody_is_sold_anything_whose_confirmation_was_left_out() {
    let mut kit = Kit::new();
    kit.phone.begin_visit(store(1)).unwrap();
    kit.want(NOODLES, 24);
    kit.save(&Line::Confirmed { sku: sku(NOODLES), units: Units(48) });
    kit.save(&Line::Skip { step: Step::OrderConfirmation, reason: "owner_absent".parse().unwrap() });
    assert_eq!(kit.phone.check_out().unwrap().order, None);
    let visit = kit.visits().remove(0);
    let left_out = StepOutcome::Skipped { reason: "owner_absent".parse().unwrap() };
    assert_eq!(visit.steps().unwrap().order_confirmation, left_out);
    // Whoever came back to it and agreed on something after all.
    kit.phone.begin_visit(store(1)).unwrap();
    kit.save(&Line::Skip { step: Step::OrderConfirmation, reason: "owner_absent".parse().unwrap() });
    kit.save(&Line::Confirmed { sku: sku(NOODLES), units: Units(24) });
    assert_eq!(kit.phone.check_out().unwrap().order.unwrap().0.lines[0].confirmed, Units(24));
}

#[test]
fn the_earliest_expiry_is_asked_at_first_sight_and_when_it_comes_near() {
    let mut kit = Kit::new();
    let Change::Put { table, mut row } = product(NOODLES, "noodles", 24, 1) else { panic!("a put") };
    row.value = row.value.replace(r#""shelf_life_days":null"#, r#""shelf_life_days":180"#);
    let rows = [Change::Put { table, row }];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    let asked = |kit: &mut Kit| {
        kit.phone.begin_visit(store(1)).unwrap();
        let items = kit.phone.count_items().unwrap();
        assert_eq!(items[0].category, "c");
        items[0].asks_expiry
    };
    let seen = |kit: &mut Kit, expiry: Option<&str>| {
        let Line::Count(row) = counted(NOODLES, 5) else { panic!("a count") };
        kit.save(&Line::Count(CountRow { expiry: expiry.map(|date| date.parse().unwrap()), ..row }));
        kit.phone.check_out().unwrap();
    };
    assert!(asked(&mut kit), "never seen here");
    seen(&mut kit, Some("2026-10-20"));
    kit.at("2026-08-03", "09:00");
    assert!(!asked(&mut kit), "78 days are left");
    seen(&mut kit, None);
    kit.at("2026-08-24", "09:00");
    assert!(asked(&mut kit), "57 days are left of what was seen four weeks ago");
}

#[test]
fn a_visit_keeps_how_near_it_was_and_the_fix_goes_beside_it() {
    let mut kit = Kit::new();
    let fix = north_of_the_first(&kit, 30.0);
    kit.phone.stand_at(Some(fix));
    let stops = kit.phone.today().unwrap().stops;
    assert_eq!((stops[0].distance_m, stops[1].distance_m), (Some(30), None), "only one has a place");
    assert_eq!((stops[0].spot, stops[1].spot), (Some(Spot { x: 500, y: 500 }), None));
    let ends: [(Option<Fix>, DistanceBand, bool); 4] = [
        (Some(fix), DistanceBand::Near, false),
        (Some(north_of_the_first(&kit, 900.0)), DistanceBand::Far, false),
        (Some(Fix { mock: true, ..fix }), DistanceBand::Unknown, true),
        (None, DistanceBand::Unknown, false),
    ];
    for (n, (fix, band, mock)) in ends.into_iter().enumerate() {
        kit.phone.begin_visit(store(1)).unwrap();
        kit.phone.stand_at(fix);
        match n {
            1 => drop(kit.phone.fail_visit(FailedReason::Closed, None).unwrap()),
            _ => drop(kit.phone.check_out().unwrap()),
        }
        assert_eq!(kit.visits()[n].whereabouts, Whereabouts { band, mock }, "{n}");
    }
    let facts = Store::open(&kit.file).unwrap().facts_after(0, 9).unwrap();
    let beside = facts.iter().map(|fact| fact.sealed.private.clone().unwrap_or_default());
    let beside: Vec<String> = beside.collect();
    assert!(beside[0].contains("[[120.3051,36.06"), "east first, as the contract has it: {}", beside[0]);
    assert!(beside[1].contains("fixes") && !beside[2].contains("fixes"), "what is made up is no fix");
    assert!(facts.iter().all(|fact| !fact.sealed.body.contains("36.06")), "never in the sealed bytes");
}

#[test]
fn a_visit_that_the_next_check_in_ends_was_not_ended_there() {
    let mut kit = Kit::new();
    let fix = north_of_the_first(&kit, 0.0);
    kit.phone.begin_visit(store(1)).unwrap();
    kit.phone.stand_at(Some(fix));
    kit.phone.begin_visit(store(2)).unwrap();
    assert_eq!(kit.visits()[0].whereabouts.band, DistanceBand::Unknown);
}

#[test]
fn a_product_beyond_the_count_list_is_found_by_search() {
    let mut kit = Kit::new();
    let found = kit.phone.search_products("TEA").unwrap();
    assert_eq!(found.iter().map(|found| found.sku).collect::<Vec<_>>(), [sku(TEA)]);
    kit.phone.begin_visit(store(1)).unwrap();
    assert_eq!(kit.phone.count_items().unwrap().len(), 1);
    kit.count(TEA, 3);
    assert_eq!(kit.phone.count_items().unwrap().len(), 2, "what was entered is shown");
}

#[test]
fn before_enrolment_and_pull_every_question_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let machine = TestMachine { now: Arc::new(AtomicI64::new(0)), next: 1 };
    let mut phone = Phone::open(&folder.path().join("new.db"), Box::new(machine)).unwrap();
    assert!(matches!(phone.today(), Err(PhoneError::NotEnrolled)));
    assert!(matches!(phone.date(), Err(PhoneError::NotPulled)));
    assert!(matches!(phone.begin_visit(store(1)), Err(PhoneError::UnknownStore(_))));
    assert!(matches!(phone.check_out(), Err(PhoneError::NoVisit)));
}
