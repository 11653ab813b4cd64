//! Machines: what each has counted, what is planned for it, and what its disk has not yet been told to keep.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::fs::{File, OpenOptions, remove_file};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::ffi;

/// Every machine that a test still holds.
static MACHINES: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// On which side of a sync the machine dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing of this sync is durable.
    Before,
    /// All of it is durable, but the caller never hears so.
    After,
}

/// A simulated machine: a folder whose SQLite files it can lose. Clones are handles of the same machine, and it is
/// gone with its last handle and its last open file.
#[derive(Clone, Debug)]
pub struct Machine(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    state: Mutex<State>,
}

/// The counters only grow; a plan names the count at which it comes true.
#[derive(Debug, Default)]
pub(crate) struct State {
    dead: bool,
    /// Its death is the process's: nothing is closed and nobody cleans up.
    takes_process: bool,
    open_files: usize,
    onlookers: u32,
    reads: u64,
    writes: u64,
    syncs: u64,
    /// What a living machine has refused, as planned.
    refusals: u64,
    die_at_sync: Option<(u64, When)>,
    die_at_write: Option<u64>,
    fail_at_read: Option<u64>,
    fail_at_write: Option<u64>,
    fail_at_sync: Option<u64>,
    full_after: Option<u64>,
    quota: Option<Quota>,
    /// Every file that was ever open, with what takes back its writes since its last sync, oldest first.
    files: BTreeMap<PathBuf, Vec<Undo>>,
}

/// How much more the files of a machine may hold than when it was set.
#[derive(Debug)]
struct Quota {
    room: u64,
    /// What was taken of it and not given back; less than nothing where more was given back.
    taken: i128,
    /// After every write that took more of it than any before, how much that was.
    peaks: Vec<u64>,
}

/// What a write or a truncation is about to destroy.
#[derive(Debug)]
pub(crate) struct Undo {
    pub(crate) size: u64,
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Machine {
    /// Makes `folder`, which must exist, a machine, and installs the VFS. Of nested machines the innermost owns a
    /// file, of two on the same folder the later one.
    ///
    /// # Errors
    /// The folder cannot be resolved.
    pub fn new(folder: &Path) -> io::Result<Self> {
        crate::install();
        let shared = Arc::new(Shared { folder: folder.canonicalize()?, state: Mutex::default() });
        let mut machines = locked(&MACHINES);
        machines.retain(|machine| machine.strong_count() > 0);
        machines.push(Arc::downgrade(&shared));
        Ok(Self(shared))
    }

    /// Reads so far, but for those of onlookers, so that a test can let every one of them fail.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    /// As long as it lives, reads are the test's own: none counts, and none fails by plan.
    #[must_use]
    pub fn onlooker(&self) -> Onlooker {
        self.state().onlookers += 1;
        Onlooker(self.clone())
    }

    /// Writes so far, so that a test can name every one of them as a crash point.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    /// Syncs so far, so that a test can name every one of them as a crash point.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Reads, writes and syncs so far that failed by plan while the machine lived on: whether a planned error came true.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.state().refusals
    }

    /// Dies at the `n`-th sync from now (1 is the next one), which fails either way.
    pub fn die_at_sync(&self, n: u64, when: When) {
        let mut state = self.state();
        state.die_at_sync = Some((state.syncs + n, when));
    }

    /// Dies at the `n`-th write from now (1 is the next one), of which nothing reaches the disk.
    pub fn die_at_write(&self, n: u64) {
        let mut state = self.state();
        state.die_at_write = Some(state.writes + n);
    }

    /// From here on its planned death ends this process on the spot: at a write before anything of it is done, at a sync
    /// [`When::Before`] with what was not flushed taken back, as if the power went, and [`When::After`] the real flush.
    /// For child processes.
    pub fn takes_process_along(&self) {
        self.state().takes_process = true;
    }

    /// Dies now, as a killed process does: what was written stays, and whatever touches a file fails from here on.
    /// Locks are still given back, so that connections can be dropped.
    pub fn die(&self) {
        self.state().dead = true;
    }

