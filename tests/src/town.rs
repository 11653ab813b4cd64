//! A town for tests: the real city's master data, a server over HTTP with a clock that the test sets, and phones.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use xundian_demo::clock::{PhoneMachine, SimClock};
use xundian_device::machine::Machine;
use xundian_device::phone::Phone;
use xundian_device::store::{NewFact, Store};
use xundian_device::sync::{
    Credentials, HttpTransport, Request, Response, SyncReport, Transport, enrol, sync_once,
};
use xundian_device::visit_loop::Line;
use xundian_domain::order::Order;
use xundian_domain::order_state::SheetNo;
use xundian_domain::route::RouteRow;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::{Channel, StoreOpened};
use xundian_domain::visit::stock_count::{CountRow, Entry, PlaceCount};
use xundian_domain::{BusinessDate, InstallId, RecordId, Sku, StoreId, Units};
use xundian_protocol::digest::unhex;
use xundian_protocol::invitation::Invitation;
use xundian_protocol::push::Verdict;
use xundian_protocol::tables::Routes;
use xundian_protocol::{Refusal, codec, sign};
use xundian_server::app::{App, Clock, random};
use xundian_server::command::read_folder;
use xundian_server::db::{Address, Db, DbError};
use xundian_server::import::{City, Imported, import_city};
use xundian_server::orders::{Sheet, decide_store, load_sheet};
use xundian_server::sync::service::here;
use xundian_server::sync::{HeldWord, decide_held, held_facts, new_code};
use xundian_server::trust::{backup_file, restore_file};
use xundian_server::web;

/// Monday of an A week with eight promotions live.
pub const MONDAY: &str = "2026-07-27";

/// Anything that goes wrong ends the test with its words.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Runs a judge on both engines, one line per engine.
///
/// # Panics
/// The judge's claim does not hold.
pub fn on_both(judge: impl Fn(&Town) -> Outcome<()>) {
    for town in [Town::new(), Town::on_postgres()] {
        let judged = town.and_then(|town| judge(&town));
        assert!(judged.is_ok(), "{}", judged.err().map(|why| why.to_string()).unwrap_or_default());
    }
}

