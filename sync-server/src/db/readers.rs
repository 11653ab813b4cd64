//! Reading connections: opened when they are needed, at most [`READERS`]; whoever finds none waits for one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex};

use super::source::Source;
use super::{Connection, DbError, Tx};

/// How many connections read beside the writer at most.
pub(super) const READERS: usize = 8;

/// The readers' door.
#[derive(Debug)]
pub(super) struct Readers {
    source: Arc<Source>,
    pub(super) pool: Mutex<Pool>,
    freed: Condvar,
}

/// What there is of them.
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Vec<Connection>,
    pub(super) open: usize,
}

impl Readers {
    pub(super) fn of(source: Arc<Source>) -> Self {
        Self { source, pool: Mutex::default(), freed: Condvar::new() }
    }

    /// Runs a job on a connection of its own.
    pub(super) fn read<T, E: From<DbError>>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.take()?;
        let done = catch_unwind(AssertUnwindSafe(|| job(&mut connection.tx())));
        match done {
            Ok(result) => {
                self.give_back(Some(connection));
                result
            }
            Err(panic) => {
                // What it left open nobody knows; its place is another one's.
                drop(connection);
                self.give_back(None);
                resume_unwind(panic)
            }
        }
    }

    fn take(&self) -> Result<Connection, DbError> {
        while let Some(idle) = self.idle_or_place()? {
            if idle.is_open() {
                return Ok(idle);
            }
            // The database ended it: one place is free for a new one.
            self.give_back(None);
        }
        self.source.reader().inspect_err(|_| self.give_back(None))
    }

    /// A connection that lies idle; `None` = there is none, and a place for a new one is taken.
    fn idle_or_place(&self) -> Result<Option<Connection>, DbError> {
        let mut pool = self.pool.lock().map_err(|_| DbError::Stopped)?;
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(Some(connection));
            }
            if pool.open < READERS {
                pool.open += 1;
                return Ok(None);
            }
            pool = self.freed.wait(pool).map_err(|_| DbError::Stopped)?;
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        if let Ok(mut pool) = self.pool.lock() {
            match connection {
                Some(connection) => pool.idle.push(connection),
                None => pool.open -= 1,
            }
        }
        self.freed.notify_one();
    }
}
