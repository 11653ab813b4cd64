//! A town for tests: the real city's master data, a server over HTTP with a clock that the test sets, and phones.

use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use xundian_demo::clock::{PhoneMachine, SimClock};
use xundian_device::phone::Phone;
use xundian_device::sync::{Credentials, HttpTransport, Request, SyncReport, Transport, enrol, sync_once};
use xundian_device::visit_loop::Line;
use xundian_domain::order::Order;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount};
use xundian_domain::{BusinessDate, InstallId, Sku, StoreId, Units};
use xundian_protocol::push::Private;
use xundian_protocol::{Refusal, codec, sign};
use xundian_server::app::{App, random};
use xundian_server::command::read_folder;
use xundian_server::db::{Address, Db, DbError};
use xundian_server::import::{Imported, import_city};
use xundian_server::sync::new_code;
use xundian_server::web;

/// Monday of an A week with eight promotions live.
pub const MONDAY: &str = "2026-07-27";

/// Anything that goes wrong ends the test with its words.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A server with the city in it.
#[derive(Debug)]
pub struct Town {
    /// The server.
    pub app: App,
    /// Its clock.
    pub clock: SimClock,
    /// Its address.
    pub address: String,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
    next_phone: std::cell::Cell<u64>,
}

fn data() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/data/qingdao"))
}

impl Town {
    /// On SQLite.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn new() -> Outcome<Self> {
        Self::on(|folder| Ok(format!("sqlite:{}", folder.join("server.db").display())))
    }

    /// On PostgreSQL.
    ///
    /// # Errors
    /// It cannot be built.
    pub fn on_postgres() -> Outcome<Self> {
        Self::on(|_| crate::postgres::shared()?.database())
    }

    fn on(address: impl Fn(&std::path::Path) -> Result<String, String>) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let address: Address = address(folder.path())?.parse()?;
        let clock = SimClock::at(ZoneOffset::CHINA.moment(MONDAY.parse()?, "08:00".parse()?));
        let db = Db::open(&address)?;
        let city = read_folder(&data())?;
        db.write_now(move |tx| import_city(tx, &city))?;
        let app = App::start(db, Box::new(clock.clone()), folder.path().join("photos"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = format!("http://{}", listener.local_addr()?);
        runtime.spawn(web::serve(app.clone(), listener, std::future::pending()));
        Ok(Self { app, clock, address, folder, _runtime: runtime, next_phone: std::cell::Cell::new(1) })
    }

    /// Sets the server's clock.
    ///
    /// # Errors
    /// Not a date and time.
    pub fn at(&self, date: &str, time: &str) -> Outcome<()> {
        self.clock.set(date.parse()?, time.parse()?);
        Ok(())
    }

    /// Where everything of this town lies.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A new phone of a rep, enrolled and pulled.
    ///
    /// # Errors
    /// It cannot be enrolled.
    pub fn phone(&self, rep: &str) -> Outcome<TownPhone> {
        let number = self.next_phone.get();
        self.next_phone.set(number + 1);
        let (rep, bytes, now) = (rep.parse()?, random()?, self.app.now());
        let code = self.app.db().write_now(move |tx| new_code(tx, rep, bytes, now))?;
        let machine = self.clock.phone(number);
        let file = self.folder.path().join(format!("phone-{number}.db"));
        let mut phone = Phone::open(&file, Box::new(machine.clone()))?;
        let mut network = HttpTransport::new(&self.address)?;
        enrol(&mut phone, &mut network, &code)?;
        sync_once(&mut phone, &mut network, |_| true)?;
        Ok(TownPhone { phone, machine, network, file })
    }

    /// Imports the city again with another name for one store, as a command does.
    ///
    /// # Errors
    /// The files or the database.
    pub fn rename(&self, store: StoreId, name: &str) -> Outcome<Imported> {
        let mut city = read_folder(&data())?;
        let row = city.rows.get_mut(&("store".to_owned(), store.to_string())).ok_or("no such store")?;
        let mut known: xundian_domain::store::Store = serde_json::from_str(row)?;
        name.clone_into(&mut known.name);
        *row = serde_json::to_string(&known)?;
        Ok(self.app.db().write_now(move |tx| import_city(tx, &city))?)
    }

    /// A number from the server's database.
    ///
    /// # Errors
    /// A failing database.
    pub fn count(&self, sql: &str) -> Outcome<i64> {
        let row = self.app.db().read_now(|tx| tx.first(sql, &[]))?;
        Ok(row.map_or(Ok(0), |row| row.get(0)).map_err(|why: DbError| why)?)
    }
}

