//! The C side. Only files of a machine are wrapped: SQLite's memory for a file starts with our [`Wrapped`], and the
//! file of the VFS below follows it.
//!
//! Safety, for the whole module: SQLite calls these functions by its VFS contract. A file comes from [`open`], stays
//! valid until [`close`], and is used by one thread at a time; buffers are as long as it says.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr::null_mut;
use std::sync::OnceLock;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_io_methods, sqlite3_vfs};

use crate::machine::{Machine, Undo};

/// The VFS that was the default before ours.
struct Below(*mut sqlite3_vfs);

// SAFETY: a registered VFS never moves or changes, and SQLite itself calls it from every thread.
unsafe impl Send for Below {}
// SAFETY: as above.
unsafe impl Sync for Below {}

static BELOW: OnceLock<Below> = OnceLock::new();

/// Makes this VFS the default of the process, once; [`Machine::new`] does it too.
///
/// # Panics
/// SQLite cannot start: a test must not go on with a disk that never fails.
pub fn install() {
    BELOW.get_or_init(|| unsafe {
        let below = ffi::sqlite3_vfs_find(std::ptr::null());
        assert!(!below.is_null(), "SQLite has no VFS");
        // All that is not about files (paths, time, randomness, libraries) stays the other's.
        let ours = Box::leak(Box::new(sqlite3_vfs {
            szOsFile: (*below).szOsFile + OUR_SIZE,
            pNext: null_mut(),
            zName: c"xundian".as_ptr(),
            xOpen: Some(open),
            xDelete: Some(delete),
            ..*below
        }));
        assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK, "SQLite refuses the VFS");
        Below(below)
    });
}

/// Our half of an open file; SQLite sees only the first field.
#[repr(C)]
struct Wrapped {
    methods: *const sqlite3_io_methods,
    machine: Machine,
    path: PathBuf,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "some dozens of bytes")]
const OUR_SIZE: c_int = size_of::<Wrapped>() as c_int;

/// Version 2: shared memory for WAL, but no memory mapping, past which writes could slip.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Calls a method of the VFS below, or of the file below.
macro_rules! below {
    (vfs.$method:ident($($arg:expr),*)) => {{
        let vfs = BELOW.get().map_or(null_mut(), |below| below.0);
        (*vfs).$method.map_or(ffi::SQLITE_MISUSE, |call| call(vfs, $($arg),*))
    }};
    ($file:ident.$method:ident($($arg:expr),*)) => {{
        let file = file_below($file.cast());
        (*(*file).pMethods).$method.map_or(ffi::SQLITE_MISUSE, |call| call(file, $($arg),*))
    }};
}

/// Methods that only ask whether the machine is alive. It cannot die while they run: the match holds its lock.
macro_rules! refused_when_dead {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*) or $refusal:ident;)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $type),*) -> c_int {
            unsafe {
                match wrapped(file).machine.state().alive_or(ffi::$refusal) {
                    Ok(()) => below!(file.$method($($arg),*)),
                    Err(code) => code,
                }
            }
        }
    )*};
}

/// Methods that even a dead machine answers.
macro_rules! passed_on {
    ($($name:ident = $method:ident($($arg:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file, $($arg: $type),*) -> c_int {
            unsafe { below!(file.$method($($arg),*)) }
        }
    )*};
}

refused_when_dead! {
    file_size = xFileSize(size: *mut i64) or SQLITE_IOERR_FSTAT;
    lock = xLock(level: c_int) or SQLITE_IOERR_LOCK;
    check_reserved_lock = xCheckReservedLock(held: *mut c_int) or SQLITE_IOERR_CHECKRESERVEDLOCK;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void) or SQLITE_IOERR_SHMMAP;
}

