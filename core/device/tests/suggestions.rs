//! Suggestions through the façade, on a real file with the rows that a server publishes: who speaks and why, what is doubted,
//! what is opened, what is said beside the order, and what of it is sealed.

#[cfg(test)]
mod common;

#[cfg(test)]
mod judges {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use serde_json::{Value, json};
    use uuid::Uuid;
    use xundian_device::phone::{Phone, PromoName, SuggestionRow};
    use xundian_device::store::{Change, MasterRow, Store};
    use xundian_device::visit_loop::Line;
    use xundian_domain::order::PaymentForm;
    use xundian_domain::stamp::ZoneOffset;
    use xundian_domain::suggestion::decision::Fallback;
    use xundian_domain::suggestion::opening::Gap;
    use xundian_domain::suggestion::question::{Doubt, Question};
    use xundian_domain::suggestion::shaping::{Gives, Hint};
    use xundian_domain::suggestion::{Advice, Belief, PolicyKind};
    use xundian_domain::visit::Visit;
    use xundian_domain::visit::stock_count::{CountRow, DeliverySeen, Entry, PlaceCount};
    use xundian_domain::{Fen, Sku, StoreId, Units};
    use xundian_protocol::push::Kind;

    use super::common::TestMachine;

    const NOODLES: &str = "21010019";
    const SPICY: &str = "21010026";
    const NEW: &str = "21010099";
    const WATER: &str = "31000001";
    const MONDAY: &str = "2026-07-27";
    const NEXT_MONDAY: &str = "2026-08-03";

    struct Kit {
        _folder: tempfile::TempDir,
        file: PathBuf,
        machine: TestMachine,
        phone: Phone,
    }

    fn count_row(code: &str, units: u32) -> CountRow {
        CountRow {
            sku: sku(code),
            entry: Entry::Stepped,
            shelf: PlaceCount::Counted(Units(units)),
            backroom: PlaceCount::NotCounted,
            cooler: PlaceCount::NotCounted,
            expiry: None,
        }
    }

    fn shop() -> StoreId {
        StoreId(Uuid::from_u128(1))
    }

    fn sku(code: &str) -> Sku {
        code.parse().unwrap()
    }

    fn put(table: &str, key: &str, value: &Value) -> Change {
        Change::Put { table: table.into(), row: MasterRow { key: key.into(), value: value.to_string() } }
    }

    fn product(code: &str, series: &str, position: u32, new_window: &Value) -> Change {
        let value = json!({
            "sku": code, "name": code, "brand": "b", "category": series, "series": series, "spec": "1", "unit": "u",
            "case": 12, "order_unit": "case", "order_multiple": 1, "shelf_life_days": 180, "new_window": new_window,
            "launch": "2018-01-01", "season": "FLAT", "coefficient_hundredths": 150, "position": position,
        });
        put("product", code, &value)
    }

    fn setting(suggestion: &Value) -> Change {
        let value = json!({
            "company_no": "QD", "name": "n", "time_zone": "Asia/Shanghai", "zone": 28800,
            "week_anchor": "2026-06-01", "cycle_days_default": 7, "coefficient_default": 150, "rounding": "UP",
            "promise_max_days": 7, "count_list_weeks": 8, "expiry_ask_days": 60, "handling_days": 14,
            "owner_code_tries": 5, "same_share_alert_pct": 80, "suggestion": suggestion,
        });
        put("setting", "company", &value)
    }

    fn base_stock() -> Change {
        setting(&json!({"policy": "base_stock", "service": 950}))
    }

    fn route(weekday: u8) -> Change {
        let row = json!({"rep": "ZY01", "weekday": weekday, "pattern": "EVERY", "seq": 1, "store": shop(),
            "valid_from": "2026-06-01", "valid_to": null});
        put("route", "ZY01", &json!([row]))
    }

    /// Noodles sell 6 a week in kiosks of class C, the spicy ones 10; nobody has sold the new ones.
    fn rates() -> Change {
        put("rates", "kiosk/C", &json!([[NOODLES, 600_000, 1_000_000], [SPICY, 1_000_000, 1_000_000]]))
    }

