//! Settings of this phone: who it belongs to, its key, how far it is in step with the server.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Store, StoreError};

impl Store {
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
