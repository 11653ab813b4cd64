//! One thin layer over SQLite and PostgreSQL: every SQL text is written once, with `$1…$n`; one writer with a queue,
//! whose jobs share commits; readers beside it. What the tables mean belongs to the other rooms.

mod alone;
mod migrate;
mod postgres;
mod queue;
mod readers;
mod source;
mod sqlite;
mod tx;
mod value;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

pub(crate) use alone::{Alone, real};
pub use tx::{Bulk, Tx};
pub(crate) use value::json;
pub use value::{FromValue, Kind, Row, Value};

use queue::Writer;
use readers::Readers;
use source::Source;

/// A failing database, by what can be done about it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Written by a newer server.
    #[error("database has version {found}, this server knows up to {known}: use the newer server")]
    Newer {
        /// Version of the file.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// Another server process writes into this database.
    #[error("another server is using this database: stop it first")]
    InUse,
    /// SQLite.
    #[error("database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL.
    #[error("database failed: {0:?}")]
    Postgres(#[from] tokio_postgres::Error),
    /// A stored value is not what the program expects.
    #[error("column {column} of a stored row cannot be read: {reason}")]
    Column {
        /// Which, from 0.
        column: usize,
        /// Why.
        reason: String,
    },
    /// The address of the database.
    #[error("`{0}` is no database: use sqlite:PATH or postgres://…")]
    Address(String),
    /// There is no such file.
    #[error("there is no database {}: say where it is with --database", .0.display())]
    Absent(PathBuf),
    /// The writer has stopped.
    #[error("the database writer has stopped: restart the server")]
    Stopped,
    /// A job panicked; nothing of it was kept.
    #[error("the work on the database broke off: {0}")]
    BrokeOff(String),
    /// The connection was lost, and what is there now is another state than the one that this server works on.
    #[error("the database was restored meanwhile: start the server again")]
    Restored,
    /// The commit that several jobs shared.
    #[error(transparent)]
    Commit(Arc<DbError>),
    /// The machine.
    #[error("database failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file.
    Sqlite(PathBuf),
    /// A connection text as PostgreSQL writes it.
    Postgres(String),
}

impl FromStr for Address {
    type Err = DbError;
    fn from_str(text: &str) -> Result<Self, DbError> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err(DbError::Address(text.to_owned())),
        }
    }
}

/// One connection of either engine.
#[derive(Debug)]
pub(crate) enum Connection {
    Sqlite {
        open: rusqlite::Connection,
        /// Goes after the connection.
        _alone: Option<Alone>,
    },
    Postgres(Box<postgres::Connection>),
}

impl Connection {
    fn open(address: &Address, for_what: Use) -> Result<Self, DbError> {
        Ok(match address {
            Address::Sqlite(path) => {
                let alone = (for_what == Use::Serve).then(|| Alone::with(path)).transpose()?;
                Self::Sqlite { open: sqlite::open(path, for_what != Use::Read)?, _alone: alone }
            }
            Address::Postgres(url) => {
                Self::Postgres(Box::new(postgres::Connection::open(url, for_what == Use::Serve)?))
            }
        })
    }

    pub(crate) fn tx(&mut self) -> Tx<'_> {
        match self {
            Self::Sqlite { open, .. } => Tx::Sqlite(open),
            Self::Postgres(db) => Tx::Postgres(db),
        }
    }

    /// Whether it still leads to the database, as far as that is known here.
    fn is_open(&self) -> bool {
        match self {
            Self::Sqlite { .. } => true,
            Self::Postgres(db) => db.is_open(),
        }
    }
}

/// An open database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// The one server that writes orders, sheets and master data.
    Serve,
    /// A command beside a running server: logins, enrolment codes, an import.
    Beside,
    /// Reading only.
    Read,
}

impl Db {
    /// Opens the database, brings it to the newest schema and starts its writer. Blocks.
    ///
    /// # Errors
    /// Unreachable, newer than this program, or in use by another server.
    pub fn open(address: &Address) -> Result<Self, DbError> {
        Self::open_for(address, Use::Serve)
    }

    /// Opens the database beside a server that may be running, for what touches no orders and no sheets; a running server
    /// looks for changed master data by itself. Blocks.
    ///
    /// # Errors
    /// Unreachable, newer than this program, or older while a server runs that writes by the older schema.
    pub fn open_beside(address: &Address) -> Result<Self, DbError> {
        Self::open_for(address, Use::Beside)
    }

    /// The same where there must be one: who looks in the wrong folder is told so, and finds no empty database sound.
    ///
    /// # Errors
    /// No such file, and as [`Db::open_beside`].
    pub fn open_there(address: &Address) -> Result<Self, DbError> {
        if let Address::Sqlite(path) = address
            && !std::fs::metadata(path).is_ok_and(|file| file.len() > 0)
        {
            return Err(DbError::Absent(path.clone()));
        }
        Self::open_beside(address)
    }

