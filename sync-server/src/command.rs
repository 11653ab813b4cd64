//! The commands of `xundian-server`.

mod device;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use xundian_domain::{BusinessDate, DistributorNo, StoreId, StoreNo};
use xundian_protocol::journal::FILE_BYTES;
use xundian_protocol::limits::{DAY_BYTES, DAY_PHOTO_BYTES, DAY_RECORDS};

use crate::app::{App, Clock, SystemClock, random};
use crate::db::{Address, Db, DbError};
use crate::import::{City, FileError, import_city, read_city, read_picture, read_table, rejects_csv};
use crate::log::Log;
use crate::orders::{FreezeError, freeze};
use crate::photos::{Blobs, Shelf, ShelfError, Staging};
use crate::sync::{DayQuota, JournalImportError, forget, import_journal, store_numbered};
use crate::trust::{backup_file, confirm, new_epoch, restore_file, verify, watermarks};
use crate::web;

const MEGABYTE: u64 = 1_000_000;

/// 巡店 Xundian server: takes what reps record in shops and turns confirmed orders into delivery sheets.
///
/// First steps: `import` the office's files, `user add` a login for each distributor and supervisor, `device enroll`
/// a phone for each rep, then `serve`.
#[derive(Debug, Parser)]
#[command(name = "xundian-server", version)]
struct Arguments {
    /// Where the data is: sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(long, global = true, env = "XUNDIAN_DATABASE", default_value = "sqlite:xundian.db")]
    database: String,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve phones, drivers and portals; freeze sheets at each distributor's cut-off
    Serve {
        #[command(flatten)]
        door: Door,
        #[command(flatten)]
        photos: PhotoArguments,
        #[command(flatten)]
        quota: QuotaArguments,
    },
    /// Read a folder of the office's files (CSV or XLSX by their COLUMNS.md) with the pictures that they name; all of it or
    /// nothing
    Import {
        /// The folder
        folder: PathBuf,
        #[command(flatten)]
        photos: PhotoPlace,
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
        /// Where rejected rows are written, to be mended and sent again
        #[arg(long, default_value = "rejects.csv")]
        rejects: PathBuf,
    },
    /// Take in the journal that a phone wrote as a file; each fact once, so that the same file may come again. While the
    /// server runs, the office does it in the portal
    ImportJournal {
        /// The file
        file: PathBuf,
        /// The recovery code that the phone showed with it; without one the company's key opens it
        #[arg(long)]
        code: Option<String>,
    },
    /// Write stored data as text
    Export {
        #[command(subcommand)]
        what: Export,
    },
    /// Freeze the sheet of a distributor and day now, without waiting for its cut-off
    Freeze {
        /// Distributor number, e.g. D01
        distributor: String,
        /// Delivery day, e.g. 2026-07-28
        day: String,
    },
    /// Phones
    Device {
        #[command(subcommand)]
        what: device::Verb,
    },
    /// Logins of the portals
    User {
        #[command(subcommand)]
        what: UserVerb,
    },
    /// Empty the names and phones of a store whose people ask for it, also while the server runs; visits and orders stay. First
    /// take them out of the office's files: the next import brings back what those say. After a restore of an older copy do it
    /// again
    Forget {
        /// Store number, e.g. QD010001; the id of a store that has none yet
        #[arg(long)]
        store: String,
    },
    /// Copy the database while the server runs; phones may then forget what is old and in the copy
    Backup {
        /// The copy of an SQLite database; must not exist
        #[arg(required_unless_present = "by")]
        to: Option<PathBuf>,
        /// A command that makes the copy and ends well only if it is safe, e.g. 'pg_dump -Fc -f x.dump xundian'
        #[arg(long, conflicts_with = "to")]
        by: Option<String>,
    },
    /// Put a copy in the place of the database (SQLite), or say that PostgreSQL was restored: phones send what it lacks.
    /// Stop the server first
    Restore {
        /// The copy; none for PostgreSQL, after its own restore
        from: Option<PathBuf>,
    },
    /// Compute everything again from the journal and compare
    Verify,
}

/// Where the server is reached, and who keeps what is said there secret.
#[derive(Debug, clap::Args)]
struct Door {
    /// Address to listen on; other machines need TLS or a proxy
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: String,
    /// Certificate chain (PEM), for TLS by the server itself
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key (PEM)
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A proxy on the way does TLS and says in X-Forwarded-For for whom; without it plain text is spoken on this machine
    /// only
    #[arg(long, conflicts_with = "tls_cert")]
    behind_proxy: bool,
}

