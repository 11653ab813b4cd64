//! The VFS bites, and only where it should.

#![expect(clippy::unwrap_used, reason = "helpers of tests, too")]

use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::{Connection, ErrorCode, Result};
use tempfile::{TempDir, tempdir};
use xundian_vfs::{Machine, When};

fn machine() -> (TempDir, Machine) {
    let folder = tempdir().unwrap();
    let machine = Machine::new(folder.path()).unwrap();
    (folder, machine)
}

/// Opens `folder/db` with a table `t`; a checkpoint every few pages brings the database file into play.
fn open(folder: &Path, journal: &str, synchronous: &str) -> Result<Connection> {
    let db = Connection::open(folder.join("db"))?;
    db.pragma_update(None, "journal_mode", journal)?;
    db.pragma_update(None, "synchronous", synchronous)?;
    db.pragma_update(None, "wal_autocheckpoint", 5)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS t (n INTEGER NOT NULL)")?;
    Ok(db)
}

fn insert(db: &Connection, n: u64) -> Result<()> {
    db.execute("INSERT INTO t VALUES (?1)", [n]).map(drop)
}

/// The rows of a sound file; none if the table was never made.
fn rows(folder: &Path) -> Vec<u64> {
    let db = Connection::open(folder.join("db")).unwrap();
    let verdict: String = db.pragma_query_value(None, "integrity_check", |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    if !db.table_exists(None, "t").unwrap() {
        return Vec::new();
    }
    let mut all = db.prepare("SELECT n FROM t ORDER BY rowid").unwrap();
    all.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// One durable row, then two with `synchronous`, then the cut: what is left?
fn left_after_power_cut(journal: &str, synchronous: &str) -> Vec<u64> {
    let (folder, machine) = machine();
    insert(&open(folder.path(), journal, "FULL").unwrap(), 1).unwrap();
    let db = open(folder.path(), journal, synchronous).unwrap();
    insert(&db, 2).unwrap();
    insert(&db, 3).unwrap();
    machine.power_cut().unwrap();
    assert!(insert(&db, 4).is_err());
    drop(db);
    assert!(Connection::open(folder.path().join("db")).and_then(|db| insert(&db, 5)).is_err());
    machine.reboot().unwrap();
    rows(folder.path())
}

#[test]
fn committed_rows_survive_a_power_cut_and_open_transactions_do_not() {
    let (folder, machine) = machine();
    let db = open(folder.path(), "WAL", "FULL").unwrap();
    insert(&db, 1).unwrap();
    // So small a cache spills pages of the open transaction to the disk.
    db.execute_batch("PRAGMA cache_size = 1; BEGIN").unwrap();
    (2..5000).for_each(|n| insert(&db, n).unwrap());
    machine.power_cut().unwrap();
    drop(db);
    machine.reboot().unwrap();
    assert_eq!(rows(folder.path()), [1]);
}

#[test]
fn a_power_cut_takes_what_was_not_synced() {
    assert_eq!(left_after_power_cut("WAL", "FULL"), [1, 2, 3]);
    assert_eq!(left_after_power_cut("WAL", "NORMAL"), [1]);
    assert_eq!(left_after_power_cut("WAL", "OFF"), [1]);
    assert_eq!(left_after_power_cut("DELETE", "FULL"), [1, 2, 3]);
    assert_eq!(left_after_power_cut("DELETE", "OFF"), [1]);
}

#[test]
fn a_process_kill_takes_nothing_that_was_written() {
    let (folder, machine) = machine();
    let db = open(folder.path(), "WAL", "OFF").unwrap();
    insert(&db, 1).unwrap();
    machine.die();
    assert!(machine.is_dead() && insert(&db, 2).is_err());
    assert!(machine.reboot().is_err(), "a connection is open");
    drop(db);
    machine.reboot().unwrap();
    assert_eq!(rows(folder.path()), [1]);
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    for room in 0..3 {
        let (folder, machine) = machine();
        let db = open(folder.path(), "WAL", "FULL").unwrap();
        insert(&db, 1).unwrap();
        machine.disk_full_after(Some(room));
        let refused = (2..).find_map(|n| insert(&db, n).err().map(|error| (n, error)));
        let (n, error) = refused.unwrap();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
        machine.disk_full_after(None);
        insert(&db, n).unwrap();
        drop(db);
        assert_eq!(rows(folder.path()), (1..=n).collect::<Vec<_>>());
    }
}

/// Rows until the disk is full; gives the first that was refused.
fn insert_until_full(db: &Connection, from: u64) -> u64 {
    let (n, error) = (from..).find_map(|n| insert(db, n).err().map(|error| (n, error))).unwrap();
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DiskFull));
    n
}

