//! What competitors were seen to do, through the façade, on a real file with the rows that a server merges: what is offered in
//! the next shop, what is counted once, and what goes.

#[cfg(test)]
mod common;

#[cfg(test)]
mod judges {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use serde_json::{Value, json};
    use uuid::Uuid;
    use xundian_device::phone::{Phone, PhoneError, SeenAround};
    use xundian_device::store::{Change, MasterRow, Store};
    use xundian_device::visit_loop::Line;
    use xundian_domain::stamp::ZoneOffset;
    use xundian_domain::visit::PhotoRef;
    use xundian_domain::visit::competitor::{CompetitorFact, FactKind};
    use xundian_domain::visit::competitor_merge::SeenFact;
    use xundian_domain::{BusinessDate, DistributorNo, StoreId};
    use xundian_protocol::tables::{SeenIn, Table, fact_mark};

    use super::common::TestMachine;

    const MONDAY: &str = "2026-07-27";
    const TUESDAY: &str = "2026-07-28";
    const TERRITORY: &str = "rep/ZY01";

    /// A phone with two stores of D01 and a third one of D02.
    struct Kit {
        _folder: tempfile::TempDir,
        file: PathBuf,
        machine: TestMachine,
        phone: Phone,
    }

    fn store(n: u128) -> StoreId {
        StoreId(Uuid::from_u128(n))
    }

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn put(table: &str, key: String, value: &Value) -> Change {
        Change::Put { table: table.into(), row: MasterRow { key, value: value.to_string() } }
    }

    fn shop(n: u128, distributor: &str) -> Change {
        let id = store(n);
        let value = json!({
            "id": id, "number": format!("QD{n}"), "name": "n", "channel": "kiosk", "class": "C", "street": null,
            "address": "Road 1", "distributor": distributor, "frequency": "W1", "receiving_hours": "", "terms": "cash",
            "credit_limit": 0, "outstanding": 0, "price_list": "PL", "must_sell_list": "MS", "has_cooler": false,
            "has_backroom": false, "opened_by": null, "status": "approved",
        });
        put("store", id.to_string(), &value)
    }

    fn master() -> Vec<Change> {
        let weekdays = json!({"weekdays": [1, 2, 3, 4, 5], "exceptions": {}});
        let setting = json!({
            "company_no": "QD", "name": "n", "time_zone": "Asia/Shanghai", "zone": 28800,
            "week_anchor": "2026-06-01", "cycle_days_default": 7, "coefficient_default": 150, "rounding": "UP",
            "promise_max_days": 7, "count_list_weeks": 8, "expiry_ask_days": 60, "handling_days": 14,
            "owner_code_tries": 5, "same_share_alert_pct": 80,
        });
        let mut rows =
            vec![put("setting", "company".into(), &setting), put("calendar", "company".into(), &weekdays)];
        rows.extend([shop(1, "D01"), shop(2, "D01"), shop(3, "D02")]);
        rows
    }

    fn fact(item: &str, to: Option<&str>) -> CompetitorFact {
        CompetitorFact {
            brand: "统一".into(),
            item: item.into(),
            kind: FactKind::Promotion,
            value: "10箱搭1箱".into(),
            from: None,
            to: to.map(date),
            photo: Some(PhotoRef { sha256: "0".repeat(64), len: 9 }),
        }
    }

    /// The server's line of D01 about a fact.
    fn line(fact: &CompetitorFact, stores: u32, last: &str) -> Change {
        let seen = SeenFact {
            brand: fact.brand.clone(),
            item: fact.item.clone(),
            kind: fact.kind,
            value: fact.value.clone(),
            from: fact.from,
            to: fact.to,
            stores,
            since: date("2026-07-20"),
            last: date(last),
        };
        let area: DistributorNo = "D01".parse().unwrap();
        put(SeenFact::NAME, SeenFact::key((area, fact.key())), &serde_json::to_value(seen).unwrap())
    }

    /// The server's word about which facts were seen in a store.
    fn seen_in(n: u128, facts: &[&CompetitorFact]) -> Change {
        let marks = SeenIn(facts.iter().map(|fact| fact_mark(fact.key())).collect());
        put(SeenIn::NAME, SeenIn::key(store(n)), &serde_json::to_value(marks).unwrap())
    }

    impl Kit {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("phone.db");
            let mut db = Store::open(&file).unwrap();
            db.set(&[("rep", "ZY01")]).unwrap();
            db.apply_page(TERRITORY, &master(), "c").unwrap();
            drop(db);
            let machine = TestMachine { now: Arc::new(AtomicI64::new(0)), next: 7 };
            let phone = Phone::open(&file, Box::new(machine.clone())).unwrap();
            let kit = Self { _folder: folder, file, machine, phone };
            kit.at(MONDAY);
            kit
        }

        fn at(&self, day: &str) {
            let moment = ZoneOffset::CHINA.moment(date(day), "09:00".parse().unwrap());
            self.machine.now.store(moment.0, Ordering::Relaxed);
        }

        fn pull(&self, rows: &[Change]) {
            Store::open(&self.file).unwrap().apply_page(TERRITORY, rows, "d").unwrap();
        }

        fn tell(&mut self, n: u128, told: &CompetitorFact) {
            self.phone.begin_visit(store(n)).unwrap();
            self.phone.save_line(&Line::Competitor(told.clone())).unwrap();
            self.phone.check_out().unwrap();
        }