    /// Whether the machine has died, by plan or by hand.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.state().dead
    }

    /// After so many further writes the disk is full; `None` gives space again. A full disk refuses overwriting too,
    /// as disks that copy on write do, so that no test depends on how SQLite lays out its pages.
    pub fn disk_full_after(&self, writes: Option<u64>) {
        let mut state = self.state();
        state.full_after = writes.map(|writes| state.writes + writes);
    }

    /// The machine's files may grow by so many bytes from now on; `None` = as they like. A write that would need more is refused as
    /// on a full disk. Overwriting is free, and what is truncated or deleted is room again.
    pub fn disk_full_at_bytes(&self, room: Option<u64>) {
        self.state().quota = room.map(|room| Quota { room, taken: 0, peaks: Vec::new() });
    }

    /// What every write needed of the quota that needed more than any before it: one byte less refuses exactly this one. Empty without
    /// a quota.
    #[must_use]
    pub fn peaks(&self) -> Vec<u64> {
        self.state().quota.as_ref().map_or_else(Vec::new, |quota| quota.peaks.clone())
    }

    /// The `n`-th write from now (1 is the next one) fails, once; the machine lives on.
    pub fn io_error_at_write(&self, n: u64) {
        let mut state = self.state();
        state.fail_at_write = Some(state.writes + n);
    }

    /// The `n`-th read from now (1 is the next one) fails, once; the machine lives on.
    pub fn io_error_at_read(&self, n: u64) {
        let mut state = self.state();
        state.fail_at_read = Some(state.reads + n);
    }

    /// The `n`-th sync from now (1 is the next one) fails, once, and makes nothing durable; the machine lives on.
    pub fn io_error_at_sync(&self, n: u64) {
        let mut state = self.state();
        state.fail_at_sync = Some(state.syncs + n);
    }

    /// Forgets what was planned and did not come true: the disk does as it should again.
    pub fn relent(&self) {
        let mut state = self.state();
        (state.die_at_sync, state.die_at_write) = (None, None);
        (state.fail_at_read, state.fail_at_write, state.fail_at_sync) = (None, None, None);
        (state.full_after, state.quota) = (None, None);
    }

    /// Dies now and takes back every write that no sync made durable. A deleted file stays deleted, and a file whose
    /// making was never synced stays, empty.
    ///
    /// # Errors
    /// A file cannot be put back.
    pub fn power_cut(&self) -> io::Result<()> {
        let mut state = self.state();
        state.dead = true;
        state.take_back()
    }

    /// Alive again, without plans, and with a disk that keeps what it holds now; the counters go on.
    ///
    /// # Errors
    /// A connection is still open (it would go on with the memory of the dead process), or an old `-shm` file cannot
    /// be removed.
    pub fn reboot(&self) -> io::Result<()> {
        let mut state = self.state();
        if state.open_files > 0 {
            return Err(io::Error::other(format!("{} files are still open", state.open_files)));
        }
        state.remove_shared_memory()?;
        *state = State {
            onlookers: state.onlookers,
            reads: state.reads,
            writes: state.writes,
            syncs: state.syncs,
            refusals: state.refusals,
            ..State::default()
        };
        Ok(())
    }

    /// The machine that owns this file, if any.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let machines = locked(&MACHINES);
        let owners =
            machines.iter().filter_map(Weak::upgrade).filter(|shared| path.starts_with(&shared.folder));
        owners.max_by_key(|shared| shared.folder.components().count()).map(Self)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.0.state)
    }
}

/// Somebody who looks at a machine's files from outside: see [`Machine::onlooker`].
#[derive(Debug)]
pub struct Onlooker(Machine);

impl Drop for Onlooker {
    fn drop(&mut self) {
        self.0.state().onlookers -= 1;
    }
}

impl State {
    /// `refusal` if the machine is dead.
    pub(crate) fn alive_or(&self, refusal: c_int) -> Result<(), c_int> {
        if self.dead { Err(refusal) } else { Ok(()) }
    }

    pub(crate) fn opened(&mut self, path: &Path) {
        self.open_files += 1;
        self.files.entry(path.to_owned()).or_default();
    }

    pub(crate) fn closed(&mut self) {
        self.open_files -= 1;
    }

    /// Counts a read and says whether it may happen.
    pub(crate) fn read(&mut self) -> Result<(), c_int> {
        self.alive_or(ffi::SQLITE_IOERR_READ)?;
        if self.onlookers > 0 {
            return Ok(());
        }
        self.reads += 1;
        let fails = self.fail_at_read == Some(self.reads);
        self.refuse_if(fails, ffi::SQLITE_IOERR_READ)
    }

