//! Photos that wait on the phone: a row says that a file is there (`sent` = 0), that the server has it (1), or that it is
//! gone (2). The bytes lie beside the database, by the name of their hash.

use std::collections::BTreeMap;

use rusqlite::params;

use super::draft::json;
use super::{Store, StoreError};

/// A photo that the server does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPhoto {
    /// SHA-256 in hexadecimal, also the file's name.
    pub sha256: String,
    /// Bytes.
    pub length: u64,
}

/// Where a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum PhotoState {
    /// On this phone, until the server has it.
    Waiting,
    /// On the server; its file went.
    Sent,
    /// Its file went before the server had it.
    Lost,
}

/// A photo whose file is not there may be one that is being written just now; after so long it is not.
const WRITING_MS: i64 = 3_600_000;

impl Store {
    /// A photo whose file is about to be written: its row comes first, so that no file is ever without one. Gives
    /// whether the bytes are wanted: the same photo again changes nothing, one that the server has is not kept again.
    ///
    /// # Errors
    /// A failing file.
    pub fn add_photo(&mut self, sha256: &str, length: u64, taken_ms: i64) -> Result<bool, StoreError> {
        let tx = self.writing()?;
        tx.prepare_cached(
            "INSERT INTO photo (sha256, length, taken) VALUES (?1, ?2, ?3)
             ON CONFLICT (sha256) DO UPDATE SET sent = 0, taken = excluded.taken WHERE sent = 2",
        )?
        .execute(params![sha256, length, taken_ms])?;
        tx.commit()?;
        self.photo_waits(sha256)
    }

    /// Whether it has a row and the server does not have it.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_waits(&self, sha256: &str) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM photo WHERE sha256 = ?1 AND sent = 0";
        Ok(self.db.prepare_cached(sql)?.query_row([sha256], |row| row.get(0))?)
    }

    /// Where these photos are, by their names; one that was never kept here is not among them.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_states(&self, names: &[&str]) -> Result<BTreeMap<String, PhotoState>, StoreError> {
        let names = json("photo names", &names)?;
        let sql = "SELECT sha256, sent FROM photo WHERE sha256 IN (SELECT value FROM json_each(?1))";
        let mut statement = self.db.prepare_cached(sql)?;
        let rows = statement.query_map(params![names], |row| Ok((row.get(0)?, state_of(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// How many photos were lost here before the server had them: their files are gone or damaged.
    ///
    /// # Errors
    /// A failing file.
    pub fn photos_lost(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM photo WHERE sent = 2";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The server has the whole of it.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_sent(&mut self, sha256: &str) -> Result<(), StoreError> {
        let tx = self.writing()?;
        tx.prepare_cached("UPDATE photo SET sent = 1 WHERE sha256 = ?1")?.execute(params![sha256])?;
        tx.commit()
    }

    /// The file of a photo that was added at this moment could not be written: it has no row either. One that was there before
    /// stays.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_not_kept(&mut self, sha256: &str, taken_ms: i64) -> Result<(), StoreError> {
        let sql = "DELETE FROM photo WHERE sha256 = ?1 AND sent = 0 AND taken = ?2";
        let tx = self.writing()?;
        tx.prepare_cached(sql)?.execute(params![sha256, taken_ms])?;
        tx.commit()
    }

    /// There is no file that could be sent: it waits no longer. `false` = it may be one that is being written.
    ///
    /// # Errors
    /// A failing file.
    pub fn photo_gone(&mut self, sha256: &str, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE photo SET sent = 2 WHERE sha256 = ?1 AND sent = 0 AND abs(?2 - taken) > ?3";
        let tx = self.writing()?;
        let changed = tx.prepare_cached(sql)?.execute(params![sha256, now_ms, WRITING_MS])?;
        tx.commit()?;
        Ok(changed > 0)
    }
}

fn state_of(sent: i64) -> PhotoState {
    match sent {
        0 => PhotoState::Waiting,
        1 => PhotoState::Sent,
        _ => PhotoState::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("phone.db")).unwrap();
        (dir, store)
    }

    #[test]
    fn a_photo_without_its_file_has_no_row_and_one_that_was_kept_before_stays() {
        let (_dir, mut store) = store();
        store.add_photo("a", 10, 1).unwrap();
        store.add_photo("b", 10, 2).unwrap();
        store.photo_not_kept("b", 2).unwrap();
        store.add_photo("a", 10, 3).unwrap();
        store.photo_not_kept("a", 3).unwrap();
        let waiting: Vec<_> =
            store.waiting_photos(9).unwrap().into_iter().map(|photo| photo.sha256).collect();
        assert_eq!(waiting, ["a"]);
    }

    #[test]
    fn photos_wait_in_their_order_until_the_server_has_them() {
        let (_dir, mut store) = store();
        for (name, taken) in [("b", 1), ("a", 2), ("b", 3)] {
            assert!(store.add_photo(name, 10, taken).unwrap());
        }
        assert_eq!(store.photos_pending().unwrap(), (2, 20));
        assert_eq!(store.waiting_photos(1).unwrap()[0].sha256, "b");
        store.photo_sent("b").unwrap();
        assert_eq!(store.waiting_photos(9).unwrap()[0].sha256, "a");
        assert!(!store.add_photo("b", 10, 4).unwrap(), "the server has it");
        assert_eq!(store.photos_pending().unwrap(), (1, 10));
    }

    #[test]
    fn each_photo_is_where_its_row_says_and_one_without_a_row_is_nowhere() {
        let (_dir, mut store) = store();
        for name in ["a", "b", "c", "d"] {
            store.add_photo(name, 10, 0).unwrap();
        }
        store.photo_sent("b").unwrap();
        store.photo_gone("c", WRITING_MS + 1).unwrap();
        let states: Vec<_> = store.photo_states(&["c", "b", "a", "e"]).unwrap().into_iter().collect();
        let of = |name: &str, state| (name.to_owned(), state);
        let expected = [of("a", PhotoState::Waiting), of("b", PhotoState::Sent), of("c", PhotoState::Lost)];
        assert_eq!(states, expected);
    }

    #[test]
    fn a_photo_without_a_file_waits_no_longer_unless_it_is_being_written() {
        let (_dir, mut store) = store();
        store.add_photo("a", 10, 0).unwrap();
        assert!(!store.photo_gone("a", WRITING_MS).unwrap(), "its file may come yet");
        assert!(store.photo_gone("a", WRITING_MS + 1).unwrap());
        assert_eq!((store.photos_pending().unwrap(), store.photos_lost().unwrap()), ((0, 0), 1));
        assert!(store.add_photo("a", 10, 9).unwrap(), "taken again, it waits again");
        assert_eq!((store.photos_pending().unwrap(), store.photos_lost().unwrap()), ((1, 10), 0));
    }
}
