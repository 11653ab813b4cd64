//! Photos that wait on the phone: a row says that a file is there and whether the server has it. The bytes lie beside
//! the database, by the name of their hash.

use rusqlite::params;

use super::{Store, StoreError};

/// A photo that the server does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPhoto {
    /// SHA-256 in hexadecimal, also the file's name.
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

impl Store {
    /// A photo whose file is on the disk; the same one again changes nothing.
    ///
    /// # Errors
    /// A failing file.
    pub fn add_photo(&mut self, sha256: &str, length: u64, taken_ms: i64) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "INSERT INTO photo (sha256, length, taken) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![sha256, length, taken_ms])?;
        Ok(())
    }

    /// Photos that the server does not have, oldest first.
    ///
    /// # Errors
    /// A failing file.
    pub fn waiting_photos(&self, limit: usize) -> Result<Vec<WaitingPhoto>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(
            "SELECT sha256, length FROM photo WHERE sent = 0 ORDER BY taken, sha256 LIMIT ?1",
        )?;
        let rows = statement
            .query_map(params![limit], |row| Ok(WaitingPhoto { sha256: row.get(0)?, length: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many photos wait, and their bytes.
    ///
    /// # Errors
    /// A failing file.
    pub fn photos_pending(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(length), 0) FROM photo WHERE sent = 0";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// The server has the whole of it.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_sent(&mut self, sha256: &str) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE photo SET sent = 1 WHERE sha256 = ?1")?.execute(params![sha256])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_wait_in_their_order_until_the_server_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
        for (name, taken) in [("b", 1), ("a", 2), ("b", 3)] {
            store.add_photo(name, 10, taken).unwrap();
        }
        assert_eq!(store.photos_pending().unwrap(), (2, 20));
        assert_eq!(store.waiting_photos(1).unwrap()[0].sha256, "b");
        store.photo_sent("b").unwrap();
        assert_eq!(store.waiting_photos(9).unwrap()[0].sha256, "a");
    }
}
