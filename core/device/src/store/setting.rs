//! Settings of this phone: who it belongs to, its key, how far it is in step with the server.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Store, StoreError};

/// Where the server is reached.
const SERVER: &str = "server";
/// Where the code is taken that is asked for next.
pub(super) const CODE_SERVER: &str = "code_server";

impl Store {
    /// The address of the server that took this phone's code; `None` before enrolment, and where nobody said one.
    ///
    /// # Errors
    /// A failing file.
    pub fn server(&self) -> Result<Option<String>, StoreError> {
        self.setting(SERVER)
    }

    /// Where the next code is asked for. It is the phone's server from the commit on that takes the install.
    ///
    /// # Errors
    /// A failing file.
    pub fn ask_at(&mut self, server: &str) -> Result<(), StoreError> {
        self.set(&[(CODE_SERVER, server)])
    }

    /// A setting.
    ///
    /// # Errors
    /// A failing file.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(statement.query_row(params![name], |row| row.get(0)).optional()?)
    }

    /// Writes settings in one commit.
    ///
    /// # Errors
    /// A failing file; then none is written.
    pub fn set(&mut self, settings: &[(&str, &str)]) -> Result<(), StoreError> {
        let tx = self.writing()?;
        put(&tx, settings)?;
        tx.commit()
    }
}

/// The code was taken where it was asked for.
pub(super) fn stay_there(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO setting (name, value) SELECT ?1, value FROM setting WHERE name = ?2
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [SERVER, CODE_SERVER],
    )?;
    Ok(())
}

pub(super) fn put(tx: &Transaction<'_>, settings: &[(&str, &str)]) -> Result<(), StoreError> {
    for (name, value) in settings {
        tx.prepare_cached(
            "INSERT INTO setting (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    }
    Ok(())
}