    fn shop_row() -> Change {
        let value = json!({
            "id": shop(), "number": "QD1", "name": "first", "channel": "kiosk", "class": "C", "street": null,
            "address": "Road 1", "distributor": "D01", "frequency": "W1", "receiving_hours": "", "terms": "weekly",
            "credit_limit": 10_000, "outstanding": 7_000, "price_list": "PL", "must_sell_list": "MS",
            "has_cooler": false, "has_backroom": false, "opened_by": null, "status": "approved",
        });
        put("store", &shop().to_string(), &value)
    }

    fn master() -> Vec<Change> {
        let price = json!([{"case_price": 4600, "valid_from": "2026-01-01", "valid_to": null}]);
        let weekdays = json!({"weekdays": [1, 2, 3, 4, 5], "exceptions": {}});
        let distributor = json!({
            "no": "D01", "name": "d", "cutoff": "20:00", "lead_days": 1, "late": "next_day",
            "accept_by_minutes": 30, "windows": "09:00-10:00;14:00-16:00",
            "capacity": {"vehicles": 1, "stops": 10, "cases": 100}, "payment_forms": ["cash", "on_account"],
        });
        let must = |code: &str| json!({"sku": code, "kind": "MSL", "active_from": null, "min_facings": 2});
        let mut rows = vec![
            setting(&json!({"policy": "one_and_a_half", "service": 950})),
            put("distributor", "D01", &distributor),
            put("calendar", "company", &weekdays),
            put("calendar", "distributor/D01", &weekdays),
            product(NOODLES, "面", 1, &Value::Null),
            product(SPICY, "面", 2, &Value::Null),
            product(NEW, "面", 3, &json!(["2026-07-01", "2026-12-31"])),
            product(WATER, "水", 4, &Value::Null),
            put("must_sell", "MS", &json!([must(SPICY), must(NOODLES)])),
            shop_row(),
            route(1),
        ];
        rows.extend([NOODLES, SPICY, NEW, WATER].map(|code| put("price", &format!("PL/{code}"), &price)));
        rows
    }

    impl Kit {
        fn new(more: &[Change]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("phone.db");
            let mut db = Store::open(&file).unwrap();
            db.set(&[("rep", "ZY01")]).unwrap();
            db.apply_page("rep/ZY01", &master(), "c").unwrap();
            db.apply_page("rep/ZY01", more, "d").unwrap();
            drop(db);
            let machine = TestMachine { now: Arc::new(AtomicI64::new(0)), next: 7 };
            let phone = Phone::open(&file, Box::new(machine.clone())).unwrap();
            let mut kit = Self { _folder: folder, file, machine, phone };
            kit.visit_on(MONDAY);
            kit
        }

        fn visit_on(&mut self, date: &str) {
            let moment = ZoneOffset::CHINA.moment(date.parse().unwrap(), "09:00".parse().unwrap());
            self.machine.now.store(moment.0, Ordering::Relaxed);
            self.phone.begin_visit(shop()).unwrap();
        }

        fn pull(&mut self, rows: &[Change]) {
            Store::open(&self.file).unwrap().apply_page("rep/ZY01", rows, "e").unwrap();
        }

        fn save(&mut self, line: &Line) {
            self.phone.save_line(line).unwrap();
        }

        fn count(&mut self, code: &str, units: u32) {
            self.save(&Line::Count(count_row(code, units)));
        }

        fn want(&mut self, code: &str, units: u32, reason: Option<&str>) {
            let reason = reason.map(|code| code.parse().unwrap());
            self.save(&Line::Intention { sku: sku(code), units: Units(units), reason });
        }

        fn rows(&mut self) -> Vec<SuggestionRow> {
            self.phone.suggestions().unwrap()
        }

        fn row(&mut self, code: &str) -> SuggestionRow {
            self.rows().into_iter().find(|row| row.sku == sku(code)).unwrap()
        }

        fn order(&mut self) -> Vec<String> {
            self.rows().iter().map(|row| row.sku.to_string()).collect()
        }

        fn check_out(&mut self) -> Visit {
            self.phone.check_out().unwrap();
            let facts = Store::open(&self.file).unwrap().facts_after(0, 100).unwrap();
            let last = facts.iter().rfind(|fact| fact.sealed.kind == Kind::VisitClosed.as_str()).unwrap();
            serde_json::from_str(&last.sealed.body).unwrap()
        }