        fn around(&mut self, n: u128) -> Vec<SeenAround> {
            self.phone.seen_around(store(n)).unwrap()
        }

        /// Item, stores and whether it was seen here.
        fn short(&mut self, n: u128) -> Vec<(String, u32, bool)> {
            self.around(n).into_iter().map(|seen| (seen.item, seen.stores, seen.here)).collect()
        }

        fn own_rows(&self) -> usize {
            Store::open(&self.file).unwrap().masters("sighting", "").unwrap().len()
        }
    }

    fn said(item: &str, stores: u32, here: bool) -> (String, u32, bool) {
        (item.to_owned(), stores, here)
    }

    #[test]
    fn what_she_saw_in_one_shop_is_offered_in_the_next_one_without_a_network() {
        let mut kit = Kit::new();
        let told = fact("鲜橙多", Some("2026-08-31"));
        kit.phone.begin_visit(store(1)).unwrap();
        kit.phone.save_line(&Line::Competitor(told.clone())).unwrap();
        assert_eq!(kit.around(1), [], "the open visit is no part of it");
        kit.phone.check_out().unwrap();
        let monday = date(MONDAY);
        let offered = SeenAround {
            brand: told.brand,
            item: told.item,
            kind: told.kind,
            value: told.value,
            from: None,
            to: told.to,
            stores: 1,
            since: monday,
            last: monday,
            here: false,
        };
        assert_eq!(kit.around(2), std::slice::from_ref(&offered));
        assert_eq!(kit.around(1), [SeenAround { here: true, ..offered }]);
        assert_eq!(kit.around(3), [], "another distributor's area");
        let unknown = kit.phone.seen_around(store(9));
        assert!(matches!(unknown, Err(PhoneError::UnknownStore(id)) if id == store(9)));
    }

    #[test]
    fn what_the_server_has_counted_is_counted_once_and_what_it_has_not_is_added() {
        let mut kit = Kit::new();
        let told = fact("鲜橙多", None);
        kit.pull(&[line(&told, 3, "2026-07-25"), line(&fact("老坛", None), 5, "2026-07-24")]);
        assert_eq!(kit.short(1), [said("老坛", 5, false), said("鲜橙多", 3, false)]);
        kit.tell(1, &told);
        kit.tell(2, &told);
        kit.tell(2, &told);
        assert_eq!(
            kit.short(1),
            [said("鲜橙多", 5, true), said("老坛", 5, false)],
            "of as many stores the newest first"
        );
        // The night has heard of the first visit.
        kit.pull(&[line(&told, 4, MONDAY), seen_in(1, &[&told])]);
        assert_eq!(kit.short(1), [said("鲜橙多", 5, true), said("老坛", 5, false)]);
        // And of the second one.
        kit.pull(&[line(&told, 5, MONDAY), seen_in(2, &[&told])]);
        assert_eq!(kit.short(2), [said("鲜橙多", 5, true), said("老坛", 5, false)]);
        let seen = &kit.around(2)[0];
        assert_eq!((seen.since, seen.last), (date("2026-07-20"), date(MONDAY)));
    }

    #[test]
    fn what_has_ended_or_is_older_than_four_weeks_is_offered_no_more_and_its_row_goes() {
        let mut kit = Kit::new();
        kit.tell(1, &fact("ends", Some(MONDAY)));
        kit.tell(1, &fact("stays", None));
        kit.pull(&[line(&fact("told", Some(MONDAY)), 3, MONDAY)]);
        assert_eq!(kit.around(2).len(), 3);
        kit.at(TUESDAY);
        assert_eq!(kit.short(2), [said("stays", 1, false)]);
        kit.at("2026-08-23");
        assert_eq!(kit.short(2), [said("stays", 1, false)], "the 28th day");
        kit.at("2026-08-24");
        assert_eq!(kit.short(1), []);
        assert_eq!(kit.own_rows(), 2);
        kit.tell(2, &fact("new", None));
        assert_eq!((kit.own_rows(), kit.short(2)), (1, vec![said("new", 1, true)]));
    }

    #[test]
    fn what_a_clock_that_runs_ahead_has_dated_is_not_offered_today_and_takes_nothing_true_along() {
        let mut kit = Kit::new();
        let noon = ZoneOffset::CHINA.moment(date(MONDAY), "12:00".parse().unwrap());
        Store::open(&kit.file).unwrap().set(&[("last_contact", &noon.0.to_string())]).unwrap();
        kit.tell(1, &fact("true", None));
        kit.at("2027-07-27");
        kit.tell(2, &fact("ahead", None));
        kit.at(TUESDAY);
        assert_eq!(kit.short(1), [said("true", 1, true)]);
        kit.tell(2, &fact("next", None));
        assert_eq!(kit.own_rows(), 2, "the one of next year went");
    }

    #[test]
    fn what_was_seen_in_a_store_that_has_left_the_phone_is_the_servers_to_count() {
        let mut kit = Kit::new();
        let told = fact("鲜橙多", None);
        kit.tell(2, &told);
        kit.pull(&[line(&told, 1, MONDAY)]);
        assert_eq!(kit.short(1), [said("鲜橙多", 2, false)], "it does not know yet that both are one");
        kit.pull(&[Change::Delete { table: "store".into(), key: store(2).to_string() }]);
        assert_eq!(kit.short(1), [said("鲜橙多", 1, false)]);
    }
}
