//! Backup and restore (the sync contract, 3.1, 3.3). Phones keep every fact until a backup that has it is confirmed; a
//! restored database gets another epoch, by which phones see what it lost.

use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;
use xundian_domain::InstallId;
use xundian_domain::stamp::Millis;

use crate::db::{Alone, DbError, Tx, real};
use crate::setting;

/// How far every install was at one moment.
pub type Watermarks = Vec<(InstallId, u64)>;

/// Reads the watermarks, before a copy is made by another program.
///
/// # Errors
/// A failing database.
pub fn watermarks(tx: &mut Tx<'_>) -> Result<Watermarks, DbError> {
    let rows = tx.query("SELECT id, acked_dseq FROM install ORDER BY id", &[])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The copy that has these watermarks is safe: phones may forget what is older than 30 days behind them.
///
/// # Errors
/// A failing database.
pub fn confirm(tx: &mut Tx<'_>, marks: &Watermarks) -> Result<(), DbError> {
    for (install, upto) in marks {
        tx.execute(
            "UPDATE install SET durable_upto = $2 WHERE id = $1 AND durable_upto < $2",
            &[(*install).into(), (*upto).into()],
        )?;
    }
    Ok(())
}

/// Copies an SQLite database into a new file while the server runs, flushes the copy and reads its watermarks from it.
///
/// # Errors
/// The copy exists, or the disk fails.
pub fn backup_file(from: &Path, to: &Path) -> Result<Watermarks, DbError> {
    let source = Connection::open(from)?;
    source.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    std::fs::File::open(to)?.sync_all()?;
    flush_folder(to)?;
    let copy = Connection::open(to)?;
    let whole: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(DbError::Io(std::io::Error::other(format!("the copy is damaged: {whole}"))));
    }
    watermarks(&mut Tx::Sqlite(&copy))
}

/// Puts a copy in the place of a database that no server uses, and gives it a new epoch.
///
/// # Errors
/// A server is running on it, the copy is damaged or missing, or the disk fails; the old database is kept as `….before-restore-1`, `-2`….
pub fn restore_file(copy: &Path, to: &Path, epoch: Uuid, now: Millis) -> Result<(), DbError> {
    let whole: String = Connection::open(copy)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(DbError::Io(std::io::Error::other(format!("the copy is damaged: {whole}"))));
    }
    // A server that runs would go on with the file that is put aside, and print from it.
    let _alone = Alone::with(to)?;
    let to = real(to);
    let beside = |suffix: &str| {
        let mut name = to.as_os_str().to_owned();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    // Made ready beside: a server never finds the old state under the old epoch.
    let ready = beside(".restoring");
    std::fs::copy(copy, &ready)?;
    {
        let db = Connection::open(&ready)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        new_epoch(&mut Tx::Sqlite(&db), epoch, now)?;
        db.execute_batch("COMMIT")?;
    }
    std::fs::File::open(&ready)?.sync_all()?;
    // What a killed server left in its log goes into the file first: between the names a log would lose it, for SQLite deletes one
    // without its file.
    empty_log(&to);
    // The first state that was put aside may have the newest facts: it is never written over.
    let aside = (1u32..).map(|n| format!(".before-restore-{n}")).find(|name| !beside(name).exists());
    let aside = aside.unwrap_or_else(|| ".before-restore".to_owned());
    for suffix in ["-wal", "-shm"] {
        let old = beside(suffix);
        if old.exists() {
            std::fs::rename(&old, beside(&format!("{aside}{suffix}")))?;
        }
    }
    // By two names where the folder can: a server that starts meanwhile must not find none and begin an empty one.
    if to.exists() && std::fs::hard_link(&to, beside(&aside)).is_err() {
        std::fs::rename(&to, beside(&aside))?;
    }
    std::fs::rename(&ready, &to)?;
    flush_folder(&to)
}