/// A phone of the town.
#[derive(Debug)]
pub struct TownPhone {
    /// The phone core.
    pub phone: Phone,
    /// Its clock.
    pub machine: PhoneMachine,
    /// Its network.
    pub network: HttpTransport,
    /// Its file.
    pub file: PathBuf,
}

impl TownPhone {
    /// One run of sync.
    ///
    /// # Errors
    /// The phone's file.
    pub fn sync(&mut self) -> Outcome<SyncReport> {
        Ok(sync_once(&mut self.phone, &mut self.network, |_| true)?)
    }

    /// Sends any bytes as a push, signed as this phone; gives status and refusal.
    ///
    /// # Errors
    /// No answer, or one that is no refusal.
    pub fn send_as_push(&mut self, body: Vec<u8>) -> Outcome<(u16, Refusal)> {
        let store = xundian_device::store::Store::open(&self.file)?;
        let setting = |name| store.setting(name)?.ok_or(xundian_device::phone::PhoneError::NotEnrolled);
        let (install, token, seed) = (setting("install")?, setting("token")?, setting("device_key")?);
        let mut key = [0u8; 32];
        for (byte, pair) in key.iter_mut().zip(seed.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
        }
        let install = InstallId(install.parse()?);
        let request = Request { method: "POST", path: "/v1/push".into(), body };
        let signed =
            sign::Request { method: request.method, path: &request.path, install, body: &request.body };
        let signature = signed.sign(&SigningKey::from_bytes(&key));
        let answer = self.network.send(&request, Some(&Credentials { install, token, signature }))?;
        Ok((answer.status, codec::decode(&answer.body, 1 << 16)?))
    }

    /// The stores of today's route.
    ///
    /// # Errors
    /// The phone's file.
    pub fn route(&mut self) -> Outcome<Vec<StoreId>> {
        Ok(self.phone.today()?.stops.iter().map(|stop| stop.store).collect())
    }

    /// Sets the phone's clock.
    ///
    /// # Errors
    /// Not a date and time.
    pub fn at(&self, date: &str, time: &str) -> Outcome<()> {
        let date: BusinessDate = date.parse()?;
        self.machine.set(ZoneOffset::CHINA.moment(date, time.parse()?));
        Ok(())
    }

    /// A visit that counts and orders `(sku, counted, ordered)`.
    ///
    /// # Errors
    /// The phone's file.
    pub fn visit(&mut self, store: StoreId, lines: &[(&str, u32, u32)]) -> Outcome<Option<Order>> {
        self.phone.begin_visit(store)?;
        for (sku, counted, _) in lines {
            self.phone.save_line(&Line::Count(count(sku.parse()?, *counted)))?;
        }
        self.phone.suggestions()?;
        for (sku, _, ordered) in lines.iter().filter(|(.., ordered)| *ordered > 0) {
            let line = Line::Intention { sku: sku.parse()?, units: Units(*ordered), reason: None };
            self.phone.save_line(&line)?;
        }
        self.machine.pass(60_000);
        Ok(self.phone.check_out(Private::default())?.order.map(|(order, _)| order))
    }
}

/// A complete count of a SKU.
pub fn count(sku: Sku, units: u32) -> CountRow {
    CountRow {
        sku,
        entry: Entry::Stepped,
        shelf: PlaceCount::Counted(Units(units)),
        backroom: PlaceCount::Counted(Units::ZERO),
        cooler: PlaceCount::NotCounted,
        expiry: None,
    }
}
