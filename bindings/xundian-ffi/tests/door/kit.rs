//! A phone with two stores on its route and one product, behind the door; a shell that can be made to fail.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use serde_json::{Value, json};
use xundian_device::store::{Change, MasterRow, Store};
use xundian_device::sync::Progress;
use xundian_domain::StoreId;
use xundian_domain::location::Fix;
use xundian_ffi::{
    Changed, Clocks, CoreError, KeyStore, LogLevel, NetworkState, Position, RepPhone, ShellError, Watcher,
};
use xundian_protocol::tables::StandardPicture;

pub(crate) const NOODLES: &str = "21010019";
/// Monday 2026-07-27, 09:00 in Qingdao.
const MONDAY: i64 = 1_785_114_000_000;

/// Clocks, key store and position.
pub(crate) struct Shell {
    now: AtomicI64,
    pub(crate) fails: AtomicBool,
    /// The rep saves data.
    pub(crate) saves_data: AtomicBool,
    /// The system does not say what the network is like.
    pub(crate) is_mute: AtomicBool,
}

impl Default for Shell {
    fn default() -> Self {
        let no = || AtomicBool::new(false);
        Self { now: AtomicI64::new(MONDAY), fails: no(), saves_data: no(), is_mute: no() }
    }
}

impl Shell {
    fn answer<T>(&self, answer: T) -> Result<T, ShellError> {
        if self.fails.load(Ordering::Relaxed) {
            return Err(ShellError::Failed { reason: "thrown".into() });
        }
        Ok(answer)
    }
}

impl Clocks for Shell {
    fn wall_ms(&self) -> Result<i64, ShellError> {
        self.answer(self.now.load(Ordering::Relaxed))
    }

    fn since_boot_ms(&self) -> Result<i64, ShellError> {
        self.answer(self.now.load(Ordering::Relaxed) - MONDAY + 60_000)
    }

    fn boot_id(&self) -> Result<String, ShellError> {
        self.answer("boot 7".into())
    }
}

impl KeyStore for Shell {
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, ShellError> {
        self.answer(secret.into_iter().rev().collect())
    }

    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, ShellError> {
        self.wrap(wrapped)
    }
}

impl Position for Shell {
    fn now(&self) -> Result<Option<Fix>, ShellError> {
        self.answer(Some(Fix { latitude: 36.06, longitude: 120.38, accuracy_m: 12.0, mock: false }))
    }
}

impl NetworkState for Shell {
    fn is_good_for_photos(&self) -> Result<bool, ShellError> {
        if self.is_mute.load(Ordering::Relaxed) {
            return Err(ShellError::Failed { reason: "thrown".into() });
        }
        Ok(!self.saves_data.load(Ordering::Relaxed))
    }
}

/// Hears, asks back, and may throw.
#[derive(Default)]
pub(crate) struct Ears {
    pub(crate) heard: Mutex<Vec<Changed>>,
    pub(crate) phone: Mutex<Option<Weak<RepPhone>>>,
    pub(crate) seen: AtomicUsize,
    pub(crate) throws: AtomicBool,
    pub(crate) warned: AtomicUsize,
    /// How often it heard how far a call is.
    pub(crate) steps: AtomicUsize,
    /// It stops what it hears of.
    pub(crate) cancels: AtomicBool,
    /// It pauses the phone from inside.
    pub(crate) pauses: AtomicBool,
    /// It asks for the route from inside of a long call, and keeps why it did not get it.
    pub(crate) asks: AtomicBool,
    pub(crate) refused: Mutex<Option<CoreError>>,
    /// It panics, which no shell can: as if the long call had a fault.
    pub(crate) breaks: AtomicBool,
}

impl Ears {
    fn answer(&self) -> Result<(), ShellError> {
        match self.throws.load(Ordering::Relaxed) {
            true => Err(ShellError::Failed { reason: "thrown".into() }),
            false => Ok(()),
        }
    }
}