#[test]
fn a_quota_is_of_bytes_and_overwriting_is_free() {
    let (folder, machine) = machine();
    let db = open(folder.path(), "WAL", "FULL").unwrap();
    // No checkpoint: the log grows with every row.
    db.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    machine.disk_full_at_bytes(Some(10 * 4096));
    let n = insert_until_full(&db, 1);
    assert!((5..=15).contains(&n), "a page and its head a row: {n}");
    assert!(insert(&db, n).is_err(), "it stays full");
    // The log begins anew, over its old pages, and the table has room in its page.
    machine.disk_full_at_bytes(Some(2 * 4096));
    db.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
    (n..n + 3).for_each(|n| insert(&db, n).unwrap());
    machine.disk_full_at_bytes(None);
    (n + 3..200).for_each(|n| insert(&db, n).unwrap());
    drop(db);
    assert_eq!(rows(folder.path()), (1..200).collect::<Vec<_>>());
}

#[test]
fn every_write_that_grows_has_the_quota_that_refuses_it_and_none_before() {
    let day = |room: u64| {
        let (folder, machine) = machine();
        let db = open(folder.path(), "WAL", "FULL").unwrap();
        machine.disk_full_at_bytes(Some(room));
        let done = (1..=10).take_while(|n| insert(&db, *n).is_ok()).count();
        let (peaks, refusals) = (machine.peaks(), machine.refusals());
        machine.relent();
        drop(db);
        assert!(rows(folder.path()).len() >= done);
        (peaks, refusals)
    };
    let (all, refusals) = day(u64::MAX);
    assert!(all.len() > 4 && all.is_sorted() && refusals == 0, "{all:?}");
    for (n, peak) in all.iter().enumerate() {
        let (before, refusals) = day(peak - 1);
        assert!(before.starts_with(&all[..n]) && !before.contains(peak) && refusals > 0, "{n} {before:?}");
    }
}

#[test]
fn a_write_error_strikes_once() {
    let (folder, machine) = machine();
    let db = open(folder.path(), "WAL", "FULL").unwrap();
    machine.io_error_at_write(1);
    assert_eq!(insert(&db, 1).unwrap_err().sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
    insert(&db, 2).unwrap();
    drop(db);
    assert_eq!(rows(folder.path()), [2]);
}

#[test]
fn a_read_error_strikes_once() {
    let (folder, machine) = machine();
    let [db, other] = [(); 2].map(|()| open(folder.path(), "WAL", "FULL").unwrap());
    // What another connection has written is in no memory of this one.
    insert(&other, 1).unwrap();
    machine.io_error_at_read(1);
    let count = || db.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, u64>(0));
    assert_eq!(count().unwrap_err().sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
    assert_eq!((count().unwrap(), machine.refusals()), (1, 1));
}

#[test]
fn what_an_onlooker_reads_is_nobodys_read_and_does_not_fail() {
    let (folder, machine) = machine();
    let [db, other] = [(); 2].map(|()| open(folder.path(), "WAL", "FULL").unwrap());
    insert(&other, 1).unwrap();
    let count = |db: &Connection| db.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, u64>(0));
    machine.io_error_at_read(1);
    let reads = machine.reads();
    let looking = machine.onlooker();
    let eyes = Connection::open(folder.path().join("db")).unwrap();
    assert_eq!((count(&eyes).unwrap(), machine.reads(), machine.refusals()), (1, reads, 0));
    drop(looking);
    assert!(count(&db).is_err() && machine.reads() > reads);
    assert_eq!((count(&db).unwrap(), machine.refusals()), (1, 1));
}

#[test]
fn a_flush_that_fails_is_an_error_and_makes_nothing_durable() {
    for goes_on in [false, true] {
        let (folder, machine) = machine();
        let db = open(folder.path(), "WAL", "FULL").unwrap();
        insert(&db, 1).unwrap();
        machine.io_error_at_sync(1);
        assert_eq!(insert(&db, 2).unwrap_err().sqlite_error_code(), Some(ErrorCode::SystemIoFailure));
        if goes_on {
            insert(&db, 3).unwrap();
        }
        assert_eq!(machine.refusals(), 1);
        machine.power_cut().unwrap();
        drop(db);
        machine.reboot().unwrap();
        assert_eq!(rows(folder.path()), if goes_on { vec![1, 3] } else { vec![1] });
    }
}

#[test]
fn what_was_planned_and_did_not_come_true_is_no_refusal() {
    let (folder, machine) = machine();
    let db = open(folder.path(), "WAL", "FULL").unwrap();
    machine.disk_full_after(Some(1_000));
    machine.io_error_at_write(1_000);
    machine.io_error_at_sync(1_000);
    insert(&db, 1).unwrap();
    assert_eq!(machine.refusals(), 0);
    machine.relent();
    machine.disk_full_after(Some(0));
    assert!(insert(&db, 2).is_err() && machine.refusals() > 0);
}

