//! Half-sent photos: plain files on this machine, which can be appended to and gone on with. A folder for each install,
//! in it a file for each photo. Nothing here is visible to anybody but its sender.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use xundian_domain::InstallId;
use xundian_domain::stamp::Millis;
use xundian_protocol::digest::is_sha256;

/// The folder of half photos.
#[derive(Debug, Clone)]
pub struct Staging {
    folder: PathBuf,
}

/// A half photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Half {
    pub(super) install: InstallId,
    pub(super) sha256: String,
}

impl Staging {
    /// In this folder, made at the first piece.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Bytes that are here; 0 if none came.
    pub(super) fn length(&self, install: InstallId, sha256: &str) -> u64 {
        std::fs::metadata(self.file(install, sha256)).map_or(0, |meta| meta.len())
    }

    pub(super) fn bytes(&self, install: InstallId, sha256: &str) -> io::Result<Vec<u8>> {
        std::fs::read(self.file(install, sha256))
    }

    /// Adds a piece at the end; what is written of it when this fails stays, and is gone on behind. Nothing is flushed:
    /// bytes that a power cut takes or spoils are sent again.
    pub(super) fn append(
        &self,
        install: InstallId,
        sha256: &str,
        piece: &[u8],
        now: Millis,
    ) -> io::Result<()> {
        std::fs::create_dir_all(self.of(install))?;
        let mut file = OpenOptions::new().create(true).append(true).open(self.file(install, sha256))?;
        file.write_all(piece)?;
        touch(&file, now)
    }

    pub(super) fn remove(&self, install: InstallId, sha256: &str) -> io::Result<()> {
        found(std::fs::remove_file(self.file(install, sha256))).map(drop)
    }

    /// Photos and bytes that wait for the rest of an install's photos.
    pub(super) fn sum(&self, install: InstallId) -> io::Result<(u64, u64)> {
        let mut sum = (0, 0);
        for (_, file) in children(&self.of(install))? {
            sum = (sum.0 + 1, sum.1 + found(file.metadata())?.map_or(0, |meta| meta.len()));
        }
        Ok(sum)
    }

    /// Half photos to which nothing was added since then. Folders without any go.
    pub(super) fn older_than(&self, then: Millis) -> io::Result<Vec<Half>> {
        let mut old = Vec::new();
        for (name, folder) in children(&self.folder)? {
            let Ok(install) = name.parse().map(InstallId) else { continue };
            let files = children(&folder)?;
            if files.is_empty() {
                let _ = std::fs::remove_dir(&folder);
            }
            for (sha256, file) in files {
                let Some(meta) = found(file.metadata())? else { continue };
                if is_sha256(&sha256) && meta.modified()? < moment(then) {
                    old.push(Half { install, sha256 });
                }
            }
        }
        Ok(old)
    }

    fn of(&self, install: InstallId) -> PathBuf {
        self.folder.join(install.to_string())
    }

    fn file(&self, install: InstallId, sha256: &str) -> PathBuf {
        self.of(install).join(sha256)
    }
}

/// By the clock that the server has, not the file system's.
fn touch(file: &File, now: Millis) -> io::Result<()> {
    file.set_modified(moment(now))
}

fn moment(at: Millis) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or(0))
}

/// What is in a folder, in the order of names; nothing if there is no folder.
fn children(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let Some(entries) = found(std::fs::read_dir(folder))? else { return Ok(Vec::new()) };
    let mut children = Vec::new();
    for entry in entries {
        let entry = entry?;
        children.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    children.sort();
    Ok(children)
}

/// `None` for what is not there.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