impl Watcher for Ears {
    fn changed(&self, what: Changed) -> Result<(), ShellError> {
        self.heard.lock().unwrap().push(what);
        let phone = self.phone.lock().unwrap().as_ref().and_then(Weak::upgrade);
        if let Some(today) = phone.and_then(|phone| phone.today().ok()) {
            self.seen.store(today.stops.len(), Ordering::Relaxed);
        }
        self.answer()
    }

    fn progress(&self, _: Progress) -> Result<(), ShellError> {
        assert!(!self.breaks.load(Ordering::Relaxed), "the ears broke");
        self.steps.fetch_add(1, Ordering::Relaxed);
        let phone = self.phone.lock().unwrap().as_ref().and_then(Weak::upgrade);
        if let Some(phone) = phone {
            if self.cancels.load(Ordering::Relaxed) {
                phone.cancel().unwrap();
            }
            if self.pauses.load(Ordering::Relaxed) {
                phone.pause().unwrap();
            }
            if self.asks.load(Ordering::Relaxed) {
                *self.refused.lock().unwrap() = phone.today().err();
            }
        }
        self.answer()
    }

    fn log(&self, level: LogLevel, _: String) -> Result<(), ShellError> {
        self.warned.fetch_add(usize::from(level == LogLevel::Warning), Ordering::Relaxed);
        self.answer()
    }
}

pub(crate) struct Kit {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) phone: Arc<RepPhone>,
    pub(crate) shell: Arc<Shell>,
    pub(crate) ears: Arc<Ears>,
}

impl Kit {
    /// Nobody's phone.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::opened(folder)
    }

    /// A rep's phone that has pulled.
    pub(crate) fn filled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Store::open(&folder.path().join("phone.db")).unwrap();
        file.set(&[("rep", "ZY01")]).unwrap();
        file.apply_page("rep/ZY01", &master(), "c").unwrap();
        drop(file);
        Self::opened(folder)
    }

    /// As an app without a key store left it: enrolled at a server that nobody reaches.
    pub(crate) fn enrolled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Store::open(&folder.path().join("phone.db")).unwrap();
        enrol(&mut file, "http://127.0.0.1:9");
        drop(file);
        Self::opened(folder)
    }

    /// A rep's phone that has pulled, enrolled at a server.
    pub(crate) fn working_at(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Store::open(&folder.path().join("phone.db")).unwrap();
        enrol(&mut file, server);
        file.apply_page("rep/ZY01", &master(), "c").unwrap();
        drop(file);
        Self::opened(folder)
    }

    /// As a pull leaves it: the standard of both shops has this picture.
    pub(crate) fn name_picture(&self, bytes: &[u8]) {
        let picture = serde_json::to_value(StandardPicture::of(bytes)).unwrap();
        let mut file = Store::open(&self.folder.path().join("phone.db")).unwrap();
        file.apply_page("company", &[put("standard_picture", "DS-TR-C", &picture)], "c").unwrap();
    }

    /// A setting of the file.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        Store::open(&self.folder.path().join("phone.db")).unwrap().setting(name).unwrap()
    }

    /// Writes a setting beside the open phone, as an enrolment does.
    pub(crate) fn set(&self, name: &str, value: &str) {
        Store::open(&self.folder.path().join("phone.db")).unwrap().set(&[(name, value)]).unwrap();
    }

    /// The phone whose file lies in a folder, or a new one.
    pub(crate) fn opened(folder: tempfile::TempDir) -> Self {
        let (shell, ears) = (Arc::new(Shell::default()), Arc::new(Ears::default()));
        let path = folder.path().join("phone.db").to_string_lossy().into_owned();
        let phone = RepPhone::open(
            path,
            shell.clone(),
            Some(shell.clone()),
            Some(shell.clone()),
            Some(shell.clone()),
            Some(ears.clone()),
        )
        .unwrap();
        Self { folder, phone, shell, ears }
    }
}

fn enrol(file: &mut Store, server: &str) {
    let install = uuid::Uuid::from_u128(9).to_string();
    let key = "07".repeat(31) + "08";
    file.set(&[
        ("rep", "ZY01"),
        ("install", &install),
        ("device_key", &key),
        ("token", "t"),
        ("server", server),
    ])
    .unwrap();
}

