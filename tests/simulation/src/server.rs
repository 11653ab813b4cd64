//! The server of a run: the real one on an SQLite file, behind the door that HTTP has too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use uuid::Uuid;
use xundian_domain::stamp::Millis;
use xundian_domain::{RecordId, RepNo};
use xundian_server::app::{App, Clock};
use xundian_server::db::{Address, Db, DbError, Tx};
use xundian_server::log::Log;
use xundian_server::photos::{Blobs, Shelf, Staging};
use xundian_server::sync::service::{Answered, Asked, answer};
use xundian_server::sync::{DayQuota, new_code};
use xundian_server::trust::{Watermarks, backup_file, confirm, restore_file};

use xundian_vfs::Machine;

use crate::Outcome;
use crate::city::template;
use crate::clock::WorldClock;
use crate::photos::tear;

/// The server, up or down.
pub(crate) struct Server {
    app: Option<App>,
    file: PathBuf,
    folder: PathBuf,
    clock: WorldClock,
    pub(crate) machine: Machine,
    backup: Option<PathBuf>,
    backups: u32,
    /// Records that are in a backup, with their hashes.
    pub(crate) backed_up: BTreeSet<(RecordId, [u8; 32])>,
    /// Grows with every restore.
    pub(crate) epoch_number: u32,
    /// What lost power did to half photos; the line counts and tells it.
    pub(crate) torn: Vec<&'static str>,
}

impl Server {
    pub(crate) fn start(folder: &Path, clock: &WorldClock) -> Outcome<Self> {
        let folder = folder.join("server");
        std::fs::create_dir(&folder)?;
        let file = folder.join("server.db");
        template()?.copy_to(&file)?;
        Self::open(&folder, clock)
    }

    /// Starts on what lies in its folder.
    pub(crate) fn open(folder: &Path, clock: &WorldClock) -> Outcome<Self> {
        let mut server = Self {
            app: None,
            machine: Machine::new(folder)?,
            file: folder.join("server.db"),
            folder: folder.to_owned(),
            clock: clock.clone(),
            backup: None,
            backups: 0,
            backed_up: BTreeSet::new(),
            epoch_number: 1,
            torn: Vec::new(),
        };
        server.up()?;
        Ok(server)
    }

    /// Starts on what lies in its file. What it says is of no use here: the story tells what happened to it.
    pub(crate) fn up(&mut self) -> Outcome<()> {
        let db = Db::open(&Address::Sqlite(self.file.clone()))?;
        let (shelf, half) = (Shelf::in_folder(self.shelf()), Staging::in_folder(self.staging()));
        let (blobs, clock) = (Blobs::new(db.clone(), shelf, half), Box::new(self.clock.clone()));
        self.app = Some(App::start_with(db, clock, blobs, DayQuota::default(), Log::SILENT)?);
        Ok(())
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock.now()
    }

    pub(crate) fn app(&self) -> Outcome<&App> {
        self.app.as_ref().ok_or_else(|| "the server is down".into())
    }

    /// Dies and comes back with what is on the disk; with the power, what was not flushed goes.
    pub(crate) fn kill(&mut self, power: bool) -> Outcome<()> {
        self.go_down(power)?;
        self.up()
    }

    /// Dies; its disk has no plans any more.
    pub(crate) fn go_down(&mut self, power: bool) -> Outcome<()> {
        if power {
            self.machine.power_cut()?;
            let throw = u64::try_from(self.clock.bits() >> 64)?;
            self.torn.extend(tear(&self.staging(), throw)?);
        } else {
            self.machine.die();
        }
        self.app = None;
        Ok(self.machine.reboot()?)
    }

    /// Where whole photos lie.
    pub(crate) fn shelf(&self) -> PathBuf {
        self.folder.join("photos")
    }

    /// Where half photos lie.
    pub(crate) fn staging(&self) -> PathBuf {
        self.folder.join("photos.half")
    }

    /// Answers as HTTP would.
    pub(crate) fn answer(&self, asked: &Asked) -> Outcome<Answered> {
        Ok(answer(self.app()?, asked))
    }

    pub(crate) fn code(&self, rep: RepNo) -> Outcome<String> {
        let (bits, now) = (self.clock.bits().to_be_bytes(), self.clock.now());
        Ok(self.app()?.db().write_now(move |tx| new_code(tx, rep, bits, now))?)
    }

    pub(crate) fn back_up(&mut self) -> Outcome<()> {
        let (copy, marks) = self.copy()?;
        self.keep(copy, marks)
    }

    /// A copy that nobody has confirmed yet.
    pub(crate) fn copy(&mut self) -> Outcome<(PathBuf, Watermarks)> {
        self.backups += 1;
        let copy = self.folder.join(format!("backup-{}.db", self.backups));
        let marks = backup_file(&self.file, &copy)?;
        Ok((copy, marks))
    }

    /// The copy is confirmed. What is backed up is what lies in it, whatever the server has by now.
    pub(crate) fn keep(&mut self, copy: PathBuf, marks: Watermarks) -> Outcome<()> {
        let onlooker = self.machine.onlooker();
        let file = Connection::open(&copy)?;
        self.backed_up.extend(records(&mut Tx::Sqlite(&file))?);
        drop(file);
        drop(onlooker);
        self.app()?.db().write_now(move |tx| confirm(tx, &marks))?;
        self.backup = Some(copy);
        Ok(())
    }

    /// Goes back to its last backup; `false` = there is none.
    pub(crate) fn restore(&mut self) -> Outcome<bool> {
        let Some(copy) = self.backup.clone() else { return Ok(false) };
        self.app = None;
        self.machine.reboot()?;
        restore_file(&copy, &self.file, Uuid::from_u128(self.clock.bits()), self.clock.now())?;
        self.epoch_number += 1;
        self.up()?;
        Ok(true)
    }

    /// Every record that is here, in effect or in quarantine, with its hash.
    pub(crate) fn records(&self) -> Outcome<BTreeSet<(RecordId, [u8; 32])>> {
        self.read(records)
    }

    /// Whether a backup has a record of this id.
    pub(crate) fn is_backed_up(&self, id: RecordId) -> bool {
        self.backed_up.range((id, [0; 32])..=(id, [u8::MAX; 32])).next().is_some()
    }

    /// A look from outside: no fault of the disk is meant for it.
    pub(crate) fn read<T>(&self, job: impl FnOnce(&mut Tx<'_>) -> Result<T, DbError>) -> Outcome<T> {
        let _onlooker = self.machine.onlooker();
        Ok(self.app()?.db().read_now(job)?)
    }
}

fn records(tx: &mut Tx<'_>) -> Result<BTreeSet<(RecordId, [u8; 32])>, DbError> {
    let rows = tx.query("SELECT id, hash FROM fact UNION SELECT id, hash FROM quarantine", &[])?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
