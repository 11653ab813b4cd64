//! The visit loop through the façade, on a real file with hand-made master data. "The app dies" = the phone is dropped
//! and opened again from its file, which is all that a dead app leaves behind.

#[cfg(test)]
mod common;

#[cfg(test)]
mod judges {
    use std::cell::Cell;
    use std::path::PathBuf;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use ed25519_dalek::SigningKey;
    use serde_json::json;
    use uuid::Uuid;
    use xundian_device::phone::{
        Awaited, DayReport, Phone, PhoneError, PhotoShows, PhotoState, PromiseLight, StopState, VisitPhoto,
    };
    use xundian_device::store::{Change, Heard, MasterRow, Store};
    use xundian_device::visit_loop::{Line, Receiver};
    use xundian_domain::location::Fix;
    use xundian_domain::order::Promise;
    use xundian_domain::order_state::{CancelCause, OrderState};
    use xundian_domain::route_plan::Spot;
    use xundian_domain::stamp::ZoneOffset;
    use xundian_domain::store::{Channel, StoreOpened};
    use xundian_domain::suggestion::Advice;
    use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
    use xundian_domain::visit::display::CheckMade;
    use xundian_domain::visit::missing::WhyMissing;
    use xundian_domain::visit::stock_count::{CountRow, DeliverySeen, Entry, PlaceCount};
    use xundian_domain::visit::{
        DistanceBand, FailedReason, PhotoRef, Step, Visit, VisitResult, Whereabouts,
    };
    use xundian_domain::{BusinessDate, OrderId, Sku, StoreId, Units};
    use xundian_protocol::push::{Kind, OrderEffect, Verdict, Went};
    use xundian_protocol::tables::{Contact, OrderStanding};

    use super::common::TestMachine;

    const NOODLES: &str = "21010019";
    const TEA: &str = "22070012";
    const MONDAY: &str = "2026-07-27";

    /// A phone with two stores on Monday's route, one SKU at 46.00 a case of 24 and one at 30.00 a case of 15.
    struct Kit {
        _folder: tempfile::TempDir,
        file: PathBuf,
        machine: TestMachine,
        deaths: Rc<Cell<u64>>,
        phone: Phone,
    }

    fn store(n: u128) -> StoreId {
        StoreId(Uuid::from_u128(n))
    }

    fn sku(code: &str) -> Sku {
        code.parse().unwrap()
    }

    fn put(table: &str, key: String, value: &serde_json::Value) -> Change {
        Change::Put { table: table.into(), row: MasterRow { key, value: value.to_string() } }
    }

    fn product(code: &str, name: &str, case: u32, position: u32) -> Change {
        let value = json!({
            "sku": code, "name": name, "brand": "b", "category": "c", "series": "s", "spec": "1", "unit": "u",
            "case": case, "order_unit": "case", "order_multiple": 1, "shelf_life_days": null, "new_window": null,
            "launch": "2018-01-01", "season": "FLAT", "coefficient_hundredths": 150, "position": position,
        });
        put("product", code.into(), &value)
    }

    fn shop(n: u128, name: &str) -> Change {
        let id = store(n);
        let value = json!({
            "id": id, "number": format!("QD{n}"), "name": name, "channel": "kiosk", "class": "C", "street": null,
            "address": "Road 1", "distributor": "D01", "frequency": "W1", "receiving_hours": "", "terms": "cash",
            "credit_limit": 0, "outstanding": 0, "price_list": "PL", "must_sell_list": "MS", "has_cooler": false,
            "has_backroom": false, "opened_by": null, "status": "approved",
        });
        put("store", id.to_string(), &value)
    }

    fn route(n: u128) -> serde_json::Value {
        json!({"rep": "ZY01", "weekday": 1, "pattern": "EVERY", "seq": n, "store": store(n),
           "valid_from": "2026-06-01", "valid_to": null})
    }