        /// Two Mondays: 10 noodles, 24 come, 8 are left.
        fn two_weeks(more: &[Change]) -> Self {
            let mut kit = Self::new(more);
            kit.count(NOODLES, 10);
            kit.want(NOODLES, 24, None);
            let order = kit.phone.check_out().unwrap().order.unwrap().0;
            kit.visit_on(NEXT_MONDAY);
            kit.count(NOODLES, 8);
            kit.save(&Line::DeliverySeen(DeliverySeen {
                order: order.id,
                lines: vec![(sku(NOODLES), Units(24)).into()],
            }));
            kit
        }

        fn question(&mut self, code: &str) -> Option<Question> {
            let items = self.phone.count_items().unwrap();
            items.into_iter().find(|item| item.sku == sku(code)).unwrap().question
        }
    }

    fn suggest(row: &SuggestionRow) -> u32 {
        match row.advice {
            Advice::Suggest(suggestion) => suggestion.suggest.0,
            other => panic!("no number: {other:?}"),
        }
    }

    #[test]
    fn the_class_says_who_speaks_and_the_other_stands_beside_it() {
        let by_rule = Kit::two_weeks(&[rates()]).row(NOODLES);
        let by_base_stock = Kit::two_weeks(&[rates(), base_stock()]).row(NOODLES);
        assert_eq!((by_rule.spoke, suggest(&by_rule)), (PolicyKind::OneAndAHalf, 31));
        assert_eq!(by_base_stock.spoke, PolicyKind::BaseStock);
        assert_eq!(
            (Some(by_rule.advice), Some(by_base_stock.advice)),
            (by_base_stock.shadow, by_rule.shadow)
        );
        assert_ne!(by_rule.advice, by_base_stock.advice);
        let of_class =
            json!({"policy": "one_and_a_half", "service": 950, "classes": {"C": {"policy": "base_stock"}}});
        assert_eq!(Kit::two_weeks(&[rates(), setting(&of_class)]).row(NOODLES).spoke, PolicyKind::BaseStock);
    }

    #[test]
    fn the_line_says_how_long_it_must_last_by_the_calendar_of_the_promise() {
        let why = Kit::two_weeks(&[rates(), base_stock()]).row(NOODLES).why.unwrap();
        assert_eq!((why.days, why.at_hand, why.policy), (8, Units(8), PolicyKind::BaseStock));
        // visited on Fridays: the order of that Friday comes on Monday
        let why = Kit::two_weeks(&[rates(), base_stock(), route(5)]).row(NOODLES).why.unwrap();
        assert_eq!(why.days, 7);
    }

    #[test]
    fn what_is_missing_is_said_and_the_rule_speaks() {
        let no_prior = Kit::two_weeks(&[base_stock()]).row(NOODLES);
        assert_eq!((no_prior.fallback, suggest(&no_prior)), (Some(Fallback::NoPrior), 31));
        let no_route = put("route", "ZY01", &json!([]));
        let no_calendar = Kit::two_weeks(&[rates(), base_stock(), no_route]).row(NOODLES);
        assert_eq!((no_calendar.fallback, suggest(&no_calendar)), (Some(Fallback::NoCalendar), 31));
        let mut kit = Kit::new(&[rates(), base_stock()]);
        kit.count("99999999", 3);
        let unknown = kit.row("99999999");
        assert_eq!((unknown.fallback, unknown.advice), (Some(Fallback::UnknownSku), Advice::FirstCount));
        kit.count(NOODLES, 10);
        kit.check_out();
        kit.visit_on("2027-07-26");
        kit.count(NOODLES, 8);
        assert_eq!(kit.row(NOODLES).fallback, None);
        kit.check_out();
        kit.visit_on("2028-07-31");
        kit.count(NOODLES, 8);
        assert_eq!(kit.row(NOODLES).fallback, Some(Fallback::LongGap));
    }

    #[test]
    fn a_phone_goes_on_from_what_the_server_remembers() {
        let fresh = Kit::two_weeks(&[rates(), base_stock()]).row(NOODLES);
        let busy =
            json!({"date": "2026-07-20", "at": 0, "states": [[NOODLES, 500f32.to_bits(), 8f32.to_bits()]]});
        let told = put("belief", &shop().to_string(), &busy);
        let known: Belief = serde_json::from_value(busy).unwrap();
        assert_eq!(known.state(sku(NOODLES)).sales(), 500.0);
        let row = Kit::two_weeks(&[rates(), base_stock(), told]).row(NOODLES);
        assert!(suggest(&row) > 2 * suggest(&fresh), "60 a week are remembered: {row:?}");
        assert_eq!(
            row.shadow.map(|advice| advice.quantity()),
            Some(Some(Units(36))),
            "the rule saw one week"
        );
    }