/// Where a child process finds how it is to die, and in which folder.
const DEATH: [&str; 2] = ["XUNDIAN_VFS_DEATH", "XUNDIAN_VFS_FOLDER"];

/// In the child: one row is saved, and the process goes with the next one.
fn die_with_the_machine(death: &str, folder: &Path) {
    let machine = Machine::new(folder).unwrap();
    let db = open(folder, "WAL", "FULL").unwrap();
    insert(&db, 1).unwrap();
    machine.takes_process_along();
    match death {
        "write" => machine.die_at_write(1),
        "before" => machine.die_at_sync(1, When::Before),
        _ => machine.die_at_sync(1, When::After),
    }
    insert(&db, 2).unwrap();
}

#[test]
fn a_process_goes_before_a_write_or_on_either_side_of_a_flush_and_leaves_what_that_says() {
    const NAME: &str = "a_process_goes_before_a_write_or_on_either_side_of_a_flush_and_leaves_what_that_says";
    if let [Ok(death), Ok(folder)] = DEATH.map(std::env::var) {
        return die_with_the_machine(&death, Path::new(&folder));
    }
    for (death, left) in [("write", vec![1]), ("before", vec![1]), ("after", vec![1, 2])] {
        let folder = tempdir().unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env(DEATH[0], death)
            .env(DEATH[1], folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(child.code().is_none(), "{death}: {child}");
        assert_eq!(rows(folder.path()), left, "{death}");
    }
}

/// Kills ten commits at every point that `plan` can name, and compares what is left with what was acknowledged.
fn kill_everywhere(journal: &str, plan: impl Fn(&Machine, u64), cut: bool) {
    for n in 1.. {
        let (folder, machine) = machine();
        plan(&machine, n);
        let mut acknowledged = 0;
        let finished = open(folder.path(), journal, "FULL")
            .and_then(|db| (1..=10).try_for_each(|row| insert(&db, row).inspect(|()| acknowledged = row)));
        assert!(finished.is_ok() || machine.is_dead());
        if !machine.is_dead() {
            assert!(n > 10 && acknowledged == 10);
            return;
        }
        if cut {
            machine.power_cut().unwrap();
        }
        machine.reboot().unwrap();
        let rows = rows(folder.path());
        let extra = u64::try_from(rows.len()).unwrap().checked_sub(acknowledged);
        assert!(matches!(extra, Some(0 | 1)), "{journal} {n}: {acknowledged} acknowledged, left {rows:?}");
        assert!(rows.into_iter().eq(1..=acknowledged + extra.unwrap()));
    }
}

#[test]
fn no_death_at_any_sync_or_write_loses_an_acknowledged_commit() {
    for journal in ["WAL", "DELETE", "TRUNCATE"] {
        for cut in [false, true] {
            kill_everywhere(journal, |machine, n| machine.die_at_sync(n, When::Before), cut);
            kill_everywhere(journal, |machine, n| machine.die_at_sync(n, When::After), cut);
            kill_everywhere(journal, Machine::die_at_write, cut);
        }
    }
}

#[test]
fn a_file_outside_of_machines_is_untouched() {
    let (folder, machine) = machine();
    let _inside = open(folder.path(), "WAL", "FULL").unwrap();
    let (writes, syncs) = (machine.writes(), machine.syncs());
    assert!(writes > 0 && syncs > 0);
    machine.power_cut().unwrap();
    let outside = tempdir().unwrap();
    let db = open(outside.path(), "WAL", "OFF").unwrap();
    insert(&db, 1).unwrap();
    drop(db);
    assert_eq!(rows(outside.path()), [1]);
    assert_eq!((machine.writes(), machine.syncs()), (writes, syncs));
    Connection::open_in_memory().unwrap().execute_batch("CREATE TABLE t (n)").unwrap();
}

#[test]
fn machines_do_not_influence_each_other() {
    let ((one, first), (two, second)) = (machine(), machine());
    let [a, b] = [&one, &two].map(|folder| open(folder.path(), "WAL", "OFF").unwrap());
    let writes = second.writes();
    insert(&a, 1).unwrap();
    assert_eq!(second.writes(), writes);
    first.power_cut().unwrap();
    assert!(insert(&a, 2).is_err() && !second.is_dead());
    insert(&b, 1).unwrap();
    drop((a, b));
    first.reboot().unwrap();
    assert_eq!((rows(one.path()), rows(two.path())), (vec![], vec![1]));
}
