//! Putting a file aside that cannot be used: it gets another name, is never deleted, and nothing is replaced by it.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use super::StoreError;
use super::turn::locked;

/// Looking for a file, putting it aside and making a new one are one step to everybody else in this process: else a new file, in
/// order and in use, could be put aside for the old one.
static DOOR: Mutex<()> = Mutex::new(());

/// What the file consists of, as endings of its name: itself, the log with its newest rows, the log's index.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// What a file that was put aside has behind its name, with a number.
const KEPT: &str = ".damaged-";

/// Held while a file is looked for, opened, made or put aside.
pub(super) fn door() -> MutexGuard<'static, ()> {
    locked(&DOOR)
}

/// Renames a damaged file and its companions to `….damaged-n`, with the number after the highest that lies here, and gives that
/// name. Nobody may hold the file. One that is not there any more was put aside by a faster call: the name is that one's, or empty
/// if no file was ever put aside.
///
/// The file goes first: what a crash leaves of the rest lies beside no file, and follows when this is called again or a new file
/// is opened. The other way round the old file would open without its newest rows.
///
/// # Errors
/// [`StoreError::NotPutAside`]: what has no new name yet lies where it was, and the next call goes on there.
pub fn put_aside(path: &Path) -> Result<String, StoreError> {
    let _door = door();
    put_aside_now(path)
}

/// [`put_aside`] for who holds the door.
pub(super) fn put_aside_now(path: &Path) -> Result<String, StoreError> {
    rename(path).map_err(|why| StoreError::NotPutAside { reason: why.to_string() })
}

fn rename(path: &Path) -> io::Result<String> {
    let kept = last_kept(path)?.saturating_add(u32::from(path.try_exists()?));
    if kept == 0 {
        return Ok(String::new());
    }
    let kept = with_suffix(path, &format!("{KEPT}{kept}"));
    rename_all(path, &kept)?;
    Ok(kept.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

/// The highest number that a file put aside here has, or something that was left of one; 0 = none ever was. Not the first gap: a
/// log without its file belongs to the one that was put aside last.
fn last_kept(path: &Path) -> io::Result<u32> {
    let kept = with_suffix(path, KEPT);
    let Some(kept) = kept.file_name().map(OsStr::to_string_lossy) else { return Ok(0) };
    let entries = match std::fs::read_dir(folder_of(path)) {
        // SQLite says so.
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut last = 0;
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_prefix(&*kept).and_then(|rest| rest.split('-').next());
        let number = number.and_then(|number| number.parse::<u32>().ok());
        last = number.unwrap_or_default().max(last);
    }
    Ok(last)
}

/// What is there of a file, itself first; on the disk before a new one takes the name.
fn rename_all(path: &Path, kept: &Path) -> io::Result<()> {
    for part in PARTS {
        let (from, to) = (with_suffix(path, part), with_suffix(kept, part));
        // A log that belongs to no file takes no other one's place.
        if from.try_exists()? && !to.try_exists()? {
            std::fs::rename(from, to)?;
        }
    }
    File::open(folder_of(path))?.sync_all()
}

/// Where a file lies.
fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::super::Store;
    use super::*;

    #[test]
    fn a_damaged_file_is_put_aside_and_a_fresh_one_opens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        std::fs::write(&path, b"this is no database, but perhaps thirty visits").unwrap();
        let StoreError::Corrupt { kept_as } = Store::open(&path).unwrap_err() else { panic!("not seen") };
        assert_eq!(kept_as, "phone.db.damaged-1");
        let kept = std::fs::read(dir.path().join(kept_as)).unwrap();
        assert!(kept.starts_with(b"this is no database"));
        Store::open(&path).unwrap();
    }

    #[test]
    fn what_is_put_aside_replaces_nothing_and_takes_its_companions_along() {
        let (dir, path) = folder_with(&[
            ("phone.db.damaged-1", "an older one"),
            ("phone.db.damaged-2-wal", "the log of one that was taken away"),
            ("phone.db", "rows"),
            ("phone.db-wal", "newer rows"),
        ]);
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-3");
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("phone.db.damaged-1"), "an older one");
        assert_eq!(read("phone.db.damaged-2-wal"), "the log of one that was taken away");
        assert_eq!(read("phone.db.damaged-3"), "rows");
        assert_eq!(read("phone.db.damaged-3-wal"), "newer rows");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-3", "somebody was faster");
    }

    #[test]
    fn a_log_that_a_crash_left_behind_goes_to_its_file_before_a_new_one_opens() {
        let (dir, path) = folder_with(&[("phone.db.damaged-1", "rows"), ("phone.db-wal", "newer rows")]);
        Store::open(&path).unwrap().set(&[("a new", "file")]).unwrap();
        let kept = std::fs::read_to_string(dir.path().join("phone.db.damaged-1-wal")).unwrap();
        assert_eq!(kept, "newer rows");
        Store::open(&path).unwrap();
        assert!(!dir.path().join("phone.db.damaged-2").exists(), "the new file is in order");
    }

    #[test]
    fn a_log_that_was_left_behind_goes_to_the_newest_file_also_where_an_older_one_was_taken_away() {
        let (dir, path) = folder_with(&[
            ("phone.db.damaged-1", "the oldest"),
            ("phone.db.damaged-3", "rows"),
            ("phone.db-wal", "newer rows"),
            ("other.db.damaged-7", "of another file"),
        ]);
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-3");
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("phone.db.damaged-3-wal"), "newer rows");
        std::fs::write(&path, "of the next one").unwrap();
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-4", "the gap is not filled");
        assert_eq!(read("phone.db.damaged-4"), "of the next one");
    }

    #[test]
    fn a_log_beside_no_file_takes_no_other_ones_place() {
        let (dir, path) = folder_with(&[
            ("phone.db.damaged-1", "rows"),
            ("phone.db.damaged-1-wal", "newer rows"),
            ("phone.db-wal", "of a file that somebody took away"),
        ]);
        Store::open(&path).unwrap();
        let kept = std::fs::read_to_string(dir.path().join("phone.db.damaged-1-wal")).unwrap();
        assert_eq!(kept, "newer rows");
    }

    #[test]
    fn whoever_opens_at_once_puts_no_file_aside_that_is_in_order() {
        for _ in 0..20 {
            let (dir, path) = folder_with(&[("phone.db.damaged-1", "rows"), ("phone.db-wal", "newer rows")]);
            let all = Barrier::new(4);
            std::thread::scope(|scope| {
                let open = || {
                    all.wait();
                    Store::open(&path).unwrap()
                };
                let stores = [(); 4].map(|()| scope.spawn(open)).map(|opening| opening.join().unwrap());
                assert_eq!(stores[0].last_dseq().unwrap(), 0, "it can be read");
            });
            assert!(path.exists() && !dir.path().join("phone.db.damaged-2").exists());
        }
    }

    #[test]
    fn what_cannot_be_put_aside_stays_where_it_is() {
        // The other name would be longer than a folder takes.
        let name = "p".repeat(250);
        let (dir, _) = folder_with(&[(&name, "rows")]);
        let path = dir.path().join(&name);
        assert!(matches!(put_aside(&path), Err(StoreError::NotPutAside { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "rows");
    }

    fn folder_with(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let path = dir.path().join("phone.db");
        (dir, path)
    }
}