    #[test]
    fn an_event_ahead_is_provided_for() {
        let fair = json!({"id": "E01", "name": "fair", "kind": "festival", "from": "2026-08-03", "to": "2026-08-09",
            "of": "面", "multiplier": 200, "prior_weight": 25, "learnt": {NOODLES: 2000}});
        let usual = suggest(&Kit::two_weeks(&[rates(), base_stock()]).row(NOODLES));
        let fair =
            suggest(&Kit::two_weeks(&[rates(), base_stock(), put("event", "E01/面", &fair)]).row(NOODLES));
        assert!(fair > usual + 10, "{fair} against {usual}");
    }

    #[test]
    fn what_was_suggested_what_was_agreed_and_why_are_sealed_with_who_said_it() {
        let mut kit = Kit::two_weeks(&[rates(), base_stock()]);
        let row = kit.row(NOODLES);
        kit.want(NOODLES, 12, Some("shelf_space"));
        let visit = kit.check_out();
        let line = &visit.steps().unwrap().suggested_order.done().unwrap().lines[0];
        assert_eq!((line.sku, line.suggested, line.intended), (sku(NOODLES), row.suggested, Units(12)));
        assert_eq!(line.reason, Some("shelf_space".parse().unwrap()));
        assert_eq!((line.policy, line.fallback, line.shadow), (PolicyKind::BaseStock, None, Some(Units(36))));
        let order = visit.order().unwrap();
        assert_eq!((order.lines[0].intended, order.lines[0].confirmed), (Units(12), Units(12)));
    }

    #[test]
    fn three_cases_entered_as_three_bottles_are_questioned_once_and_stand_as_confirmed() {
        let mut kit = Kit::new(&[rates()]);
        kit.count(NOODLES, 50);
        kit.check_out();
        kit.visit_on(NEXT_MONDAY);
        assert_eq!(kit.question(NOODLES), None, "nothing is entered");
        kit.count(NOODLES, 3);
        let asked = Question { doubt: Doubt::CasesAsUnits, likely: Some(Units(36)) };
        assert_eq!(kit.question(NOODLES), Some(asked));
        let stands = Line::Stands { sku: sku(NOODLES), units: Units(3) };
        kit.save(&stands);
        assert_eq!(kit.question(NOODLES), None);
        kit.count(NOODLES, 4);
        assert!(kit.question(NOODLES).is_some(), "another count is another question");
        kit.phone.take_back(&Line::Count(count_row(NOODLES, 4))).unwrap();
        kit.count(NOODLES, 3);
        assert!(kit.question(NOODLES).is_some(), "the word went with its count");
        kit.save(&stands);
        kit.count(NOODLES, 36);
        assert_eq!(kit.question(NOODLES), None);
        kit.count(NOODLES, 3);
        let count = kit.check_out().steps().unwrap().stock_count.done().unwrap().clone();
        assert_eq!(count.rows[0].shelf, PlaceCount::Counted(Units(3)), "the rep's word is what is sealed");
    }

    #[test]
    fn more_than_can_be_there_and_ten_times_the_usual_are_questioned() {
        let mut kit = Kit::new(&[rates()]);
        for (code, units) in [(NOODLES, 5), (SPICY, 300), (WATER, 300)] {
            kit.count(code, units);
        }
        kit.check_out();
        kit.visit_on(NEXT_MONDAY);
        for (code, units) in [(NOODLES, 9), (SPICY, 130), (WATER, 130)] {
            kit.count(code, units);
        }
        let elsewhere = Question { doubt: Doubt::BoughtElsewhere, likely: Some(Units(4)) };
        assert_eq!(kit.question(NOODLES), Some(elsewhere));
        let jump = Question { doubt: Doubt::SoldTooMuch, likely: None };
        assert_eq!(kit.question(SPICY), Some(jump));
        assert_eq!(kit.question(WATER), None, "nobody knows what water sells");
    }