    fn master() -> Vec<Change> {
        let price = |fen: i64| json!([{"case_price": fen, "valid_from": "2026-01-01", "valid_to": null}]);
        let weekdays = json!({"weekdays": [1, 2, 3, 4, 5], "exceptions": {}});
        vec![
            put(
                "setting",
                "company".into(),
                &json!({
                    "company_no": "QD", "name": "n", "time_zone": "Asia/Shanghai", "zone": 28800,
                    "week_anchor": "2026-06-01", "cycle_days_default": 7, "coefficient_default": 150, "rounding": "UP",
                    "promise_max_days": 7, "count_list_weeks": 8, "expiry_ask_days": 60, "handling_days": 14,
                    "owner_code_tries": 5, "same_share_alert_pct": 80,
                }),
            ),
            put(
                "distributor",
                "D01".into(),
                &json!({
                    "no": "D01", "name": "d", "cutoff": "20:00", "lead_days": 1, "late": "next_day",
                    "accept_by_minutes": 30, "windows": "09:00-10:00;14:00-16:00",
                    "capacity": {"vehicles": 1, "stops": 10, "cases": 100}, "payment_forms": ["cash", "on_account"],
                }),
            ),
            put("calendar", "company".into(), &weekdays),
            put("calendar", "distributor/D01".into(), &weekdays),
            product(NOODLES, "noodles", 24, 1),
            product(TEA, "tea", 15, 2),
            put("price", format!("PL/{NOODLES}"), &price(4600)),
            put("price", format!("PL/{TEA}"), &price(3000)),
            put(
                "must_sell",
                "MS".into(),
                &json!([{"sku": NOODLES, "kind": "MSL", "active_from": null, "min_facings": 2}]),
            ),
            shop(1, "first"),
            shop(2, "second"),
            put("route", "ZY01".into(), &json!([route(1), route(2)])),
        ]
    }

    impl Kit {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("phone.db");
            let mut db = Store::open(&file).unwrap();
            db.set(&[("rep", "ZY01")]).unwrap();
            db.apply_page("rep/ZY01", &master(), "c").unwrap();
            drop(db);
            let moment = ZoneOffset::CHINA.moment(MONDAY.parse().unwrap(), "09:00".parse().unwrap());
            let machine = TestMachine { now: Arc::new(AtomicI64::new(moment.0)), next: 7 };
            let phone = Phone::open(&file, Box::new(machine.clone())).unwrap();
            Self { _folder: folder, file, machine, deaths: Rc::default(), phone }
        }

        fn at(&self, date: &str, time: &str) {
            let moment = ZoneOffset::CHINA.moment(date.parse().unwrap(), time.parse().unwrap());
            self.machine.now.store(moment.0, Ordering::Relaxed);
        }

        fn die(&mut self) {
            self.deaths.set(self.deaths.get() + 1);
            let mut machine = self.machine.clone();
            machine.next = 1_000 + self.deaths.get();
            self.phone = Phone::open(&self.file, Box::new(machine)).unwrap();
        }

        fn save(&mut self, line: &Line) {
            self.phone.save_line(line).unwrap();
        }

        fn count(&mut self, code: &str, units: u32) {
            self.save(&counted(code, units));
        }

        fn want(&mut self, code: &str, units: u32) {
            self.save(&Line::Intention { sku: sku(code), units: Units(units), reason: None });
        }

        fn sealed(&self) -> Vec<(String, String)> {
            let db = Store::open(&self.file).unwrap();
            let facts = db.facts_after(0, 100).unwrap();
            facts.into_iter().map(|fact| (fact.sealed.kind, fact.sealed.body)).collect()
        }