/// What a killed server left in the log goes into its file. A file that cannot be read keeps its log, and both are put aside.
fn empty_log(file: &Path) {
    if file.exists()
        && let Ok(db) = Connection::open(file)
    {
        let _ = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

/// A new name is durable when its folder is.
fn flush_folder(file: &Path) -> Result<(), DbError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// The database was restored: another epoch, since when, and no backup of it is confirmed.
///
/// # Errors
/// A failing database.
pub fn new_epoch(tx: &mut Tx<'_>, epoch: Uuid, now: Millis) -> Result<(), DbError> {
    note_lost_since(tx)?;
    setting::keep(tx, "epoch", epoch)?;
    setting::keep(tx, setting::RESTORED, now.0)?;
    tx.execute("UPDATE install SET durable_upto = 0", &[])?;
    Ok(())
}

/// From when on sheets may be lost: since the copy was made. What an earlier restore has lost may still be to be made again, and of one
/// before this was written down nobody knows.
fn note_lost_since(tx: &mut Tx<'_>) -> Result<(), DbError> {
    let known: Option<i64> = setting::read(tx, setting::LOST_SINCE)?;
    if known.is_none() && setting::restored(tx)?.is_some() {
        return Ok(());
    }
    let sql = "SELECT max(at) FROM (SELECT max(received) AS at FROM fact UNION ALL SELECT max(frozen) FROM sheet) seen";
    let newest = tx.first(sql, &[])?.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten();
    match (known, newest) {
        (Some(known), Some(newest)) => setting::keep(tx, setting::LOST_SINCE, known.min(newest)),
        (None, Some(newest)) => setting::keep(tx, setting::LOST_SINCE, newest),
        (_, None) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;
    use crate::db::{Address, Db};

    const INSTALL: InstallId = InstallId(Uuid::from_u128(1));

    fn install(db: &Db, acked: u64) {
        db.write_now(move |tx| {
            tx.execute(
                "INSERT INTO install (id, rep, token_hash, public_key, enrolled, acked_dseq)
                 VALUES ($1, 'ZY01', $2, 'k', 0, $3)
                 ON CONFLICT (id) DO UPDATE SET acked_dseq = excluded.acked_dseq",
                &[INSTALL.into(), vec![0u8].into(), acked.into()],
            )
        })
        .unwrap();
    }

    fn setting(db: &Db, name: &'static str) -> Option<String> {
        let sql = "SELECT value FROM server_setting WHERE name = $1";
        db.read_now(|tx| tx.first(sql, &[name.into()])).unwrap().map(|row| row.get(0).unwrap())
    }

    #[test]
    fn a_copy_confirms_what_is_in_it_and_a_restore_says_that_it_is_one() {
        let (folder, db) = fresh();
        let (file, copy) = (folder.path().join("server.db"), folder.path().join("copy.db"));
        install(&db, 5);
        let marks = backup_file(&file, &copy).unwrap();
        install(&db, 9);
        db.write_now(move |tx| confirm(tx, &marks)).unwrap();
        let durable = "SELECT durable_upto FROM install";
        let upto =
            |db: &Db| db.read_now(|tx| tx.first(durable, &[])).unwrap().unwrap().get::<u64>(0).unwrap();
        assert_eq!(upto(&db), 5, "what came after the copy is not in it");
        drop(db);
        restore_file(&copy, &file, Uuid::from_u128(7), Millis(3)).unwrap();
        let db = Db::open(&Address::Sqlite(file.clone())).unwrap();
        assert_eq!(setting(&db, "epoch"), Some(Uuid::from_u128(7).to_string()));
        assert_eq!(setting(&db, "restored").as_deref(), Some("3"));
        assert_eq!(upto(&db), 0);
        assert!(folder.path().join("server.db.before-restore-1").exists());
        drop(db);
        restore_file(&copy, &file, Uuid::from_u128(8), Millis(4)).unwrap();
        let aside =
            |n: u8| Db::open(&Address::Sqlite(folder.path().join(format!("server.db.before-restore-{n}"))));
        let newest = aside(1).unwrap();
        let acked = newest.read_now(|tx| tx.first("SELECT acked_dseq FROM install", &[])).unwrap().unwrap();
        assert_eq!(acked.get::<u64>(0).unwrap(), 9, "the first");
        assert_eq!(setting(&aside(2).unwrap(), "restored").as_deref(), Some("3"));
    }

    #[test]
    fn what_a_killed_server_left_in_its_log_is_in_the_file_that_is_put_aside() {
        let (folder, db) = fresh();
        let (file, copy) = (folder.path().join("server.db"), folder.path().join("copy.db"));
        backup_file(&file, &copy).unwrap();
        install(&db, 9);
        // As its death leaves them: while it runs, all that is new stands in the log alone.
        let killed = folder.path().join("killed");
        std::fs::create_dir(&killed).unwrap();
        for name in ["server.db", "server.db-wal"] {
            std::fs::copy(folder.path().join(name), killed.join(name)).unwrap();
        }
        restore_file(&copy, &killed.join("server.db"), Uuid::from_u128(7), Millis(3)).unwrap();
        let aside = killed.join("server.db.before-restore-1");
        let log = killed.join("server.db.before-restore-1-wal");
        assert!(!std::fs::metadata(&log).is_ok_and(|log| log.len() > 0));
        let aside = Db::open(&Address::Sqlite(aside)).unwrap();
        let acked = aside.read_now(|tx| tx.first("SELECT acked_dseq FROM install", &[])).unwrap().unwrap();
        assert_eq!(acked.get::<u64>(0).unwrap(), 9);
    }

    #[test]
    fn a_copy_is_never_written_over_and_nonsense_is_no_copy() {
        let (folder, db) = fresh();
        let (file, copy) = (folder.path().join("server.db"), folder.path().join("copy.db"));
        backup_file(&file, &copy).unwrap();
        assert!(backup_file(&file, &copy).is_err());
        std::fs::write(&copy, b"nonsense").unwrap();
        drop(db);
        assert!(restore_file(&copy, &file, Uuid::nil(), Millis(0)).is_err());
        assert!(Db::open(&Address::Sqlite(file)).is_ok(), "the old one is untouched");
    }

    #[test]
    fn no_copy_is_put_under_a_running_server() {
        let (folder, db) = fresh();
        let (file, copy) = (folder.path().join("server.db"), folder.path().join("copy.db"));
        backup_file(&file, &copy).unwrap();
        let put = || restore_file(&copy, &file, Uuid::from_u128(7), Millis(3));
        assert!(matches!(put(), Err(DbError::InUse)));
        assert!(!folder.path().join("server.db.before-restore-1").exists());
        drop(db);
        put().unwrap();
    }

    #[test]
    fn the_journal_cannot_be_changed() {
        let (_folder, db) = fresh();
        db.write_now(|tx| {
            tx.execute(
                "INSERT INTO quarantine (id, install, hash, reason, received, body) VALUES ($1, $1, $1, 'x', 0, 'b')",
                &[vec![1u8].into()],
            )
        })
        .unwrap();
        for sql in ["UPDATE quarantine SET body = 'other'", "DELETE FROM quarantine"] {
            let refused = db.write_now(move |tx| tx.execute(sql, &[])).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{refused}");
        }
    }
}
