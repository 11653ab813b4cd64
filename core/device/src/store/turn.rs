//! Who writes next. SQLite lets a connection that waits sleep and be overtaken again and again; here the connections of
//! one file in this process write in the order in which they asked, so that a tap waits for one page of a sync at most.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::{Transaction, TransactionBehavior};

use super::{Store, StoreError};

/// The files that are open in this process.
static FILES: Mutex<BTreeMap<PathBuf, Weak<Queue>>> = Mutex::new(BTreeMap::new());

/// The writers of one file: tickets are drawn and served in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    tickets: Mutex<Tickets>,
    served: Condvar,
}

#[derive(Debug, Default)]
struct Tickets {
    drawn: u64,
    serving: u64,
}

impl Queue {
    /// The queue of a file that exists.
    pub(super) fn of(path: &Path) -> Arc<Self> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut files = locked(&FILES);
        files.retain(|_, queue| queue.strong_count() > 0);
        if let Some(queue) = files.get(&path).and_then(Weak::upgrade) {
            return queue;
        }
        let queue = Arc::new(Self::default());
        files.insert(path, Arc::downgrade(&queue));
        queue
    }

    /// Waits until everybody who asked before has written.
    fn turn(&self) -> Turn<'_> {
        let mut tickets = locked(&self.tickets);
        let mine = tickets.drawn;
        tickets.drawn += 1;
        while tickets.serving != mine {
            tickets = self.served.wait(tickets).unwrap_or_else(PoisonError::into_inner);
        }
        Turn(self)
    }
}

/// The right to write; given back when it goes.
#[derive(Debug)]
struct Turn<'a>(&'a Queue);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.0.tickets).serving += 1;
        self.0.served.notify_all();
    }
}

/// An open transaction that may write. What is not committed is rolled back.
#[derive(Debug)]
pub(super) struct Writing<'a> {
    // Fields go in this order: the next writer begins when this transaction has ended.
    tx: Transaction<'a>,
    _turn: Turn<'a>,
}

impl Writing<'_> {
    /// On the disk when this returns.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        Ok(self.tx.commit()?)
    }
}

impl<'a> Deref for Writing<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Transaction<'a> {
        &self.tx
    }
}

impl Store {
    /// The one door to writing.
    pub(super) fn writing(&mut self) -> Result<Writing<'_>, StoreError> {
        let turn = self.queue.turn();
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Writing { tx, _turn: turn })
    }
}

/// A thread that panicked elsewhere must not stop a phone from saving.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn connections_of_one_file_share_a_queue_and_other_files_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one.db"), dir.path().join("two.db"));
        let [a, b, c] = [&one, &one, &two].map(|path| Store::open(path).unwrap());
        assert!(Arc::ptr_eq(&a.queue, &b.queue));
        assert!(!Arc::ptr_eq(&a.queue, &c.queue));
    }

    #[test]
    fn writers_go_in_the_order_in_which_they_asked() {
        let queue = Queue::default();
        let (tell, told) = channel();
        std::thread::scope(|scope| {
            let first = queue.turn();
            for n in 1..=3u64 {
                let (tell, queue) = (tell.clone(), &queue);
                scope.spawn(move || {
                    let _turn = queue.turn();
                    tell.send(n).unwrap();
                });
                // The next one asks when this one stands in the queue.
                while locked(&queue.tickets).drawn <= n {
                    std::thread::yield_now();
                }
            }
            drop(first);
        });
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_transaction_that_is_given_up_frees_the_next_writer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let (mut a, mut b) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
        drop(a.writing().unwrap());
        b.set(&[("kept", "yes")]).unwrap();
        assert_eq!(a.setting("kept").unwrap().as_deref(), Some("yes"));
    }
}