#[derive(Debug, Args)]
struct PhotoPlace {
    /// Where photos and the pictures of display standards are kept, the same for every command: a folder, or
    /// s3://BUCKET/PREFIX with the bucket's AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT… in the
    /// environment
    #[arg(long = "photos", env = "XUNDIAN_PHOTOS", default_value = "photos")]
    place: String,
}

impl PhotoPlace {
    fn shelf(&self) -> Result<Shelf, ShelfError> {
        Shelf::at(&self.place, environment())
    }
}

#[derive(Debug, Args)]
struct PhotoArguments {
    #[command(flatten)]
    place: PhotoPlace,
    /// Folder of this machine for photos that came half
    #[arg(long = "photos-half", env = "XUNDIAN_PHOTOS_HALF", default_value = "photos.half")]
    half: PathBuf,
    /// MiB of photos that one phone may send in 24 hours
    #[arg(long = "photo-day-mib", env = "XUNDIAN_PHOTO_DAY_MIB", default_value_t = DAY_PHOTO_BYTES >> 20)]
    day_mib: u64,
}

impl PhotoArguments {
    fn open(self, db: &Db) -> Result<Blobs, CommandError> {
        let blobs = Blobs::new(db.clone(), self.place.shelf()?, Staging::in_folder(self.half));
        Ok(blobs.with_day_bytes(self.day_mib.saturating_mul(1 << 20)))
    }
}

#[derive(Debug, Args)]
struct QuotaArguments {
    /// New records that one phone may send in a day
    #[arg(long = "push-day-records", env = "XUNDIAN_PUSH_DAY_RECORDS", default_value_t = DAY_RECORDS)]
    records: u64,
    /// Megabytes of new records that one phone may send in a day
    #[arg(long = "push-day-mb", env = "XUNDIAN_PUSH_DAY_MB", default_value_t = DAY_BYTES / MEGABYTE)]
    megabytes: u64,
}