    #[test]
    fn a_new_product_is_opened_by_its_series_and_a_gap_by_its_own_sales_elsewhere() {
        let mut kit = Kit::new(&[rates()]);
        for code in [NOODLES, SPICY, NEW, WATER] {
            kit.count(code, 0);
        }
        let new = kit.row(NEW);
        let opening = new.opening.unwrap();
        assert_eq!(
            (opening.gap, opening.quantity.0 % 12, new.spoke),
            (Gap::Launch, 0, PolicyKind::OneAndAHalf)
        );
        assert_eq!(new.advice, Advice::FirstCount, "the rule still has no number");
        assert_eq!(new.suggested, Some(opening.quantity));
        let (noodles, spicy) = (kit.row(NOODLES).opening.unwrap(), kit.row(SPICY).opening.unwrap());
        assert_eq!((noodles.gap, spicy.gap), (Gap::MustSell, Gap::MustSell));
        assert!(noodles.target < opening.target && opening.target < spicy.target, "6, 8 and 10 a week");
        assert!(opening.quantity <= Units(24), "class C tries two packs");
        let water = kit.row(WATER);
        assert_eq!((water.gap, water.suggested), (None, None));
        kit.want(NEW, 12, Some("shelf_space"));
        let visit = kit.check_out();
        let lines = &visit.steps().unwrap().suggested_order.done().unwrap().lines;
        let sealed = lines.iter().find(|line| line.sku == sku(NEW)).unwrap();
        assert_eq!((sealed.opening, sealed.suggested), (Some(Gap::Launch), Some(opening.quantity)));
    }

    #[test]
    fn a_gap_without_any_knowledge_has_its_place_and_no_made_up_number() {
        let mut kit = Kit::new(&[]);
        kit.count(WATER, 0);
        kit.count(SPICY, 0);
        kit.count(NEW, 0);
        assert_eq!(kit.order(), [NEW, SPICY, WATER]);
        let spicy = kit.row(SPICY);
        assert_eq!((spicy.gap, spicy.opening, spicy.suggested), (Some(Gap::MustSell), None, None));
    }

    #[test]
    fn a_gap_that_stays_empty_never_gets_the_rules_nought() {
        let mut kit = Kit::new(&[]);
        for date in [NEXT_MONDAY, "2026-08-10"] {
            kit.count(SPICY, 0);
            kit.count(WATER, 0);
            kit.rows();
            kit.check_out();
            kit.visit_on(date);
        }
        kit.count(SPICY, 0);
        kit.count(WATER, 0);
        let (spicy, water) = (kit.row(SPICY), kit.row(WATER));
        assert_eq!((spicy.gap, spicy.opening), (Some(Gap::MustSell), None));
        assert_eq!((spicy.suggested, spicy.why), (None, None), "nothing sold where nothing was");
        assert_eq!(
            (water.gap, water.suggested),
            (None, Some(Units(0))),
            "what need not be there may be nought"
        );
        let visit = kit.check_out();
        let lines = &visit.steps().unwrap().suggested_order.done().unwrap().lines;
        assert_eq!(lines.iter().find(|line| line.sku == sku(SPICY)).unwrap().suggested, None);
    }

    #[test]
    fn an_empty_shelf_whose_goods_are_on_their_way_has_its_nought_and_says_why() {
        let mut kit = Kit::new(&[rates()]);
        kit.count(SPICY, 0);
        kit.want(SPICY, 96, None);
        kit.check_out();
        kit.visit_on("2026-07-28");
        kit.count(SPICY, 0);
        let spicy = kit.row(SPICY);
        assert_eq!(
            (spicy.gap, spicy.opening, spicy.inputs.in_transit),
            (Some(Gap::MustSell), None, Units(96))
        );
        assert_eq!((spicy.suggested, spicy.why.is_some()), (Some(Units(0)), true), "{spicy:?}");
    }

    #[test]
    fn a_no_with_its_reason_puts_a_product_last_for_four_weeks() {
        let mut kit = Kit::new(&[rates()]);
        for code in [NOODLES, SPICY, NEW, WATER] {
            kit.count(code, 0);
        }
        assert_eq!(kit.order(), [NEW, NOODLES, SPICY, WATER]);
        kit.want(NEW, 0, Some("shelf_space"));
        kit.want(SPICY, 0, None);
        kit.check_out();
        let orders = ["2026-08-03", "2026-08-17", "2026-08-24"].map(|date| {
            kit.visit_on(date);
            for code in [SPICY, NEW, WATER] {
                kit.count(code, 0);
            }
            let no = kit.row(NEW).declined.map(|no| no.reason.to_string());
            let order = kit.order();
            kit.check_out();
            (order, no)
        });
        let last = vec![SPICY.to_owned(), WATER.to_owned(), NEW.to_owned()];
        assert_eq!(orders[0], (last.clone(), Some("shelf_space".to_owned())));
        assert_eq!(orders[1].0, last);
        assert_eq!(orders[2], (vec![NEW.to_owned(), SPICY.to_owned(), WATER.to_owned()], None));
    }