        fn visits(&self) -> Vec<Visit> {
            let visits = self.sealed().into_iter().filter(|(kind, _)| kind == Kind::VisitClosed.as_str());
            visits.map(|(_, body)| serde_json::from_str(&body).unwrap()).collect()
        }
    }

    fn counted(code: &str, units: u32) -> Line {
        Line::Count(CountRow {
            sku: sku(code),
            entry: Entry::Stepped,
            shelf: PlaceCount::Counted(Units(units)),
            backroom: PlaceCount::NotCounted,
            cooler: PlaceCount::NotCounted,
            expiry: None,
        })
    }

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
        assert_eq!(kit.phone.store_card(store(1)).unwrap().promise, PromiseLight::OnItsWay);
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
            ("short", Some("late_upload"), PromiseLight::Short),
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
        let fewer =
            put("calendar", "distributor/D01".into(), &json!({"weekdays": [2, 3, 4], "exceptions": {}}));
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
        let Advice::Suggest(suggestion) = kit.phone.suggestions().unwrap()[0].advice else {
            panic!("no number")
        };
        assert_eq!(
            (suggestion.sold, suggestion.suggest, suggestion.quantity),
            (Some(Units(26)), Units(31), Units(48))
        );
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
        let last: xundian_domain::order::OrderCancelled = serde_json::from_str(&kit.sealed()[2].1).unwrap();
        assert_eq!(last.base_version, 2, "the amendment was version 2");
        let changed = kit.phone.amend_order(order.id, &[(sku(NOODLES), Units(24))]);
        assert!(matches!(changed, Err(PhoneError::OrderOver(_))), "nothing brings it back");
        let cancelled = OrderState::Cancelled { cause: CancelCause::Owner };
        assert_eq!(kit.phone.order_card(order.id).unwrap().state, Some(cancelled));
        let card = kit.phone.store_card(store(1)).unwrap();
        assert!(card.last_order.is_none_or(|last| last.state == cancelled));
        let unknown = xundian_domain::OrderId(Uuid::nil());
        assert!(matches!(kit.phone.amend_order(unknown, &[]), Err(PhoneError::UnknownOrder(_))));
    }

    fn boss() -> Receiver {
        Receiver { name: "王老板".to_owned(), phone: "19900001002".to_owned() }
    }

    /// An order of so many noodles, with somebody to ask for.
    fn order(kit: &mut Kit, shop: u128, units: u32) -> xundian_domain::order::Order {
        kit.phone.begin_visit(store(shop)).unwrap();
        kit.count(NOODLES, 5);
        kit.want(NOODLES, units);
        kit.phone.save_line(&Line::Receiver(boss())).unwrap();
        kit.phone.check_out().unwrap().order.unwrap().0
    }

    /// A page of a sync beside the screens: where an order of the first store stands at the server.
    fn page(kit: &Kit, order: OrderId, version: u32) {
        let state = OrderState::Waiting { day: "2026-07-28".parse().unwrap(), late: false };
        let standing = serde_json::to_value(OrderStanding { store: store(1), version, state }).unwrap();
        let rows = [put("order_state", order.to_string(), &standing)];
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    }

    /// The server's word about the n-th fact, from 1.
    fn answer(kit: &Kit, n: u64, verdict: &str) {
        let mut db = Store::open(&kit.file).unwrap();
        let id = db.facts_after(n - 1, 1).unwrap()[0].sealed.id;
        let (epoch, at_boot) = (Uuid::nil(), "x/0".to_owned());
        let heard = Heard { epoch, acked_dseq: n, durable_upto: 0, server_time: 5, at_boot };
        db.record_verdicts(&[(id, verdict.to_owned())], &heard).unwrap();
    }

    const APPLIED: &str = r#"{"verdict":"applied"}"#;

    /// The version that the last fact, a cancellation, is based on.
    fn cancelled_on(kit: &mut Kit, order: OrderId) -> u32 {
        kit.phone.cancel_order(order, "owner_changed_mind".parse().unwrap()).unwrap();
        let (_, body) = kit.sealed().pop().unwrap();
        serde_json::from_str::<xundian_domain::order::OrderCancelled>(&body).unwrap().base_version
    }

    #[test]
    fn a_change_keeps_the_day_that_the_server_moved_and_counts_no_more_when_it_came_too_late() {
        let mut kit = Kit::new();
        let order = order(&mut kit, 1, 24);
        answer(&kit, 1, APPLIED);
        let moved = OrderState::Waiting { day: "2026-07-30".parse().unwrap(), late: true };
        let standing = OrderStanding { store: store(1), version: 1, state: moved };
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

    /// A fix so many metres north of the first store.
    fn north_of_the_first(kit: &Kit, metres: f64) -> Fix {
        let rows = [put("location", store(1).to_string(), &json!([3_606_350, 12_030_510]))];
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
        Fix { latitude: 36.0635 + metres / 111_195.0, longitude: 120.3051, accuracy_m: 12.0, mock: false }
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
        assert!(
            matches!(again, Err(PhoneError::UnknownStore(_))),
            "from then on it is another rep's: {again:?}"
        );
    }

    #[test]
    fn another_wish_ends_what_was_agreed_before_it_and_the_same_one_does_not() {
        let mut kit = Kit::new();
        kit.phone.begin_visit(store(1)).unwrap();
        kit.want(NOODLES, 24);
        kit.save(&Line::Confirmed { sku: sku(NOODLES), units: Units::ZERO });
        kit.want(NOODLES, 24);
        assert!(kit.phone.quote().unwrap().lines.is_empty(), "the step was only looked through");
        kit.want(NOODLES, 48);
        assert_eq!(kit.phone.quote().unwrap().lines[0].confirmed, Units(48));
        let order = kit.phone.check_out().unwrap().order.unwrap().0;
        assert_eq!(order.lines[0].confirmed, Units(48));
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
        let beside: Vec<_> =
            facts.iter().map(|fact| fact.sealed.private.clone().unwrap_or_default()).collect();
        assert_eq!(beside[0], "", "nothing was ordered");
        assert!(beside[1].contains("王老板") && beside[1].contains("19900001002"), "{}", beside[1]);
        assert!(facts.iter().all(|fact| !fact.sealed.body.contains("王老板")), "never in the sealed bytes");
        assert!(facts[1].sealed.body.contains(&sold.id.to_string()));
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

    #[test]
    fn without_a_server_the_days_orders_are_a_slip_of_newest_versions_and_of_no_people() {
        let mut kit = Kit::new();
        assert!(matches!(kit.phone.order_slips(MONDAY.parse().unwrap()), Err(PhoneError::NotEnrolled)));
        let install = Uuid::from_u128(9).to_string();
        let settings = [("install", install.as_str()), ("device_key", &"07".repeat(32))];
        Store::open(&kit.file).unwrap().set(&settings).unwrap();
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
        let mut kit = Kit::new();
        let settings = [("install", &*Uuid::from_u128(9).to_string()), ("device_key", &*"07".repeat(32))];
        Store::open(&kit.file).unwrap().set(&settings).unwrap();
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
    fn no_distributor_reads_the_orders_of_another() {
        let mut kit = Kit::new();
        let mut db = Store::open(&kit.file).unwrap();
        db.set(&[("install", &Uuid::from_u128(9).to_string()), ("device_key", &"07".repeat(32))]).unwrap();
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

    #[test]
    fn a_new_store_is_found_visited_and_sold_to_at_once() {
        let mut kit = Kit::new();
        let opened = brand_new();
        let (distributor, list) = ("D01".parse().unwrap(), "PL".parse().unwrap());
        let id = kit.phone.open_store(opened, distributor, list, Some("owner".into()), None).unwrap();
        assert_eq!(kit.phone.search_stores("BRAND").unwrap()[0].store, id);
        kit.phone.begin_visit(id).unwrap();
        kit.want(NOODLES, 24);
        assert!(kit.phone.check_out().unwrap().order.is_some());
        assert!(!kit.sealed()[0].1.contains("owner"), "the owner's name travels beside the fact");
        let rows = kit.phone.outbox().unwrap().rows;
        let named: Vec<_> = rows.iter().map(|row| row.store_name.as_deref()).collect();
        assert_eq!(named, [Some("brand new"); 2], "nobody else knows it yet");
        assert_eq!(kit.phone.day_report().unwrap().summary.new_stores, 1);
    }

    fn brand_new() -> StoreOpened {
        StoreOpened {
            id: StoreId(Uuid::nil()),
            name: "brand new".into(),
            channel: Channel::Kiosk,
            street: "370202004".parse().unwrap(),
            address: "Road 9".into(),
            receiving_hours: "".parse().unwrap(),
        }
    }

    /// A store in a street.
    fn shop_in(n: u128, street: &str) -> Change {
        let Change::Put { table, mut row } = shop(n, "shop") else { panic!("no store") };
        row.value = row.value.replace("\"street\":null", &format!("\"street\":\"{street}\""));
        Change::Put { table, row }
    }

    /// Two stores in one street, and one in each of two others.
    fn streets(kit: &Kit) {
        let streets = ["370202004", "370202001", "370202001", "370202009"];
        let rows: Vec<_> = (1..).zip(streets).map(|(n, street)| shop_in(n, street)).collect();
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    }

    /// The office names two of them, and says that another distributor delivers in the one with two stores.
    fn areas(kit: &Kit) {
        let area = |code: &str, street: &str, distributor: &str| {
            let area =
                json!({"code": code, "street": street, "district": "South", "distributor": distributor});
            put("area", code.into(), &area)
        };
        let rows = [area("370202001", "Hill", "D02"), area("370202004", "Shore", "D01")];
        Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "e").unwrap();
    }

    #[test]
    fn a_street_is_picked_by_name_the_most_used_first_and_the_nearest_where_the_phone_knows_its_place() {
        let mut kit = Kit::new();
        assert!(kit.phone.streets().unwrap().is_empty(), "no store of this phone says its street");
        streets(&kit);
        let told = |kit: &Kit| -> Vec<_> {
            let streets = kit.phone.streets().unwrap().into_iter();
            streets.map(|of| (of.code.to_string(), of.name, of.district, of.stores, of.distance_m)).collect()
        };
        let of = |code: &str, name: &str, district: &str, stores: u32, metres: Option<u32>| {
            (code.to_owned(), name.to_owned(), district.to_owned(), stores, metres)
        };
        let unnamed = |code: &str, stores| of(code, code, "", stores, None);
        let no_names = [unnamed("370202001", 2), unnamed("370202004", 1), unnamed("370202009", 1)];
        assert_eq!(told(&kit), no_names, "before there were areas");
        areas(&kit);
        let hill = of("370202001", "Hill", "South", 2, None);
        let named = [hill.clone(), of("370202004", "Shore", "South", 1, None)];
        assert_eq!(told(&kit), named, "the third would be refused");
        let fix = north_of_the_first(&kit, 30.0);
        kit.phone.stand_at(Some(fix));
        assert_eq!(told(&kit), [of("370202004", "Shore", "South", 1, Some(30)), hill]);
    }

    #[test]
    fn the_street_of_a_new_store_says_who_delivers_and_one_of_no_area_is_refused() {
        let mut kit = Kit::new();
        streets(&kit);
        let open = |kit: &mut Kit, street: &str| {
            let opened = StoreOpened { street: street.parse().unwrap(), ..brand_new() };
            let id = kit.phone.open_store_nearby(opened, None, None)?;
            Ok::<_, PhoneError>(kit.phone.store_card(id)?.shop.distributor.to_string())
        };
        assert_eq!(open(&mut kit, "370202008").unwrap(), "D01", "before there were areas nobody knew");
        areas(&kit);
        assert_eq!(open(&mut kit, "370202001").unwrap(), "D02");
        assert_eq!(open(&mut kit, "370202004").unwrap(), "D01");
        let refused = open(&mut kit, "370202009");
        assert!(
            matches!(refused, Err(PhoneError::UnknownStreet(of)) if of.as_str() == "370202009"),
            "{refused:?}"
        );
        assert_eq!(kit.sealed().len(), 3, "nothing of it stays");
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

    fn missing(report: &DayReport) -> Vec<(StoreId, WhyMissing)> {
        report.missing.iter().map(|missing| (missing.store, missing.why)).collect()
    }

    fn not_begun(n: u128) -> (StoreId, WhyMissing) {
        (store(n), WhyMissing::NotBegun)
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

    #[test]
    fn a_visit_says_how_many_of_its_photos_wait_and_is_complete_without_them() {
        let mut kit = Kit::new();
        kit.phone.begin_visit(store(1)).unwrap();
        let before = kit.phone.keep_photo(b"shelf").unwrap();
        kit.save(&Line::PhotoBefore(before.clone()));
        let after = kit.phone.keep_photo(b"better").unwrap();
        kit.save(&Line::PhotoAfter(after));
        kit.phone.keep_photo(b"of nothing").unwrap();
        kit.phone.check_out().unwrap();
        let outbox = kit.phone.outbox().unwrap();
        assert_eq!((outbox.rows[0].photos, outbox.photos.count, outbox.photos.bytes), (2, 3, 21));
        Store::open(&kit.file).unwrap().photo_sent(&before.sha256).unwrap();
        assert_eq!(kit.phone.outbox().unwrap().rows[0].photos, 1);
    }

    #[test]
    fn the_photos_of_the_open_visit_are_found_again_and_read_until_the_server_has_them() {
        let mut kit = Kit::new();
        assert!(matches!(kit.phone.visit_photos(), Err(PhoneError::NoVisit)));
        kit.phone.begin_visit(store(1)).unwrap();
        let before = kit.phone.keep_photo(b"shelf").unwrap();
        let after = kit.phone.keep_photo(b"better").unwrap();
        let seen = kit.phone.keep_photo(b"their price").unwrap();
        kit.phone.keep_photo(b"of nothing").unwrap();
        kit.save(&Line::PhotoAfter(after.clone()));
        kit.save(&Line::PhotoBefore(before.clone()));
        kit.save(&Line::Competitor(CompetitorFact {
            brand: "b".into(),
            item: "i".into(),
            kind: FactKind::Price,
            value: "v".into(),
            from: None,
            to: None,
            photo: Some(seen.clone()),
        }));
        Store::open(&kit.file).unwrap().photo_sent(&before.sha256).unwrap();
        kit.die();
        let photo = |photo: &PhotoRef, shows, state| VisitPhoto { photo: photo.clone(), shows, state };
        let mut found = kit.phone.visit_photos().unwrap();
        found.sort_by_key(|photo| photo.shows as u8);
        let expected = [
            photo(&before, PhotoShows::Before, PhotoState::Sent),
            photo(&after, PhotoShows::After, PhotoState::Waiting),
            photo(&seen, PhotoShows::Competitor, PhotoState::Waiting),
        ];
        assert_eq!(found, expected);
        let read = |photo: &PhotoRef| kit.phone.kept_photo(photo).unwrap();
        assert_eq!(read(&after).as_deref(), Some(&b"better"[..]));
        assert_eq!(read(&before), None, "it is the server's");
        let outside = PhotoRef { sha256: "../phone.db".into(), len: 1 };
        assert_eq!(read(&outside), None, "no other file is a photo");
        std::fs::remove_file(kit.file.with_extension("photos").join(&after.sha256)).unwrap();
        assert_eq!(read(&after), None);
    }

    #[test]
    fn case_13_an_app_killed_while_taking_a_photo_leaves_the_visit_and_no_half_photo() {
        let mut kit = Kit::new();
        kit.phone.begin_visit(store(1)).unwrap();
        kit.count(NOODLES, 5);
        let kept = kit.phone.keep_photo(b"shelf").unwrap();
        // Killed between the row and the whole file: what lies there is a half one.
        let folder = kit.file.with_extension("photos");
        std::fs::rename(folder.join(&kept.sha256), folder.join(format!("{}.half", kept.sha256))).unwrap();
        kit.die();
        assert_eq!(kit.phone.count_items().unwrap().len(), 1);
        assert_eq!(kit.phone.keep_photo(b"shelf").unwrap(), kept, "taken again, it is whole");
        let files: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, [kept.sha256.as_str()]);
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
}