/// A server with the city in it.
#[derive(Debug)]
pub struct Town {
    /// The server.
    pub app: App,
    /// Its clock.
    pub clock: SimClock,
    /// Its address.
    pub address: String,
    database: Address,
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
        let database: Address = address(folder.path())?.parse()?;
        let clock = SimClock::at(ZoneOffset::CHINA.moment(MONDAY.parse()?, "08:00".parse()?));
        let db = Db::open(&database)?;
        let city = read_folder(&data())?;
        let now = clock.now();
        db.write_now(move |tx| import_city(tx, &city, now))?;
        let app = App::start(db, Box::new(clock.clone()), folder.path().join("photos"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = format!("http://{}", listener.local_addr()?);
        runtime.spawn(web::serve(app.clone(), listener, std::future::pending()));
        Ok(Self {
            app,
            clock,
            address,
            database,
            folder,
            _runtime: runtime,
            next_phone: std::cell::Cell::new(1),
        })
    }

    /// Sets the server's clock.
    ///
    /// # Errors
    /// Not a date and time.
    pub fn at(&self, date: &str, time: &str) -> Outcome<()> {
        self.clock.set(date.parse()?, time.parse()?);
        Ok(())
    }

    /// An enrolment code for a rep.
    ///
    /// # Errors
    /// A failing database.
    pub fn code(&self, rep: &str) -> Outcome<String> {
        let (rep, bytes, now) = (rep.parse()?, random()?, self.app.now());
        Ok(self.app.db().write_now(move |tx| new_code(tx, rep, bytes, now))?)
    }

    /// What the office's QR for a rep's phone says.
    ///
    /// # Errors
    /// A failing database.
    pub fn invitation(&self, rep: &str) -> Outcome<Invitation> {
        let (server, key) = (self.address.clone(), self.app.company_key());
        Ok(Invitation { server, code: self.code(rep)?, key })
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
        self.phone_on(rep, |machine| Box::new(machine))
    }

    /// As [`Town::phone`], on a machine that is built around the town's: with a key store, say.
    ///
    /// # Errors
    /// It cannot be enrolled.
    pub fn phone_on(
        &self,
        rep: &str,
        around: impl FnOnce(PhoneMachine) -> Box<dyn Machine>,
    ) -> Outcome<TownPhone> {
        let number = self.next_phone.get();
        self.next_phone.set(number + 1);
        let code = self.code(rep)?;
        let machine = self.clock.phone(number);
        let file = self.folder.path().join(format!("phone-{number}.db"));
        let mut phone = Phone::open(&file, around(machine.clone()))?;
        let mut network = HttpTransport::new(&self.address)?;
        enrol(&mut phone, &mut network, &code)?;
        sync_once(&mut phone, &mut network, |_| true)?;
        Ok(TownPhone { phone, machine, network, file })
    }

    /// A copy of a phone as a clone or a backup makes it: the same file in another place, its own chance and clock.
    ///
    /// # Errors
    /// The file cannot be copied.
    pub fn copy_of(&self, phone: &TownPhone, number: u64) -> Outcome<TownPhone> {
        let file = self.folder.path().join(format!("copy-{number}.db"));
        for suffix in ["", "-wal"] {
            let of = |path: &std::path::Path| std::path::PathBuf::from(format!("{}{suffix}", path.display()));
            if of(&phone.file).exists() {
                std::fs::copy(of(&phone.file), of(&file))?;
            }
        }
        let machine = self.clock.phone(number);
        let copy = Phone::open(&file, Box::new(machine.clone()))?;
        Ok(TownPhone { phone: copy, machine, network: HttpTransport::new(&self.address)?, file })
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
        let now = self.app.now();
        Ok(self.app.db().write_now(move |tx| import_city(tx, &city, now))?)
    }

    /// Imports the city again with something changed in its rows, as a command does.
    ///
    /// # Errors
    /// The files or the database.
    pub fn import(&self, change: impl FnOnce(&mut City)) -> Outcome<Imported> {
        self.import_into(&Db::open_beside(&self.database)?, change)
    }

    /// The same into the database of another server of this town.
    ///
    /// # Errors
    /// The files or the database.
    pub fn import_into(&self, db: &Db, change: impl FnOnce(&mut City)) -> Outcome<Imported> {
        let mut city = read_folder(&data())?;
        change(&mut city);
        let now = self.app.now();
        Ok(db.write_now(move |tx| import_city(tx, &city, now))?)
    }

    /// The server as it is when it starts again on what lies on the disk; the one before still answers its phones.
    ///
    /// # Errors
    /// A failing database.
    pub fn started_again(&self) -> Outcome<App> {
        let (db, clock) = (self.app.db().clone(), Box::new(self.clock.clone()));
        Ok(App::start(db, clock, self.folder.path().join("photos"))?)
    }

    /// That server behind a door of its own, and the way to it; it answers until the runtime goes.
    ///
    /// # Errors
    /// A failing database, or no port.
    pub fn served_again(&self) -> Outcome<(App, HttpTransport, tokio::runtime::Runtime)> {
        served(self.started_again()?)
    }

    /// A copy of the database as it is now. SQLite alone.
    ///
    /// # Errors
    /// The disk.
    pub fn backup(&self) -> Outcome<PathBuf> {
        let copy = self.folder.path().join("copy.db");
        backup_file(&self.folder.path().join("server.db"), &copy)?;
        Ok(copy)
    }

    /// The server that was restored from a copy now, and the way to it; it answers until the runtime goes.
    ///
    /// # Errors
    /// The copy, the disk, or no port.
    pub fn restored_from(&self, copy: &Path) -> Outcome<(App, HttpTransport, tokio::runtime::Runtime)> {
        let file = self.folder.path().join("restored.db");
        restore_file(copy, &file, uuid::Uuid::now_v7(), self.app.now())?;
        let db = Db::open(&Address::Sqlite(file))?;
        served(App::start(db, Box::new(self.clock.clone()), self.folder.path().join("photos"))?)
    }

    /// Imports the city again with one store more: a copy of another one under its own id.
    ///
    /// # Errors
    /// The files or the database.
    pub fn add_store(&self, like: StoreId, id: StoreId) -> Outcome<Imported> {
        let mut city = read_folder(&data())?;
        let row = city.rows.get(&("store".to_owned(), like.to_string())).ok_or("no such store")?;
        let known: xundian_domain::store::Store = serde_json::from_str(row)?;
        let more = serde_json::to_string(&xundian_domain::store::Store { id, ..known })?;
        city.rows.insert(("store".to_owned(), id.to_string()), more);
        let now = self.app.now();
        Ok(self.app.db().write_now(move |tx| import_city(tx, &city, now))?)
    }

    /// What a rep says of a new shop in the street of another one; the phone gives it its id.
    ///
    /// # Errors
    /// That one is in no street.
    pub fn new_store(&self, near: StoreId) -> Outcome<StoreOpened> {
        let catalogue = self.app.catalogue();
        let street = catalogue.stores.get(&near).and_then(|store| store.street).ok_or("no street")?;
        let (id, name, address) = (StoreId(uuid::Uuid::nil()), "新开的店".to_owned(), "贵州路1号".to_owned());
        let receiving_hours = "".parse()?;
        Ok(StoreOpened { id, name, channel: Channel::Kiosk, street, address, receiving_hours })
    }

    /// Imports the city again with the whole route of one rep given to another one from today on.
    ///
    /// # Errors
    /// The files or the database.
    pub fn hand_over(&self, from: &str, to: &str) -> Outcome<Imported> {
        let mut city = read_folder(&data())?;
        let routes = |city: &City, rep: &str| -> Outcome<Routes> {
            let row = city.rows.get(&("route".to_owned(), rep.to_owned())).ok_or("no such route")?;
            Ok(serde_json::from_str(row)?)
        };
        let (given, mut taken) = (routes(&city, from)?, routes(&city, to)?);
        let (rep, today) = (to.parse()?, self.app.catalogue().zone().date(self.app.now()));
        taken.0.extend(given.0.into_iter().map(|row| RouteRow { rep, valid_from: today, ..row }));
        for (rep, rows) in [(from, Routes(Vec::new())), (to, taken)] {
            city.rows.insert(("route".to_owned(), rep.to_owned()), serde_json::to_string(&rows)?);
        }
        let now = self.app.now();
        Ok(self.app.db().write_now(move |tx| import_city(tx, &city, now))?)
    }

    /// Takes the rights of all phones of a rep away, as the office does.
    ///
    /// # Errors
    /// A failing database.
    pub fn revoke(&self, rep: &str) -> Outcome<()> {
        let (rep, now) = (rep.to_owned(), self.app.now());
        self.app.db().write_now(move |tx| {
            tx.execute("UPDATE install SET revoked = $2 WHERE rep = $1", &[rep.as_str().into(), now.into()])
        })?;
        self.app.forget_devices();
        Ok(())
    }

    /// As a restore writes it down, in the evening of Monday: the sheet of Tuesday was printed by then.
    ///
    /// # Errors
    /// A failing database.
    pub fn restored(&self) -> Outcome<()> {
        self.at(MONDAY, "22:00")?;
        let now = self.app.now().0.to_string();
        self.app.db().write_now(move |tx| {
            tx.execute(
                "INSERT INTO server_setting (name, value) VALUES ('restored', $1)",
                &[now.as_str().into()],
            )?;
            tx.execute("UPDATE server_setting SET value = '2026-07-26' WHERE name = 'live_since'", &[])
        })?;
        Ok(())
    }

    /// What waits for a person to look at it, and the decision of `sv01` about each.
    ///
    /// # Errors
    /// A failing database, or nothing is held.
    pub fn decide(&self, release: bool) -> Outcome<Vec<Verdict>> {
        let mut verdicts = Vec::new();
        for fact in self.app.db().read_now(held_facts)? {
            let (catalogue, here) = (self.app.catalogue(), here(&self.app));
            let word = HeldWord { release, login: "sv01".into() };
            verdicts.push(self.app.db().write_now(move |tx| {
                decide_held(tx, &catalogue, here, fact.id, &word).map(|settled| settled.what)
            })?);
            self.app.reload()?;
        }
        Ok(verdicts)
    }

    /// A supervisor rejects a store that a rep has opened.
    ///
    /// # Errors
    /// It is decided already, or a failing database.
    pub fn reject(&self, store: StoreId) -> Outcome<()> {
        let (catalogue, now) = (self.app.catalogue(), self.app.now());
        self.app.db().write_now(move |tx| decide_store(tx, &catalogue, store, None, now))?;
        Ok(self.app.reload()?)
    }

    /// The sheet that a store's orders of a day are on, or one of its differences.
    ///
    /// # Errors
    /// No such store, or a failing database.
    pub fn sheet_of(&self, store: StoreId, day: &str, difference: u32) -> Outcome<Option<Sheet>> {
        let distributor = self.app.catalogue().stores.get(&store).ok_or("no such store")?.distributor;
        let no = SheetNo { distributor, day: day.parse()?, difference };
        Ok(self.app.db().read_now(|tx| load_sheet(tx, no))?)
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

    /// The install with its token and key, as a thief of the phone's file has them.
    ///
    /// # Errors
    /// It is not enrolled.
    pub fn identity(&self) -> Outcome<(InstallId, String, SigningKey)> {
        let store = Store::open(&self.file)?;
        let setting = |name| store.setting(name)?.ok_or(xundian_device::phone::PhoneError::NotEnrolled);
        let (install, token, seed) = (setting("install")?, setting("token")?, setting("device_key")?);
        let key = unhex(&seed).ok_or("no key")?;
        Ok((InstallId(install.parse()?), token, SigningKey::from_bytes(&key)))
    }

    /// Puts any fact into the phone's row, as a hostile program on it can.
    ///
    /// # Errors
    /// The phone's file.
    pub fn seal(&self, kind: &str, body: String) -> Outcome<RecordId> {
        let id = RecordId(uuid::Uuid::now_v7());
        let captured = self.phone.stamp()?;
        let date = captured.business_date(ZoneOffset::CHINA);
        let fact = NewFact { id, kind: kind.to_owned(), version: 1, date, captured, body, private: None };
        Store::open(&self.file)?.seal(&fact, &[])?;
        Ok(id)
    }

    /// Sends any bytes as a push, signed as this phone; gives status and refusal.
    ///
    /// # Errors
    /// No answer, or one that is no refusal.
    pub fn send_as_push(&mut self, body: Vec<u8>) -> Outcome<(u16, Refusal)> {
        let answer = self.ask("/v1/push", body)?;
        Ok((answer.status, codec::decode(&answer.body, 1 << 16)?))
    }

    /// Posts any bytes to a door, signed as this phone.
    ///
    /// # Errors
    /// No answer.
    pub fn ask(&mut self, path: &str, body: Vec<u8>) -> Outcome<Response> {
        self.signed(&Request { method: "POST", path: path.into(), body })
    }

    /// Asks for something as this phone would.
    ///
    /// # Errors
    /// The phone's file, or no answer.
    pub fn get(&mut self, path: &str) -> Outcome<Response> {
        self.signed(&Request { method: "GET", path: path.into(), body: Vec::new() })
    }

    fn signed(&mut self, request: &Request) -> Outcome<Response> {
        let (install, token, key) = self.identity()?;
        let signed =
            sign::Request { method: request.method, path: &request.path, install, body: &request.body };
        let signature = signed.sign(&key);
        Ok(self.network.send(request, Some(&Credentials { install, token, signature }))?)
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
        Ok(self.phone.check_out()?.order.map(|(order, _)| order))
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

/// A server behind a door of its own, and the way to it.
fn served(app: App) -> Outcome<(App, HttpTransport, tokio::runtime::Runtime)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
    let line = HttpTransport::new(&format!("http://{}", listener.local_addr()?))?;
    runtime.spawn(web::serve(app.clone(), listener, std::future::pending()));
    Ok((app, line, runtime))
}
