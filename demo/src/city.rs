//! The city before the first day: files imported, opening ledger made from the demand, logins, the server running.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use xundian_domain::{BusinessDate, RepNo, Sku, StoreId, Units};
use xundian_server::app::App;
use xundian_server::command::read_folder;
use xundian_server::db::{Address, Db, DbError};
use xundian_server::import::{FileError, import_city, import_opening, read_opening, read_table};
use xundian_server::master::{Catalogue, PersonRole};
use xundian_server::photos::{Shelf, ShelfError};
use xundian_server::web::{AccountError, add_account};

use crate::clock::SimClock;
use crate::office::with_pictures;
use crate::shelf::{Demand, DemandError, Shelves};

/// How many days before the first visit a store was last counted.
const COUNTED_DAYS_AGO: u32 = 7;

/// What can go wrong before the first day.
#[derive(Debug, thiserror::Error)]
pub enum CityError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The demand.
    #[error(transparent)]
    Demand(#[from] DemandError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A login.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The place of the pictures.
    #[error(transparent)]
    Photos(#[from] ShelfError),
    /// The disk.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The data set has rows that the importer rejects.
    #[error("the data set was rejected: {0}")]
    Rejected(String),
}

/// A login to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub login: String,
    /// The password, shown once.
    pub password: String,
}

/// A city that is ready for its first day.
#[derive(Debug)]
pub struct City {
    /// The running server.
    pub app: App,
    /// What people want to buy.
    pub demand: Demand,
    /// What stands in the shops.
    pub shelves: Shelves,
    /// Reps, by number.
    pub reps: Vec<RepNo>,
    /// Logins of the portals.
    pub logins: Vec<Login>,
}

/// Builds the city in `folder`, which must be empty or new.
///
/// # Errors
/// See [`CityError`].
pub fn build(
    data: &Path,
    folder: &Path,
    start: BusinessDate,
    seed: u64,
    clock: &SimClock,
) -> Result<City, CityError> {
    let db = Db::open(&Address::Sqlite(folder.join("server.db")))?;
    let files = read_folder(&with_pictures(data, folder.join("office"))?)?;
    if let Some(reject) = files.rejects.first() {
        return Err(CityError::Rejected(reject.to_string()));
    }
    let photos = folder.join("photos");
    files.keep_pictures(&Shelf::in_folder(photos.clone()))?;
    db.write_now(move |tx| import_city(tx, &files, xundian_domain::stamp::Millis(0)))?;
    let app = App::start(db, Box::new(clock.clone()), photos)?;
    let demand = Demand::read(&data.join("demand_daily.csv.gz"))?;
    let shelves = open_ledger(&app, &demand, folder, start, seed)?;
    let catalogue = app.catalogue();
    let reps = catalogue.people.values().filter(|p| p.role == PersonRole::Rep && p.active).map(|p| p.no);
    Ok(City { reps: reps.collect(), logins: make_logins(&app)?, demand, shelves, app })
}

/// Writes `opening_ledger.csv` from the demand, imports it, and puts the same stock on the shelves of the first day.
fn open_ledger(
    app: &App,
    demand: &Demand,
    folder: &Path,
    start: BusinessDate,
    seed: u64,
) -> Result<Shelves, CityError> {
    let catalogue = app.catalogue();
    let mut shelves = Shelves::default();
    let mut csv = String::from("store_no,sku,counted_on,units\n");
    for store in catalogue.stores.values() {
        let (Some(number), Some(first)) = (store.number, first_visit(&catalogue, store.id, start)) else {
            continue;
        };
        let counted_on = first.minus_days(COUNTED_DAYS_AGO);
        let counts = Shelves::counted_at_opening(demand, store.id, counted_on, seed);
        for (sku, units) in &counts {
            // A text takes every write.
            let _ = writeln!(csv, "{number},{sku},{counted_on},{}", units.0);
        }
        stock(&mut shelves, demand, store.id, &counts, counted_on, start);
    }
    let path: PathBuf = folder.join("opening_ledger.csv");
    std::fs::write(&path, &csv)?;
    let ledger = read_opening(&read_table("opening_ledger.csv", csv.as_bytes())?)?;
    app.db().write_now(move |tx| import_opening(tx, &catalogue, &ledger))?;
    Ok(shelves)
}

/// What is left of a count on the morning of the first day.
fn stock(
    shelves: &mut Shelves,
    demand: &Demand,
    store: StoreId,
    counts: &BTreeMap<Sku, Units>,
    counted_on: BusinessDate,
    start: BusinessDate,
) {
    for (sku, units) in counts {
        let days = u32::try_from(start.days_since(counted_on)).unwrap_or(0);
        let sold = demand.over(store, *sku, counted_on, days);
        shelves.put(store, *sku, units.0.saturating_sub(sold));
    }
}

fn first_visit(catalogue: &Catalogue, store: StoreId, start: BusinessDate) -> Option<BusinessDate> {
    let ahead = catalogue.plan()?.days_to_next_visit(store, start.minus_days(1))?;
    Some(start.minus_days(1).plus_days(ahead))
}

fn make_logins(app: &App) -> Result<Vec<Login>, CityError> {
    let catalogue = app.catalogue();
    let mut logins = Vec::new();
    let mut make = |login: String, role: &str, subject: &str| -> Result<(), CityError> {
        let password = add_account(app.db(), &login, role, subject, app.now())?;
        logins.push(Login { login, password });
        Ok(())
    };
    make("office".to_owned(), "office", "")?;
    for person in catalogue.people.values().filter(|person| person.role == PersonRole::Supervisor) {
        make(person.no.to_string().to_lowercase(), "supervisor", person.no.as_str())?;
    }
    for distributor in catalogue.distributors.keys() {
        make(distributor.to_string().to_lowercase(), "distributor", distributor.as_str())?;
    }
    Ok(logins)
}