    #[test]
    fn a_yes_ends_a_no() {
        let mut kit = Kit::new(&[rates()]);
        kit.count(NEW, 0);
        kit.rows();
        kit.want(NEW, 0, Some("shelf_space"));
        kit.check_out();
        kit.visit_on(NEXT_MONDAY);
        kit.count(NEW, 0);
        assert!(kit.row(NEW).declined.is_some());
        kit.want(NEW, 12, None);
        kit.check_out();
        kit.visit_on("2026-08-04");
        kit.count(NEW, 0);
        assert_eq!(kit.row(NEW).declined, None);
    }

    fn named(no: &str, name: &str) -> PromoName {
        PromoName { promo: no.parse().unwrap(), name: name.to_owned() }
    }

    #[test]
    fn promotions_that_apply_or_are_within_reach_have_their_names_and_no_other_has() {
        let gift = |no: &str, name: &str, of: &str| {
            let value = json!({
                "no": no, "name": name, "valid_from": "2026-07-01", "valid_to": "2026-12-31", "skus": [of],
                "channels": [], "classes": [], "distributors": [], "mix": true, "cap_times": 1, "cap_qty": null,
                "cap_period": "order", "group": null, "rule": "INDEPENDENT", "priority": 1,
                "benefit": {"buy_gift": {"min_qty": 2, "unit": "case", "gift": NOODLES, "gift_units": 12}},
            });
            put("promotion", no, &value)
        };
        let rows =
            [gift("P1", "满2送1", NOODLES), gift("P2", "nearly", SPICY), gift("P3", "not begun", WATER)];
        let mut kit = Kit::new(&rows);
        kit.want(NOODLES, 24, None);
        kit.want(SPICY, 12, None);
        let quote = kit.phone.quote().unwrap();
        assert_eq!((quote.promos.len(), quote.missing.len()), (1, 1));
        assert_eq!(quote.promo_names, [named("P1", "满2送1"), named("P2", "nearly")]);
    }

    #[test]
    fn a_benefit_within_reach_and_a_limit_that_is_passed_are_said_and_change_nothing() {
        let promotion = json!({
            "no": "P2601", "name": "10+1", "valid_from": "2026-07-01", "valid_to": "2026-12-31", "skus": [NOODLES],
            "channels": [], "classes": [], "distributors": [], "mix": true, "cap_times": null, "cap_qty": null,
            "cap_period": "order", "group": null, "rule": "INDEPENDENT", "priority": 1,
            "benefit": {"buy_gift": {"min_qty": 10, "unit": "case", "gift": NOODLES, "gift_units": 12}},
        });
        let mut kit = Kit::new(&[]);
        kit.pull(&[put("promotion", "P2601", &promotion)]);
        kit.want(NOODLES, 8 * 12, None);
        let quote = kit.phone.quote().unwrap();
        let gives = Gives::Gift(sku(NOODLES), Units(12));
        let [Hint::NextBenefit { missing, gives: given, .. }] = quote.hints.as_slice() else {
            panic!("one hint: {:?}", quote.hints)
        };
        assert_eq!((*missing, *given), (quote.missing[0].missing, gives));
        assert_eq!(quote.promo_names, [named("P2601", "10+1")]);
        assert_eq!((quote.lines[0].confirmed, quote.total), (Units(96), Fen(36_800)));
        kit.save(&Line::Payment(PaymentForm::OnAccount));
        let over = Hint::OverCredit { by: Fen(7_000 + 36_800 - 10_000) };
        assert!(kit.phone.quote().unwrap().hints.contains(&over));
        kit.want(NOODLES, 3 * 12, None);
        kit.save(&Line::Payment(PaymentForm::Cash));
        assert_eq!(kit.phone.quote().unwrap().hints, []);
    }
}