/// A server that answers everything with these bytes: its address, and how often it was asked.
pub(crate) fn serving(bytes: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, asked) = (format!("http://{}", listener.local_addr().unwrap()), Arc::default());
    let count: Arc<AtomicUsize> = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Relaxed);
            let (mut head, mut byte) = (Vec::new(), [0u8; 1]);
            while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
                head.push(byte[0]);
            }
            let length = bytes.len();
            let said = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            drop(stream.write_all(&[said.as_bytes(), bytes].concat()));
        }
    });
    (address, asked)
}

pub(crate) fn store(n: u128) -> StoreId {
    StoreId(uuid::Uuid::from_u128(n))
}

/// As a newer app would leave the file.
pub(crate) fn set_version(path: &Path, version: u32) {
    let db = rusqlite::Connection::open(path).unwrap();
    db.pragma_update(None, "user_version", version).unwrap();
}

fn put(table: &str, key: &str, value: &Value) -> Change {
    Change::Put { table: table.into(), row: MasterRow { key: key.into(), value: value.to_string() } }
}

fn shop(n: u128, name: &str) -> Change {
    let id = store(n);
    let value = json!({
        "id": id, "number": format!("QD{n}"), "name": name, "channel": "kiosk", "class": "C",
        "street": "370202004", "address": "贵州路1号", "distributor": "D01", "frequency": "W1", "receiving_hours": "", "terms": "cash",
        "credit_limit": 0, "outstanding": 0, "price_list": "PL", "must_sell_list": "MS", "has_cooler": false,
        "has_backroom": false, "opened_by": null, "status": "approved",
    });
    put("store", &id.to_string(), &value)
}

fn master() -> Vec<Change> {
    let weekdays = json!({"weekdays": [1, 2, 3, 4, 5], "exceptions": {}});
    let route = |n: u128| {
        json!({"rep": "ZY01", "weekday": 1, "pattern": "EVERY", "seq": n, "store": store(n),
                                 "valid_from": "2026-06-01", "valid_to": null})
    };
    vec![
        put(
            "setting",
            "company",
            &json!({
                "company_no": "QD", "name": "n", "time_zone": "Asia/Shanghai", "zone": 28800,
                "week_anchor": "2026-06-01", "cycle_days_default": 7, "coefficient_default": 150, "rounding": "UP",
                "promise_max_days": 7, "count_list_weeks": 8, "expiry_ask_days": 60, "handling_days": 14,
                "owner_code_tries": 5, "same_share_alert_pct": 80,
            }),
        ),
        put(
            "distributor",
            "D01",
            &json!({
                "no": "D01", "name": "d", "cutoff": "20:00", "lead_days": 1, "late": "next_day",
                "accept_by_minutes": 30, "windows": "09:00-10:00;14:00-16:00",
                "capacity": {"vehicles": 1, "stops": 10, "cases": 100}, "payment_forms": ["cash"],
            }),
        ),
        put("calendar", "company", &weekdays),
        put("calendar", "distributor/D01", &weekdays),
        put(
            "product",
            NOODLES,
            &json!({
                "sku": NOODLES, "name": "红烧牛肉面", "brand": "b", "category": "c", "series": "s", "spec": "1", "unit": "包",
                "case": 24, "order_unit": "case", "order_multiple": 1, "shelf_life_days": null, "new_window": null,
                "launch": "2018-01-01", "season": "FLAT", "coefficient_hundredths": 150, "position": 1,
            }),
        ),
        put(
            "price",
            &format!("PL/{NOODLES}"),
            &json!([{"case_price": 4600, "valid_from": "2026-01-01", "valid_to": null}]),
        ),
        put(
            "must_sell",
            "MS",
            &json!([{"sku": NOODLES, "kind": "MSL", "active_from": null, "min_facings": 2}]),
        ),
        put(
            "area",
            "370202004",
            &json!({"code": "370202004", "street": "云南路街道", "district": "市南区", "distributor": "D01"}),
        ),
        shop(1, "first"),
        put("location", &store(1).to_string(), &json!([3_606_000, 12_038_000])),
        shop(2, "second"),
        put("route", "ZY01", &json!([route(1), route(2)])),
    ]
}