// The promise POWERSAFE_OVERWRITE, which comes from below, is true: a power cut puts back exactly what was written.
passed_on! {
    unlock = xUnlock(level: c_int);
    sector_size = xSectorSize();
    device_characteristics = xDeviceCharacteristics();
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    unsafe {
        (*file).pMethods = std::ptr::null();
        let Some((path, machine)) = owned(name) else { return below!(vfs.xOpen(name, file, flags, out)) };
        let mut state = machine.state();
        let opened = state
            .alive_or(ffi::SQLITE_IOERR)
            .and_then(|()| check(below!(vfs.xOpen(name, file_below(file.cast()), flags, out))));
        if opened.is_ok() {
            state.opened(&path);
            drop(state);
            file.cast::<Wrapped>().write(Wrapped { methods: &raw const METHODS, machine, path });
        }
        code(opened)
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    unsafe {
        let code = below!(file.xClose());
        wrapped(file).machine.state().closed();
        file.cast::<Wrapped>().drop_in_place();
        (*file).pMethods = std::ptr::null();
        code
    }
}

unsafe extern "C" fn delete(_: *mut sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    unsafe {
        let Some((path, machine)) = owned(name) else { return below!(vfs.xDelete(name, sync_dir)) };
        let mut state = machine.state();
        let size = path.metadata().map_or(0, |file| file.len());
        let deleted =
            state.alive_or(ffi::SQLITE_IOERR_DELETE).and_then(|()| check(below!(vfs.xDelete(name, 0))));
        if deleted.is_ok() {
            state.forget(&path);
        }
        code(deleted.and_then(|()| state.resize(size, 0)))
    }
}

unsafe extern "C" fn read(file: *mut sqlite3_file, buffer: *mut c_void, amount: c_int, offset: i64) -> c_int {
    unsafe {
        let mut state = wrapped(file).machine.state();
        code(state.read().and_then(|()| check(below!(file.xRead(buffer, amount, offset)))))
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    buffer: *const c_void,
    amount: c_int,
    offset: i64,
) -> c_int {
    unsafe {
        let Wrapped { machine, path, .. } = wrapped(file);
        let mut state = machine.state();
        code(state.write().and_then(|()| {
            let end = offset + i64::from(amount);
            let before = held(file, offset, end)?;
            state.resize(before.size, before.size.max(end.cast_unsigned()))?;
            state.remember(path, before);
            check(below!(file.xWrite(buffer, amount, offset)))
        }))
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: i64) -> c_int {
    unsafe {
        let Wrapped { machine, path, .. } = wrapped(file);
        let mut state = machine.state();
        code(state.alive_or(ffi::SQLITE_IOERR_TRUNCATE).and_then(|()| {
            let before = held(file, size, i64::MAX)?;
            state.resize(before.size, size.cast_unsigned())?;
            state.remember(path, before);
            check(below!(file.xTruncate(size)))
        }))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    unsafe {
        let Wrapped { machine, path, .. } = wrapped(file);
        let mut state = machine.state();
        code(state.sync(path, || check(below!(file.xSync(flags)))))
    }
}

/// A file grows by writes alone, so that each growth is counted and can be taken back: the hint is not followed.
unsafe extern "C" fn file_control(file: *mut sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    match op {
        ffi::SQLITE_FCNTL_SIZE_HINT => ffi::SQLITE_OK,
        _ => unsafe { below!(file.xFileControl(op, arg)) },
    }
}

/// Unlocking works on a dead machine too.
unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    unsafe {
        let alive = wrapped(file).machine.state().alive_or(ffi::SQLITE_IOERR_SHMLOCK);
        match alive {
            Err(code) if flags & ffi::SQLITE_SHM_UNLOCK == 0 => code,
            _ => below!(file.xShmLock(offset, n, flags)),
        }
    }
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    unsafe {
        let file = file_below(file.cast());
        if let Some(call) = (*(*file).pMethods).xShmBarrier {
            call(file);
        }
    }
}

/// The dead delete nothing, not even shared memory.
unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    unsafe {
        let delete = if wrapped(file).machine.is_dead() { 0 } else { delete };
        below!(file.xShmUnmap(delete))
    }
}

/// What the file holds from `from` up to `to`, and its size.
unsafe fn held(file: *mut sqlite3_file, from: i64, to: i64) -> Result<Undo, c_int> {
    let overflow = |_| ffi::SQLITE_IOERR;
    let mut size = 0;
    check(unsafe { below!(file.xFileSize(&raw mut size)) })?;
    let amount = c_int::try_from((to.min(size) - from).max(0)).map_err(overflow)?;
    let mut bytes = vec![0_u8; usize::try_from(amount).map_err(overflow)?];
    if amount > 0 {
        check(unsafe { below!(file.xRead(bytes.as_mut_ptr().cast(), amount, from)) })?;
    }
    let [size, offset] = [size, from].map(i64::cast_unsigned);
    Ok(Undo { size, offset, bytes })
}

/// The path and the machine it belongs to; temporary files have no name and no machine.
unsafe fn owned(name: *const c_char) -> Option<(PathBuf, Machine)> {
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?;
    let path = Path::new(name.to_str().ok()?);
    Machine::of(path).map(|machine| (path.to_owned(), machine))
}

unsafe fn wrapped<'a>(file: *mut sqlite3_file) -> &'a Wrapped {
    unsafe { &*file.cast() }
}

unsafe fn file_below(file: *mut Wrapped) -> *mut sqlite3_file {
    unsafe { file.add(1).cast() }
}

fn check(code: c_int) -> Result<(), c_int> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

fn code(result: Result<(), c_int>) -> c_int {
    result.err().unwrap_or(ffi::SQLITE_OK)
}