    fn open_for(address: &Address, for_what: Use) -> Result<Self, DbError> {
        let source = Arc::new(Source::new(address.clone(), for_what));
        let writer = Writer::start(source.writer()?, source.clone())?;
        Ok(Self { writer: Arc::new(writer), readers: Arc::new(Readers::of(source)) })
    }

    /// Runs a job on the writer: all of it is on the disk when this returns, or nothing of it is. Jobs of other callers
    /// may share the commit. Blocks; async code uses [`Db::write`].
    ///
    /// # Errors
    /// The job's own, or a failing database.
    pub fn write_now<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.writer.submit(job, move |result| {
            let _ = reply.send(result);
        })?;
        answer.recv().unwrap_or_else(|_| Err(DbError::Stopped.into()))
    }

    /// [`Db::write_now`] without blocking the thread.
    ///
    /// # Errors
    /// The job's own, or a failing database.
    pub async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = tokio::sync::oneshot::channel();
        self.writer.submit(job, move |result| {
            let _ = reply.send(result);
        })?;
        answer.await.unwrap_or_else(|_| Err(DbError::Stopped.into()))
    }

    /// Reads from a connection of its own; sees what is committed. Blocks; async code uses [`Db::read`].
    ///
    /// # Errors
    /// The job's own, or a failing database.
    pub fn read_now<T, E: From<DbError>>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.read(job)
    }

    /// [`Db::read_now`] without blocking the thread.
    ///
    /// # Errors
    /// The job's own, or a failing database.
    pub async fn read<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.read_now(job))
            .await
            .unwrap_or_else(|_| Err(DbError::Stopped.into()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::readers::READERS;
    use super::*;

    /// A fresh database in a file that goes with the folder.
    pub(crate) fn fresh() -> (tempfile::TempDir, Db) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&Address::Sqlite(folder.path().join("server.db"))).unwrap();
        (folder, db)
    }

    fn set(tx: &mut Tx<'_>, name: &str, value: &str) -> Result<u64, DbError> {
        tx.execute("INSERT INTO server_setting (value, name) VALUES ($2, $1)", &[name.into(), value.into()])
    }

    fn get(db: &Db, name: &'static str) -> Option<String> {
        let row =
            db.read_now(|tx| tx.first("SELECT value FROM server_setting WHERE name = $1", &[name.into()]));
        row.unwrap().map(|row| row.get(0).unwrap())
    }

    #[test]
    fn marks_bind_by_number_and_not_by_first_appearance() {
        let (_folder, db) = fresh();
        db.write_now(|tx| set(tx, "name", "value")).unwrap();
        assert_eq!(get(&db, "name").as_deref(), Some("value"));
    }

    #[test]
    fn a_failing_job_leaves_nothing_and_takes_nothing_with_it() {
        let (_folder, db) = fresh();
        std::thread::scope(|scope| {
            for n in 0..20 {
                let db = &db;
                scope.spawn(move || {
                    let done: Result<(), DbError> = db.write_now(move |tx| {
                        set(tx, &format!("n{n}"), "x")?;
                        if n % 2 == 0 { Ok(()) } else { Err(DbError::Stopped) }
                    });
                    assert_eq!(done.is_ok(), n % 2 == 0);
                });
            }
        });
        let count = db.read_now(|tx| tx.query("SELECT name FROM server_setting", &[])).unwrap().len();
        assert_eq!(count, 10);
    }

    #[test]
    fn a_commit_that_fails_is_told_once_and_in_its_own_words() {
        let (_folder, db) = fresh();
        let without_end: Result<(), DbError> = db.write_now(|tx| tx.batch("ROLLBACK"));
        let why = without_end.unwrap_err();
        assert!(matches!(&why, DbError::Commit(why) if matches!(**why, DbError::Sqlite(_))), "{why:?}");
        assert_eq!(why.to_string().matches("database failed").count(), 1, "{why}");
    }

    #[test]
    fn a_panic_ends_its_own_job_and_no_other_one() {
        let (_folder, db) = fresh();
        let broken: Result<(), DbError> = db.write_now(|tx| {
            set(tx, "half", "done")?;
            panic!("a bug")
        });
        assert!(matches!(&broken, Err(DbError::BrokeOff(why)) if why == "a bug"), "{broken:?}");
        let number = 2;
        let told: Result<(), DbError> = db.write_now(move |_| panic!("bug {number}"));
        assert_eq!(told.unwrap_err().to_string(), "the work on the database broke off: bug 2");
        db.write_now(|tx| set(tx, "next", "done")).unwrap();
        assert_eq!((get(&db, "half"), get(&db, "next").as_deref()), (None, Some("done")));
    }

    #[test]
    fn a_read_that_panics_leaves_its_place_to_others() {
        let (_folder, db) = fresh();
        for _ in 1..READERS {
            let read = || db.read_now(|_| -> Result<(), DbError> { panic!("a bug") });
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).is_err());
        }
        assert_eq!(db.readers.pool.lock().unwrap().open, 0);
        assert_eq!(get(&db, "name"), None);
    }

    #[test]
    fn what_was_written_is_there_after_reopening() {
        let (folder, db) = fresh();
        db.write_now(|tx| set(tx, "kept", "yes")).unwrap();
        drop(db);
        let again = Db::open(&Address::Sqlite(folder.path().join("server.db"))).unwrap();
        assert_eq!(get(&again, "kept").as_deref(), Some("yes"));
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let (folder, db) = fresh();
        let newer = |tx: &mut Tx<'_>| tx.execute("INSERT INTO schema_version (version) VALUES (99)", &[]);
        db.write_now(newer).unwrap();
        drop(db);
        let again = Db::open(&Address::Sqlite(folder.path().join("server.db")));
        assert!(matches!(again, Err(DbError::Newer { found: 99, .. })));
    }

    #[test]
    fn what_must_be_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.db");
        let address = Address::Sqlite(path.clone());
        assert!(matches!(Db::open_there(&address), Err(DbError::Absent(_))));
        assert!(!path.exists(), "an empty one would be found sound");
        std::fs::write(&path, b"").unwrap();
        assert!(matches!(Db::open_there(&address), Err(DbError::Absent(_))));
        drop(Db::open(&address).unwrap());
        assert!(Db::open_there(&address).is_ok());
    }

    #[test]
    fn readers_cannot_write() {
        let (_folder, db) = fresh();
        assert!(db.read_now(|tx| set(tx, "no", "no")).is_err());
    }

    #[test]
    fn readers_wait_for_each_other_instead_of_opening_connections_without_end() {
        let (_folder, db) = fresh();
        db.write_now(|tx| set(tx, "name", "value")).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..40 {
                scope.spawn(|| assert_eq!(get(&db, "name").as_deref(), Some("value")));
            }
        });
        assert!(db.readers.pool.lock().unwrap().open <= READERS);
    }

    #[test]
    fn a_command_beside_the_server_writes_between_its_commits() {
        let (folder, db) = fresh();
        let beside = Db::open_beside(&Address::Sqlite(folder.path().join("server.db"))).unwrap();
        std::thread::scope(|scope| {
            for (db, name) in [(&db, "server"), (&beside, "command")] {
                scope.spawn(move || {
                    for n in 0..50 {
                        let name = format!("{name}{n}");
                        db.write_now(move |tx| set(tx, &name, "x")).unwrap();
                    }
                });
            }
        });
        let rows = db.read_now(|tx| tx.query("SELECT name FROM server_setting", &[])).unwrap();
        assert_eq!(rows.len(), 100);
    }

    #[test]
    fn a_file_belongs_to_one_server_at_a_time_and_its_schema_too() {
        let (folder, db) = fresh();
        let address = Address::Sqlite(folder.path().join("server.db"));
        assert!(matches!(Db::open(&address), Err(DbError::InUse)));
        let older = "DELETE FROM schema_version WHERE version = (SELECT max(version) FROM schema_version)";
        db.write_now(move |tx| tx.execute(older, &[])).unwrap();
        assert!(matches!(Db::open_beside(&address), Err(DbError::InUse)), "not under an older server");
        let newest = "INSERT INTO schema_version (version) SELECT max(version) + 1 FROM schema_version";
        db.write_now(move |tx| tx.execute(newest, &[])).unwrap();
        assert!(Db::open_beside(&address).is_ok());
        db.write_now(move |tx| tx.execute(newest, &[])).unwrap();
        assert!(matches!(Db::open_beside(&address), Err(DbError::Newer { .. })), "stopping it is of no use");
    }

    #[cfg(unix)]
    #[test]
    fn two_names_of_a_file_have_one_lock_and_who_made_it_does_not_matter() {
        let (folder, db) = fresh();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(folder.path().join("server.db"), &link).unwrap();
        let address = Address::Sqlite(link);
        assert!(matches!(Db::open(&address), Err(DbError::InUse)));
        drop(db);
        let lock = folder.path().join("server.db.lock");
        std::fs::set_permissions(&lock, std::os::unix::fs::PermissionsExt::from_mode(0o444)).unwrap();
        assert!(Db::open(&address).is_ok());
        assert!(!folder.path().join("link.db.lock").exists());
    }

    #[test]
    fn many_rows_go_in_at_once_and_conflicts_are_settled_by_the_tail() {
        const SETTINGS: Bulk = Bulk {
            table: "server_setting",
            columns: &[("name", Kind::Text), ("value", Kind::Text)],
            tail: "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        };
        let (_folder, db) = fresh();
        for value in ["old", "new"] {
            let rows = ["a", "b"].map(|name| vec![name.into(), value.into()]).to_vec();
            db.write_now(|tx| tx.insert_many(&SETTINGS, rows)).unwrap();
        }
        assert_eq!(get(&db, "b").as_deref(), Some("new"));
    }

    #[test]
    fn an_address_says_which_engine() {
        assert_eq!("sqlite:/x/y.db".parse::<Address>().unwrap(), Address::Sqlite("/x/y.db".into()));
        assert!(matches!("postgres://u@h/d".parse(), Ok(Address::Postgres(_))));
        assert!("mysql://x".parse::<Address>().is_err());
    }
}