    /// Counts a write and says whether it may happen.
    pub(crate) fn write(&mut self) -> Result<(), c_int> {
        self.alive_or(ffi::SQLITE_IOERR_WRITE)?;
        self.writes += 1;
        if self.die_at_write == Some(self.writes) {
            self.end();
        }
        self.alive_or(ffi::SQLITE_IOERR_WRITE)?;
        let fails = self.fail_at_write == Some(self.writes);
        self.refuse_if(fails, ffi::SQLITE_IOERR_WRITE)?;
        let is_full = self.full_after.is_some_and(|full| self.writes > full);
        self.refuse_if(is_full, ffi::SQLITE_FULL)
    }

    /// A file is about to become larger or smaller, of which the quota has its word.
    pub(crate) fn resize(&mut self, before: u64, after: u64) -> Result<(), c_int> {
        let Some(quota) = &mut self.quota else { return Ok(()) };
        let taken = quota.taken + i128::from(after) - i128::from(before);
        let is_over = after > before && taken > i128::from(quota.room);
        if !is_over {
            let highest = quota.peaks.last().copied().unwrap_or(0);
            quota.taken = taken;
            quota.peaks.extend(u64::try_from(taken).ok().filter(|taken| *taken > highest));
        }
        self.refuse_if(is_over, ffi::SQLITE_FULL)
    }

    /// Counts a sync and carries it out. The log is the disk here, and a real flush would only cost time; where the
    /// machine's death is the process's, its files are all that is left, and `flush` is the real one.
    pub(crate) fn sync(
        &mut self,
        path: &Path,
        flush: impl FnOnce() -> Result<(), c_int>,
    ) -> Result<(), c_int> {
        self.alive_or(ffi::SQLITE_IOERR_FSYNC)?;
        self.syncs += 1;
        let fails = self.fail_at_sync == Some(self.syncs);
        self.refuse_if(fails, ffi::SQLITE_IOERR_FSYNC)?;
        let death = self.die_at_sync.filter(|(at, _)| *at == self.syncs).map(|(_, when)| when);
        if death == Some(When::Before) {
            self.end_before_a_flush();
        }
        self.alive_or(ffi::SQLITE_IOERR_FSYNC)?;
        if self.takes_process {
            flush()?;
        }
        self.forget(path);
        if death == Some(When::After) {
            self.end();
        }
        self.alive_or(ffi::SQLITE_IOERR_FSYNC)
    }

    fn refuse_if(&mut self, is_planned: bool, code: c_int) -> Result<(), c_int> {
        if !is_planned {
            return Ok(());
        }
        self.refusals += 1;
        Err(code)
    }

    /// Dies, and the process with it if that was said.
    fn end(&mut self) {
        self.dead = true;
        if self.takes_process {
            std::process::abort();
        }
    }

    /// The system keeps what a killed process has written: only a power cut makes a death before the flush another one
    /// than a death after it.
    fn end_before_a_flush(&mut self) {
        if self.takes_process
            && let Err(why) = self.take_back()
        {
            eprintln!("xundian-vfs: {why}");
        }
        self.end();
    }

    /// Takes back every write that no sync made durable.
    fn take_back(&mut self) -> io::Result<()> {
        self.files.iter_mut().try_for_each(|(path, log)| restore(path, std::mem::take(log)))?;
        self.remove_shared_memory()
    }

    pub(crate) fn remember(&mut self, path: &Path, undo: Undo) {
        self.files.entry(path.to_owned()).or_default().push(undo);
    }

    /// Nothing of this file is to be taken back any more: it is synced, or deleted.
    pub(crate) fn forget(&mut self, path: &Path) {
        self.files.entry(path.to_owned()).or_default().clear();
    }

    /// Shared memory does not outlive the machine, though SQLite backs it with a file.
    fn remove_shared_memory(&self) -> io::Result<()> {
        self.files.keys().try_for_each(|path| {
            let mut name = path.as_os_str().to_owned();
            name.push("-shm");
            found(remove_file(name)).map(drop)
        })
    }
}

/// Applies the log of one file, newest first. Closing the file gives up the process's locks on it, which nobody on a
/// dead machine can use.
fn restore(path: &Path, log: Vec<Undo>) -> io::Result<()> {
    if log.is_empty() {
        return Ok(());
    }
    let Some(mut file) = found(OpenOptions::new().write(true).open(path))? else { return Ok(()) };
    log.into_iter().rev().try_for_each(|undo| undo.apply(&mut file))
}

impl Undo {
    fn apply(self, file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::Start(self.offset))?;
        file.write_all(&self.bytes)?;
        file.set_len(self.size)
    }
}

/// `None` for a file that is not there.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}

/// A test that panicked elsewhere must not fail this one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