impl From<QuotaArguments> for DayQuota {
    fn from(given: QuotaArguments) -> Self {
        Self { records: given.records, bytes: given.megabytes.saturating_mul(MEGABYTE) }
    }
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[derive(Debug, Subcommand)]
enum Export {
    /// All facts, one JSON object per line, private data left out
    Facts {
        /// Kept for scripts: the output is always JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum UserVerb {
    /// Add a login, or give it a new password; the password is printed once
    Add {
        /// Login name
        login: String,
        /// office, supervisor or distributor
        role: String,
        /// Supervisor or distributor number; empty for the office
        #[arg(default_value = "")]
        subject: String,
    },
}

#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Freeze(#[from] FreezeError),
    #[error(transparent)]
    Photos(#[from] ShelfError),
    #[error(transparent)]
    Journal(#[from] JournalImportError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Said(String),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            Log::STDERR.say(why);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), CommandError> {
    let address: Address = arguments.database.parse()?;
    match arguments.verb {
        Verb::Serve { door, photos, quota } => serve(&address, &door, photos, quota.into()),
        Verb::Import { folder, photos, dry_run, rejects } => {
            import(&address, &folder, &photos, dry_run, &rejects)
        }
        Verb::ImportJournal { file, code } => take_journal(&address, &file, code.as_deref()),
        Verb::Export { what: Export::Facts { .. } } => export_facts(&Db::open_there(&address)?),
        Verb::Freeze { distributor, day } => freeze_now(&address, &distributor, &day),
        Verb::Device { what } => device::run(&Db::open_beside(&address)?, what),
        Verb::User { what: UserVerb::Add { login, role, subject } } => {
            let password =
                web::add_account(&Db::open_beside(&address)?, &login, &role, &subject, SystemClock.now())
                    .map_err(|why| CommandError::Said(why.to_string()))?;
            println!("{login}: {password}");
            Ok(())
        }
        Verb::Forget { store } => forget_store(&Db::open_there(&address)?, &store),
        Verb::Backup { to: Some(to), .. } => backup(&address, &to),
        Verb::Backup { by, .. } => backup_by(&address, &by.unwrap_or_default()),
        Verb::Restore { from } => restore(&address, from.as_deref()),
        Verb::Verify => verify_all(&address),
    }
}

fn serve(
    address: &Address,
    door: &Door,
    photos: PhotoArguments,
    quota: DayQuota,
) -> Result<(), CommandError> {
    let listener = std::net::TcpListener::bind(&door.listen)?;
    listener.set_nonblocking(true)?;
    let at = listener.local_addr()?;
    let is_plain = door.tls_cert.is_none() && !door.behind_proxy;
    if is_plain && !at.ip().is_loopback() {
        return Err(CommandError::Said(format!(
            "{at} is reached from other machines: give --tls-cert and --tls-key, or --behind-proxy if a proxy does TLS"
        )));
    }
    let db = Db::open(address)?;
    let blobs = photos.open(&db)?;
    let app = App::start_with(db, Box::new(SystemClock), blobs, quota, Log::STDERR)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::spawn(web::keep_ticking(app.clone()));
        let stop = async {
            let _ = tokio::signal::ctrl_c().await;
        };
        match (&door.tls_cert, &door.tls_key) {
            (Some(certificate), Some(key)) => {
                println!("listening on https://{at}");
                web::serve_tls(app, listener, certificate, key, stop).await?;
            }
            _ => {
                println!("listening on http://{at}");
                let listener = tokio::net::TcpListener::from_std(listener)?;
                if door.behind_proxy {
                    web::serve_behind_proxy(app, listener, stop).await?;
                } else {
                    web::serve(app, listener, stop).await?;
                }
            }
        }
        Ok(())
    })
}

/// Reads a folder of files, CSV before XLSX, and the pictures that they name.
///
/// # Errors
/// The first file that cannot be read.
pub fn read_folder(folder: &Path) -> Result<City, FileError> {
    let file = |name: &str| {
        for ending in ["csv", "xlsx"] {
            let file = format!("{name}.{ending}");
            if let Ok(bytes) = std::fs::read(folder.join(&file)) {
                return read_table(&file, &bytes).map(Some);
            }
        }
        Ok(None)
    };
    read_city(file, |name| read_picture(folder, name))
}

fn import(
    address: &Address,
    folder: &Path,
    photos: &PhotoPlace,
    dry_run: bool,
    rejects: &Path,
) -> Result<(), CommandError> {
    let city = read_folder(folder)?;
    for (file, rows) in &city.counts {
        println!("{file}: {rows} rows");
    }
    if !city.pictures.is_empty() {
        println!("{} pictures", city.pictures.len());
    }
    if !city.rejects.is_empty() {
        for reject in city.rejects.iter().take(20) {
            eprintln!("{reject}");
        }
        std::fs::write(rejects, rejects_csv(&city.rejects))?;
        let (count, file) = (city.rejects.len(), rejects.display());
        return Err(CommandError::Said(format!("{count} cells rejected, see {file}; nothing was imported")));
    }
    if dry_run {
        println!("dry run: nothing was written");
        return Ok(());
    }
    if !city.pictures.is_empty() {
        city.keep_pictures(&photos.shelf()?.beside())?;
    }
    let now = SystemClock.now();
    let imported = Db::open_beside(address)?.write_now(move |tx| import_city(tx, &city, now))?;
    println!("{} rows changed, {} gone, {} as before", imported.changed, imported.gone, imported.same);
    Ok(())
}

fn take_journal(address: &Address, file: &Path, code: Option<&str>) -> Result<(), CommandError> {
    use std::io::Read;
    let mut bytes = Vec::new();
    // One more than allowed, so that the reader says what is wrong with it.
    let most = u64::try_from(FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(file)?.take(most).read_to_end(&mut bytes)?;
    let app = App::start(Db::open(address)?, Box::new(SystemClock), PathBuf::from("photos"))?;
    let report = import_journal(&app, &bytes, code)?;
    println!(
        "{}: {} taken, {} known, {} conflicts, {} held, {} rejected",
        report.rep, report.taken, report.known, report.conflicts, report.held, report.rejected
    );
    Ok(())
}

fn export_facts(db: &Db) -> Result<(), CommandError> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let rows = db.read_now(|tx| {
        tx.query("SELECT id, kind, date, rep, received, body FROM fact ORDER BY received, id", &[])
    })?;
    for row in rows {
        let (kind, body): (String, String) = (row.get(1)?, row.get(5)?);
        let (id, date, rep): (uuid::Uuid, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap_or(serde_json::Value::String(body));
        let received: i64 = row.get(4)?;
        let fact = serde_json::json!({
            "id": id, "kind": kind, "date": date, "rep": rep, "received": received, "body": body,
        });
        writeln!(out, "{fact}")?;
    }
    Ok(())
}

fn freeze_now(address: &Address, distributor: &str, day: &str) -> Result<(), CommandError> {
    let app = App::start(Db::open(address)?, Box::new(SystemClock), PathBuf::from("photos"))?;
    let bad = |what: &str, text: &str| CommandError::Said(format!("`{text}` is no {what}"));
    let distributor: DistributorNo =
        distributor.parse().map_err(|_| bad("distributor number", distributor))?;
    let day: BusinessDate = day.parse().map_err(|_| bad("day, like 2026-07-28", day))?;
    let (catalogue, now) = (app.catalogue(), app.now());
    let sheet = app.db().write_now(move |tx| freeze(tx, &catalogue, distributor, day, now))?;
    println!("{}: {} stops", sheet.no, sheet.stops().len());
    Ok(())
}

fn forget_store(db: &Db, text: &str) -> Result<(), CommandError> {
    let forgotten = forget(db, store_id(db, text)?, SystemClock.now())?;
    let contact = if forgotten.contact { "its contact" } else { "no contact" };
    println!("{text}: emptied {contact}, and names and phones beside {} visits and changes", forgotten.facts);
    Ok(())
}

fn store_id(db: &Db, text: &str) -> Result<StoreId, CommandError> {
    if let Ok(id) = text.parse() {
        return Ok(StoreId(id));
    }
    let number: StoreNo =
        text.parse().map_err(|_| CommandError::Said(format!("`{text}` is no store number")))?;
    let store = db.read_now(|tx| store_numbered(tx, number))?;
    store.ok_or_else(|| {
        CommandError::Said(format!("nobody ever spoke of a store {number}: look at its number"))
    })
}

fn backup(address: &Address, to: &Path) -> Result<(), CommandError> {
    let Address::Sqlite(path) = address else {
        return Err(CommandError::Said("for PostgreSQL use --by with pg_dump".to_owned()));
    };
    if to.exists() {
        return Err(CommandError::Said(format!("{} exists already; name a new file", to.display())));
    }
    // First: a copy that nobody can confirm is none.
    let db = Db::open_there(address)?;
    let marks = backup_file(path, to)?;
    db.write_now(move |tx| confirm(tx, &marks))?;
    println!("written: {}", to.display());
    Ok(())
}

fn backup_by(address: &Address, by: &str) -> Result<(), CommandError> {
    let db = Db::open_there(address)?;
    let marks = db.read_now(watermarks)?;
    let status = std::process::Command::new("sh").args(["-c", by]).status()?;
    if !status.success() {
        return Err(CommandError::Said(format!("`{by}` ended with {status}: nothing is confirmed")));
    }
    db.write_now(move |tx| confirm(tx, &marks))?;
    println!("confirmed");
    Ok(())
}

fn restore(address: &Address, from: Option<&Path>) -> Result<(), CommandError> {
    let (epoch, now) = (uuid::Uuid::from_bytes(random()?), SystemClock.now());
    match (address, from) {
        (Address::Sqlite(path), Some(copy)) => restore_file(copy, path, epoch, now)?,
        (Address::Sqlite(_), None) => {
            return Err(CommandError::Said("name the copy to restore from".to_owned()));
        }
        (Address::Postgres(_), Some(_)) => {
            return Err(CommandError::Said(
                "restore with pg_restore first, then run this without a file".to_owned(),
            ));
        }
        // Opened as the server would be: it must not be running.
        (Address::Postgres(_), None) => Db::open(address)?.write_now(move |tx| new_epoch(tx, epoch, now))?,
    }
    println!("restored: phones send what is missing at their next contact");
    Ok(())
}

fn verify_all(address: &Address) -> Result<(), CommandError> {
    let problems = Db::open_there(address)?.read_now(verify)?;
    for problem in &problems {
        println!("{}: {}", problem.rule, problem.at);
    }
    match problems.len() {
        0 => {
            println!("everything follows from the journal");
            Ok(())
        }
        n => Err(CommandError::Said(format!("{n} problems"))),
    }
}
