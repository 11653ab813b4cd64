//! A file that is damaged behind its first page: it opens, and a later call meets the damage.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use xundian_device::sync::Outcome;
use xundian_ffi::{CoreError, RepPhone};

use crate::counted;
use crate::kit::{Kit, NOODLES, store};
use crate::pausing::{SOON, beside};

const NOBODY: &str = "http://127.0.0.1:9";

/// As bad blocks leave it: the pages at which a table and its indexes begin are full of the same byte.
fn damage(path: &Path, table: &str) {
    let (size, roots) = pages(path, table);
    assert!(!roots.is_empty() && !roots.contains(&1), "{roots:?}");
    let mut file = File::options().write(true).open(path).unwrap();
    for page in roots {
        let at = u64::try_from((page - 1) * size).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&vec![7; usize::try_from(size).unwrap()]).unwrap();
    }
}

/// How large pages are, and at which ones a table and its indexes begin.
fn pages(path: &Path, table: &str) -> (i64, Vec<i64>) {
    let db = Connection::open(path).unwrap();
    let mut roots = db.prepare("SELECT rootpage FROM sqlite_schema WHERE tbl_name = ?1").unwrap();
    let roots = roots.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    (db.pragma_query_value(None, "page_size", |row| row.get(0)).unwrap(), roots)
}

/// A rep's phone with a route, one of whose tables is damaged.
fn damaged(table: &str, server: &str) -> Kit {
    let Kit { folder, phone, .. } = Kit::working_at(server);
    phone.begin_visit(store(1)).unwrap();
    phone.save_line(counted(5)).unwrap();
    drop(phone);
    damage(&folder.path().join("phone.db"), table);
    Kit::opened(folder)
}

fn kept(name: &str) -> CoreError {
    CoreError::Corrupt { kept_as: name.into() }
}

fn rep(phone: &RepPhone) -> Option<String> {
    phone.rep().unwrap().map(|rep| rep.to_string())
}

#[test]
fn damage_that_a_tap_meets_is_told_to_every_call_and_the_file_is_kept_until_a_new_one_is_begun() {
    let kit = damaged("master_row", NOBODY);
    assert_eq!(rep(&kit.phone).as_deref(), Some("ZY01"), "what is not damaged is read");
    let told = kept("phone.db.damaged-1");
    assert_eq!(kit.phone.today(), Err(told.clone()));
    let file = kit.folder.path().join("phone.db.damaged-1");
    assert!(file.exists() && !kit.folder.path().join("phone.db").exists(), "it is as it was told");
    assert_eq!(kit.phone.save_line(counted(6)), Err(told.clone()), "nothing is written into it any more");
    assert_eq!(kit.phone.sync(), Err(told.clone()));
    kit.phone.pause().unwrap();
    assert_eq!(kit.phone.rep(), Err(told), "also who was away is told");
    kit.phone.resume().unwrap();
    assert_eq!(kit.phone.rep(), Ok(None), "a new one");
    let (line, lines) = (format!("count/{NOODLES}"), "SELECT count(*) FROM draft WHERE line = ?1");
    let kept = Connection::open(file).unwrap();
    let lines: i64 = kept.query_row(lines, [line], |row| row.get(0)).unwrap();
    assert_eq!(lines, 1, "what she counted is in the one that is kept");
    kit.set("rep", "ZY02");
    assert_eq!(rep(&kit.phone).as_deref(), Some("ZY02"), "and it can be written");
}

#[test]
fn damage_that_a_sync_meets_is_told_to_the_taps_after_it() {
    let kit = damaged("fact", NOBODY);
    let told = kept("phone.db.damaged-1");
    assert_eq!(kit.phone.sync(), Err(told.clone()));
    assert_eq!(kit.phone.today(), Err(told));
    kit.phone.resume().unwrap();
    let not_enrolled = CoreError::Unauthorized { reason: "not_enrolled".into() };
    assert_eq!(kit.phone.today(), Err(not_enrolled.clone()));
    assert_eq!(kit.phone.sync(), Err(not_enrolled));
}

#[test]
fn a_sync_that_holds_the_damaged_file_is_stopped_before_it_is_put_aside() {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let kit = damaged("master_row", &format!("http://{}", door.local_addr().unwrap()));
    let syncing = beside(&kit, |phone| phone.sync().map(|report| report.outcome));
    let _silent = door.accept().unwrap();
    let met = beside(&kit, |phone| phone.today().map(drop));
    assert_eq!(met.recv_timeout(SOON), Ok(Err(kept("phone.db.damaged-1"))));
    assert_eq!(syncing.recv_timeout(SOON), Ok(Ok(Outcome::Cancelled)));
    kit.phone.resume().unwrap();
    assert_eq!(kit.phone.rep(), Ok(None));
}

#[test]
fn what_a_listener_meets_in_a_long_call_is_put_aside_after_it() {
    let kit = damaged("master_row", NOBODY);
    *kit.ears.phone.lock().unwrap() = Some(Arc::downgrade(&kit.phone));
    kit.ears.asks.store(true, Ordering::Relaxed);
    assert_eq!(kit.phone.sync().unwrap().outcome, Outcome::Later { ms: 0 }, "nobody is there");
    assert_eq!(*kit.ears.refused.lock().unwrap(), Some(kept("")), "it waits for itself no more than a pause");
    assert_eq!(kit.phone.today(), Err(kept("phone.db.damaged-1")));
}

#[test]
fn a_file_whose_head_goes_while_it_is_open_is_put_aside_once() {
    let kit = Kit::filled();
    let file = kit.folder.path().join("phone.db");
    File::options().write(true).open(&file).unwrap().write_all(&[7; 100]).unwrap();
    let told = kept("phone.db.damaged-1");
    assert_eq!(kit.phone.server(), Err(told.clone()), "whoever opens it beside meets it");
    assert_eq!(kit.phone.current_visit(), Err(told), "and nobody goes on with what is kept");
    kit.phone.resume().unwrap();
    assert_eq!(kit.phone.server(), Ok(None));
    assert!(!kit.folder.path().join("phone.db.damaged-2").exists());
}
