//! The writer: one thread, one connection, a queue. Jobs that wait together share a commit; savepoints keep them
//! apart, so that one that fails or panics takes nothing of the others with it. A connection that was lost is opened
//! anew.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::source::Source;
use super::{Connection, DbError, Tx};

/// Jobs that share a commit at most: bounds how long the first of them waits.
const JOBS_PER_COMMIT: usize = 64;

type Reply = Box<dyn FnOnce(Result<(), DbError>) + Send>;
/// Gets the open transaction, or why there is none.
type Job = Box<dyn FnOnce(Result<&mut Tx<'_>, DbError>) -> Ran + Send>;

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
    /// On a connection that was opened; others come from `source`.
    pub(super) fn start(connection: Connection, source: Arc<Source>) -> Result<Self, DbError> {
        let (queue, jobs) = channel();
        let line = Line { connection: Some(connection), source };
        let thread =
            std::thread::Builder::new().name("database writer".to_owned()).spawn(move || run(line, &jobs))?;
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
        let boxed: Job = Box::new(move |tx: Result<&mut Tx<'_>, DbError>| {
            let result = match tx {
                // What it had done is rolled back with its savepoint.
                Ok(tx) => catch_unwind(AssertUnwindSafe(|| job(tx)))
                    .unwrap_or_else(|panic| Err(broke_off(&*panic).into())),
                Err(why) => Err(why.into()),
            };
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

/// What a panic says.
fn broke_off(panic: &(dyn Any + Send)) -> DbError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    DbError::BrokeOff(text.unwrap_or_else(|| "no reason was given".to_owned()))
}

/// The writer's connection, and where another one comes from.
struct Line {
    /// `None` = it was lost, and there was no other one yet.
    connection: Option<Connection>,
    source: Arc<Source>,
}

impl Line {
    /// Begins a transaction. Where it cannot begin, the connection was lost, and it begins on a new one.
    fn begin(&mut self) -> Result<Tx<'_>, DbError> {
        match self.connection.as_mut().map(|open| open.tx().begin()) {
            Some(Ok(())) => {}
            Some(Err(why)) if !self.source.is_far() => return Err(why),
            _ => self.begin_anew()?,
        }
        self.connection.as_mut().map(Connection::tx).ok_or(DbError::Stopped)
    }

    fn begin_anew(&mut self) -> Result<(), DbError> {
        // First the old one goes: the lock that keeps other servers out is its session's.
        self.connection = None;
        let mut open = self.source.writer_again()?;
        open.tx().begin()?;
        self.connection = Some(open);
        Ok(())
    }

    fn note_epoch(&mut self) {
        if let Some(open) = &mut self.connection {
            self.source.note_epoch(open);
        }
    }
}

fn run(mut line: Line, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let batch = std::iter::once(first).chain(jobs.try_iter().take(JOBS_PER_COMMIT - 1));
        match line.begin() {
            Ok(mut tx) => commit_all(&mut tx, batch),
            Err(why) => refuse_all(batch, why),
        }
        line.note_epoch();
    }
}

/// Nothing was begun: all who wait get the same word.
fn refuse_all(jobs: impl Iterator<Item = Job>, why: DbError) {
    let why = Arc::new(why);
    for job in jobs {
        let ran = job(Err(DbError::Commit(why.clone())));
        (ran.reply)(Ok(()));
    }
}

fn commit_all(tx: &mut Tx<'_>, jobs: impl Iterator<Item = Job>) {
    let mut replies = Vec::new();
    let ran = run_all(tx, jobs, &mut replies);
    let committed = ran.and_then(|()| tx.batch("COMMIT"));
    let failed = committed.err().map(Arc::new);
    if failed.is_some() {
        let _ = tx.batch("ROLLBACK");
    }
    for reply in replies {
        reply(match &failed {
            None => Ok(()),
            Some(why) => Err(DbError::Commit(why.clone())),
        });
    }
}

/// Each in its savepoint.
fn run_all(
    tx: &mut Tx<'_>,
    jobs: impl Iterator<Item = Job>,
    replies: &mut Vec<Reply>,
) -> Result<(), DbError> {
    for job in jobs {
        if let Err(why) = tx.batch("SAVEPOINT job") {
            let why = Arc::new(why);
            replies.push(job(Err(DbError::Commit(why.clone()))).reply);
            return Err(DbError::Commit(why));
        }
        let ran = job(Ok(&mut *tx));
        replies.push(ran.reply);
        tx.batch(if ran.keep {
            "RELEASE SAVEPOINT job"
        } else {
            "ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job"
        })?;
    }
    Ok(())
}
