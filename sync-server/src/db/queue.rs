//! The writer: one thread, one connection, a queue. Jobs that wait together share a commit; savepoints keep them
//! apart, so that one that fails takes nothing of the others with it.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::{Connection, DbError, Tx};

/// Jobs that share a commit at most: bounds how long the first of them waits.
const JOBS_PER_COMMIT: usize = 64;

type Reply = Box<dyn FnOnce(Result<(), DbError>) + Send>;
type Job = Box<dyn FnOnce(&mut Tx<'_>) -> Ran + Send>;

/// What a job left behind.
struct Ran {
    keep: bool,
    reply: Reply,
}

/// The writer's door.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Option<Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, DbError> {
        let (queue, jobs) = channel();
        let thread = std::thread::Builder::new()
            .name("database writer".to_owned())
            .spawn(move || run(connection, &jobs))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Queues a job; `done` gets its result after the commit.
    pub(super) fn submit<T, E, F>(
        &self,
        job: F,
        done: impl FnOnce(Result<T, E>) + Send + 'static,
    ) -> Result<(), DbError>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let boxed: Job = Box::new(move |tx| {
            let result = job(tx);
            Ran {
                keep: result.is_ok(),
                reply: Box::new(move |committed| done(result.and_then(|t| Ok(committed.map(|()| t)?)))),
            }
        });
        let queue = self.queue.lock().map_err(|_| DbError::Stopped)?;
        queue.as_ref().ok_or(DbError::Stopped)?.send(boxed).map_err(|_| DbError::Stopped)
    }
}

impl Drop for Writer {
    /// Finishes what is queued.
    fn drop(&mut self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            let _ = thread.join();
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let batch = std::iter::once(first).chain(jobs.try_iter().take(JOBS_PER_COMMIT - 1));
        let mut replies = Vec::new();
        let committed = commit_all(&mut connection.tx(), batch, &mut replies);
        let failed = committed.err().map(Arc::new);
        for reply in replies {
            reply(match &failed {
                None => Ok(()),
                Some(why) => Err(DbError::Commit(why.clone())),
            });
        }
    }
}

fn commit_all(
    tx: &mut Tx<'_>,
    jobs: impl Iterator<Item = Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), DbError> {
    tx.begin()?;
    for job in jobs {
        tx.batch("SAVEPOINT job")?;
        let ran = job(tx);
        replies.push(ran.reply);
        let end = if ran.keep {
            "RELEASE SAVEPOINT job"
        } else {
            "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job"
        };
        if let Err(why) = tx.batch(end) {
            let _ = tx.batch("ROLLBACK");
            return Err(why);
        }
    }
    tx.batch("COMMIT").inspect_err(|_| {
        let _ = tx.batch("ROLLBACK");
    })
}
