//! A pause while a long call runs, before a server that is silent.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::Connection;
use xundian_device::sync::Outcome;
use xundian_ffi::{CoreError, RepPhone};

use crate::conflict;
use crate::kit::Kit;

/// An answer is waited for half a minute.
pub(crate) const SOON: Duration = Duration::from_secs(15);

fn silent() -> (TcpListener, Kit) {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let kit = Kit::working_at(&format!("http://{}", door.local_addr().unwrap()));
    (door, kit)
}

/// Does something on a thread of its own; what it gave is heard there, or nothing in time.
pub(crate) fn beside<T: Send + 'static>(
    kit: &Kit,
    act: impl FnOnce(&RepPhone) -> T + Send + 'static,
) -> Receiver<T> {
    let (tell, ended) = channel();
    let phone = Arc::clone(&kit.phone);
    std::thread::spawn(move || tell.send(act(&phone)));
    ended
}

fn synced(phone: &RepPhone) -> Result<Outcome, CoreError> {
    phone.sync().map(|report| report.outcome)
}

#[test]
fn a_pause_waits_until_the_sync_that_runs_has_let_go_of_the_file() {
    let (door, kit) = silent();
    let journal = kit.folder.path().join("phone.db-wal");
    let syncing = beside(&kit, synced);
    let _silent = door.accept().unwrap();
    assert!(journal.exists());
    let paused = beside(&kit, RepPhone::pause);
    assert_eq!(paused.recv_timeout(SOON), Ok(Ok(())));
    assert!(!journal.exists(), "who closes the file last takes its journal along");
    assert_eq!(synced(&kit.phone), Err(conflict("paused")), "and nobody is busy any more");
    assert_eq!(syncing.recv_timeout(SOON), Ok(Ok(Outcome::Cancelled)));
}

#[test]
fn whenever_it_comes_a_pause_is_heard_by_the_call_that_just_begins() {
    let (_door, kit) = silent();
    for round in 0..20u64 {
        let syncing = beside(&kit, synced);
        // Nothing is waited for: the pause falls on another moment of the call in each round.
        std::thread::sleep(Duration::from_micros(round * 50));
        let paused = beside(&kit, RepPhone::pause);
        assert_eq!(paused.recv_timeout(SOON), Ok(Ok(())), "round {round}");
        let ended = syncing.recv_timeout(SOON).unwrap();
        assert!(ended == Ok(Outcome::Cancelled) || ended == Err(conflict("paused")), "{round}: {ended:?}");
        kit.phone.resume().unwrap();
    }
}

#[test]
fn a_listener_may_pause_the_call_that_it_hears_of() {
    let kit = Kit::enrolled();
    *kit.ears.phone.lock().unwrap() = Some(Arc::downgrade(&kit.phone));
    kit.ears.pauses.store(true, Ordering::Relaxed);
    let syncing = beside(&kit, synced);
    assert_eq!(syncing.recv_timeout(SOON), Ok(Ok(Outcome::Cancelled)), "it waits for nobody");
    assert_eq!(synced(&kit.phone), Err(conflict("paused")));
    kit.ears.pauses.store(false, Ordering::Relaxed);
    kit.phone.resume().unwrap();
    assert_eq!(synced(&kit.phone), Ok(Outcome::Later { ms: 0 }), "nobody is there");
}

#[test]
fn a_pause_that_comes_while_the_file_is_opened_again_closes_it() {
    let kit = Kit::enrolled();
    kit.phone.pause().unwrap();
    // Somebody else holds the file: opening waits.
    let other = Connection::open(kit.folder.path().join("phone.db")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;").unwrap();
    let resumed = beside(&kit, RepPhone::resume);
    assert_eq!(resumed.recv_timeout(Duration::from_millis(200)), Err(RecvTimeoutError::Timeout), "it opens");
    let paused = beside(&kit, RepPhone::pause);
    assert_eq!(paused.recv_timeout(Duration::from_millis(50)), Err(RecvTimeoutError::Timeout), "it waits");
    drop(other);
    assert_eq!(resumed.recv_timeout(SOON), Ok(Ok(())));
    assert_eq!(paused.recv_timeout(SOON), Ok(Ok(())));
    assert_eq!(kit.phone.rep(), Err(conflict("paused")));
    kit.phone.resume().unwrap();
    assert!(kit.phone.rep().is_ok());
}
