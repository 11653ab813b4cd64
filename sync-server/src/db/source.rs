//! Where connections come from: the first ones, and those that stand in for lost ones. A database that starts again or
//! fails over ends the connections of its servers, and no server has to start again for that.

use std::sync::OnceLock;
use std::time::Duration;

use super::{Address, Connection, DbError, Use, migrate};

/// How often the writer asks for the server's lock when its connection was lost, and how long it waits in between: the
/// session that is gone may hold it for a moment longer.
const LOCK_TRIES: u32 = 20;
const LOCK_WAIT: Duration = Duration::from_millis(100);

/// A database, and which state of it this process works on.
#[derive(Debug)]
pub(super) struct Source {
    address: Address,
    /// What the writer is for.
    writes: Use,
    /// The name that the server gave to the state of this database: a restore gives another one. What a server has in
    /// memory holds in its own state only.
    epoch: OnceLock<String>,
}

impl Source {
    pub(super) fn new(address: Address, writes: Use) -> Self {
        Self { address, writes, epoch: OnceLock::new() }
    }

    /// A connection that reads.
    pub(super) fn reader(&self) -> Result<Connection, DbError> {
        self.same(Connection::open(&self.address, Use::Read)?)
    }

    /// The writer's connection, to the newest schema.
    pub(super) fn writer(&self) -> Result<Connection, DbError> {
        let mut open = Connection::open(&self.address, self.writes)?;
        if self.writes == Use::Beside && !migrate::is_newest(&mut open.tx())? {
            // Not under a server that writes by the older schema.
            let mut alone = Connection::open(&self.address, Use::Serve)?;
            migrate::migrate(&mut alone.tx())?;
        }
        migrate::migrate(&mut open.tx())?;
        self.same(open)
    }

    /// The writer's connection, once more.
    pub(super) fn writer_again(&self) -> Result<Connection, DbError> {
        for _ in 0..LOCK_TRIES {
            match self.writer() {
                Err(DbError::InUse) => std::thread::sleep(LOCK_WAIT),
                other => return other,
            }
        }
        Err(DbError::InUse)
    }

    /// Whether connections can be lost: a file's cannot.
    pub(super) fn is_far(&self) -> bool {
        matches!(self.address, Address::Postgres(_))
    }

    /// Remembers the epoch, once the server has given it.
    pub(super) fn note_epoch(&self, open: &mut Connection) {
        if self.is_far()
            && self.epoch.get().is_none()
            && let Ok(Some(epoch)) = epoch_of(open)
        {
            let _ = self.epoch.set(epoch);
        }
    }

    fn same(&self, mut open: Connection) -> Result<Connection, DbError> {
        if let Some(known) = self.epoch.get()
            && epoch_of(&mut open)?.as_ref() != Some(known)
        {
            return Err(DbError::Restored);
        }
        Ok(open)
    }
}

fn epoch_of(open: &mut Connection) -> Result<Option<String>, DbError> {
    let row = open.tx().first("SELECT value FROM server_setting WHERE name = 'epoch'", &[])?;
    row.map(|row| row.get(0)).transpose()
}
