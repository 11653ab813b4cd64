//! A phone on a real file with hand-made master data: two stores on Monday's route, and what a rep does there.

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::json;
use uuid::Uuid;
use xundian_device::phone::Phone;
use xundian_device::store::{Change, Heard, MasterRow, Store};
use xundian_device::visit_loop::{Line, Receiver};
use xundian_domain::location::Fix;
use xundian_domain::order::Order;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::visit::Visit;
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount};
use xundian_domain::{RecordId, Sku, StoreId, Units};
use xundian_protocol::push::Kind;

use super::common::TestMachine;

pub(crate) const NOODLES: &str = "21010019";
pub(crate) const TEA: &str = "22070012";
pub(crate) const MONDAY: &str = "2026-07-27";

/// A phone with two stores on Monday's route, one SKU at 46.00 a case of 24 and one at 30.00 a case of 15.
pub(crate) struct Kit {
    _folder: tempfile::TempDir,
    pub(crate) file: PathBuf,
    machine: TestMachine,
    deaths: Rc<Cell<u64>>,
    pub(crate) phone: Phone,
}

impl Kit {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn at(&self, date: &str, time: &str) {
        let moment = ZoneOffset::CHINA.moment(date.parse().unwrap(), time.parse().unwrap());
        self.machine.now.store(moment.0, Ordering::Relaxed);
    }

    pub(crate) fn die(&mut self) {
        self.deaths.set(self.deaths.get() + 1);
        let mut machine = self.machine.clone();
        machine.next = 1_000 + self.deaths.get();
        self.phone = Phone::open(&self.file, Box::new(machine)).unwrap();
    }

    pub(crate) fn save(&mut self, line: &Line) {
        self.phone.save_line(line).unwrap();
    }

    pub(crate) fn count(&mut self, code: &str, units: u32) {
        self.save(&counted(code, units));
    }

    pub(crate) fn want(&mut self, code: &str, units: u32) {
        self.save(&Line::Intention { sku: sku(code), units: Units(units), reason: None });
    }

    pub(crate) fn sealed(&self) -> Vec<(String, String)> {
        let db = Store::open(&self.file).unwrap();
        let facts = db.facts_after(0, 100).unwrap();
        facts.into_iter().map(|fact| (fact.sealed.kind, fact.sealed.body)).collect()
    }

    pub(crate) fn visits(&self) -> Vec<Visit> {
        let visits = self.sealed().into_iter().filter(|(kind, _)| kind == Kind::VisitClosed.as_str());
        visits.map(|(_, body)| serde_json::from_str(&body).unwrap()).collect()
    }
}

/// A kit whose phone can sign.
pub(crate) fn enrolled() -> Kit {
    let kit = Kit::new();
    let (install, key) = (Uuid::from_u128(9).to_string(), "07".repeat(32));
    let settings = [("install", install.as_str()), ("device_key", key.as_str()), ("token", "t")];
    Store::open(&kit.file).unwrap().set(&settings).unwrap();
    kit
}

pub(crate) fn store(n: u128) -> StoreId {
    StoreId(Uuid::from_u128(n))
}

pub(crate) fn sku(code: &str) -> Sku {
    code.parse().unwrap()
}

pub(crate) fn put(table: &str, key: String, value: &serde_json::Value) -> Change {
    Change::Put { table: table.into(), row: MasterRow { key, value: value.to_string() } }
}

pub(crate) fn product(code: &str, name: &str, case: u32, position: u32) -> Change {
    let value = json!({
        "sku": code, "name": name, "brand": "b", "category": "c", "series": "s", "spec": "1", "unit": "u",
        "case": case, "order_unit": "case", "order_multiple": 1, "shelf_life_days": null, "new_window": null,
        "launch": "2018-01-01", "season": "FLAT", "coefficient_hundredths": 150, "position": position,
    });
    put("product", code.into(), &value)
}

pub(crate) fn shop(n: u128, name: &str) -> Change {
    let id = store(n);
    let value = json!({
        "id": id, "number": format!("QD{n}"), "name": name, "channel": "kiosk", "class": "C", "street": null,
        "address": "Road 1", "distributor": "D01", "frequency": "W1", "receiving_hours": "", "terms": "cash",
        "credit_limit": 0, "outstanding": 0, "price_list": "PL", "must_sell_list": "MS", "has_cooler": false,
        "has_backroom": false, "opened_by": null, "status": "approved",
    });
    put("store", id.to_string(), &value)
}

pub(crate) fn route(n: u128) -> serde_json::Value {
    json!({"rep": "ZY01", "weekday": 1, "pattern": "EVERY", "seq": n, "store": store(n),
       "valid_from": "2026-06-01", "valid_to": null})
}

pub(crate) fn master() -> Vec<Change> {
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

pub(crate) fn counted(code: &str, units: u32) -> Line {
    Line::Count(CountRow {
        sku: sku(code),
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(units)),
        backroom: PlaceCount::NotCounted,
        cooler: PlaceCount::NotCounted,
        expiry: None,
    })
}

pub(crate) fn boss() -> Receiver {
    Receiver { name: "王老板".to_owned(), phone: "19900001002".to_owned() }
}

/// An order of so many noodles, with somebody to ask for.
pub(crate) fn order(kit: &mut Kit, shop: u128, units: u32) -> Order {
    kit.phone.begin_visit(store(shop)).unwrap();
    kit.count(NOODLES, 5);
    kit.want(NOODLES, units);
    kit.phone.save_line(&Line::Receiver(boss())).unwrap();
    kit.phone.check_out().unwrap().order.unwrap().0
}

/// The server's word about the n-th fact, from 1.
pub(crate) fn answer(kit: &Kit, n: u64, verdict: &str) {
    let verdict = (fact(kit, n), verdict.to_owned());
    Store::open(&kit.file).unwrap().record_verdicts(&[verdict], &heard(n, 5)).unwrap();
}

/// The n-th fact, from 1.
pub(crate) fn fact(kit: &Kit, n: u64) -> RecordId {
    Store::open(&kit.file).unwrap().facts_after(n - 1, 1).unwrap()[0].sealed.id
}

/// The server is heard at noon of a day.
pub(crate) fn hear_on(kit: &Kit, acked_dseq: u64, date: &str) {
    let noon = ZoneOffset::CHINA.moment(date.parse().unwrap(), "12:00".parse().unwrap());
    Store::open(&kit.file).unwrap().hear(&heard(acked_dseq, noon.0)).unwrap();
}

pub(crate) fn heard(acked_dseq: u64, server_time: i64) -> Heard {
    Heard { epoch: Uuid::nil(), acked_dseq, durable_upto: 0, server_time, at_boot: "x/0".to_owned() }
}

/// A fix so many metres north of the first store.
pub(crate) fn north_of_the_first(kit: &Kit, metres: f64) -> Fix {
    let rows = [put("location", store(1).to_string(), &json!([3_606_350, 12_030_510]))];
    Store::open(&kit.file).unwrap().apply_page("rep/ZY01", &rows, "d").unwrap();
    Fix { latitude: 36.0635 + metres / 111_195.0, longitude: 120.3051, accuracy_m: 12.0, mock: false }
}
