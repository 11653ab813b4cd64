//! Photos: their bytes are on the disk before anything names them (3-sync 3.5).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use xundian_domain::visit::{PhotoRef, Visit};
use xundian_protocol::digest::hex;
use xundian_protocol::limits::{BLOB_BYTES, DAY_PHOTO_BYTES, HAVE_BLOBS};

use super::{Phone, PhoneError};
use crate::store::StoreError;

/// Bytes that may wait on a phone: some weeks of photos without Wi-Fi.
const PENDING_BYTES: u64 = 400 << 20;
// A full phone empties itself within a day.
const _: () = assert!(PENDING_BYTES <= DAY_PHOTO_BYTES);

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PhotosPending {
    /// Photos.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
    /// Photos whose files went lost before the server had them, e.g. with a phone brought back without its files.
    pub lost: u64,
}

impl Phone {
    /// Keeps a photo: gives the reference by which a visit names it. On the disk when this returns. One that the server
    /// has already is not kept again.
    ///
    /// # Errors
    /// [`PhoneError::PhotoTooLarge`], [`PhoneError::PhotosFull`], or a failing disk.
    pub fn keep_photo(&mut self, bytes: &[u8]) -> Result<PhotoRef, PhoneError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > BLOB_BYTES {
            return Err(PhoneError::PhotoTooLarge);
        }
        let pending = self.photos_pending()?;
        let most = u64::try_from(HAVE_BLOBS).unwrap_or(u64::MAX);
        if pending.count >= most || pending.bytes.saturating_add(length) > PENDING_BYTES {
            return Err(PhoneError::PhotosFull);
        }
        let name = hex(&Sha256::digest(bytes));
        let taken = self.machine.wall().0;
        if self.store.add_photo(&name, length, taken)? {
            let folder = photo_folder(&self.path);
            if let Err(why) = write(&folder, &name, bytes) {
                // Half of it would take the room that a full phone needs for what can still be saved, and nobody shall wait
                // for a photo of which the rep was told that it is not kept. What cannot be undone now is lost in an hour.
                let _ = std::fs::remove_file(half(&folder, &name));
                let _ = self.store.photo_not_kept(&name, taken);
                return Err(photo_disk(&why));
            }
        }
        Ok(PhotoRef { sha256: name, len: u32::try_from(length).unwrap_or(u32::MAX) })
    }

    /// The bytes of a photo that waits to be sent; `None` = none of that name waits, or its file is gone or damaged. The server's are
    /// not here any more.
    ///
    /// # Errors
    /// A failing file or disk.
    pub fn kept_photo(&self, photo: &PhotoRef) -> Result<Option<Vec<u8>>, PhoneError> {
        // What has a row was named by its bytes: no other file can be asked for.
        if !self.store.photo_waits(&photo.sha256)? {
            return Ok(None);
        }
        match std::fs::read(photo_folder(&self.path).join(&photo.sha256)) {
            // A disk that lost its power may have the name and not the bytes.
            Ok(bytes) => Ok(Some(bytes).filter(|bytes| hex(&Sha256::digest(bytes)) == photo.sha256)),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(photo_disk(&why)),
        }
    }

    /// What waits to be sent; a visit is complete without it.
    ///
    /// # Errors
    /// A failing file.
    pub fn photos_pending(&self) -> Result<PhotosPending, PhoneError> {
        let (count, bytes) = self.store.photos_pending()?;
        Ok(PhotosPending { count, bytes, lost: self.store.photos_lost()? })
    }
}

/// The names of photos that wait, to be counted for single visits.
pub(super) struct Waiting(BTreeSet<String>);

impl Waiting {
    pub(super) fn of(phone: &Phone) -> Result<Self, PhoneError> {
        let waiting = phone.store.waiting_photos(HAVE_BLOBS)?;
        Ok(Self(waiting.into_iter().map(|photo| photo.sha256).collect()))
    }

    /// How many of them the visit in these sealed bytes names; 0 for every other record.
    pub(super) fn named_by(&self, body: &str) -> usize {
        if self.0.is_empty() {
            return 0;
        }
        let visit = serde_json::from_str::<Visit>(body).ok();
        visit.map_or(0, |visit| visit.photos().iter().filter(|photo| self.0.contains(&photo.sha256)).count())
    }
}

/// The folder beside the phone's file in which its photos wait.
pub(crate) fn photo_folder(file: &Path) -> PathBuf {
    file.with_extension("photos")
}

/// A file is whole, or has another name.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    if !folder.is_dir() {
        std::fs::create_dir_all(folder)?;
        let home = folder.parent().filter(|home| !home.as_os_str().is_empty());
        File::open(home.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let half = half(folder, name);
    let mut file = File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, folder.join(name))?;
    File::open(folder)?.sync_all()
}

fn half(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.half"))
}

/// Removes what is left of a photo that cannot be sent.
pub(crate) fn remove_photo(folder: &Path, name: &str) {
    for file in [folder.join(name), half(folder, name)] {
        let _ = std::fs::remove_file(file);
    }
}

pub(crate) fn photo_disk(why: &std::io::Error) -> PhoneError {
    match why.kind() {
        ErrorKind::StorageFull => StoreError::Full.into(),
        _ => StoreError::Unreadable { what: "photo", reason: why.to_string() }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::ThisMachine;

    #[test]
    fn a_photo_that_could_not_be_kept_takes_no_room() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("phone.db");
        let mut phone = Phone::open(&file, Box::new(ThisMachine::new(None))).unwrap();
        let (bytes, folder) = (b"photo", photo_folder(&file));
        // Something stands where it is to lie.
        std::fs::create_dir_all(folder.join(hex(&Sha256::digest(bytes))).join("in the way")).unwrap();
        assert!(phone.keep_photo(bytes).is_err());
        assert_eq!(phone.photos_pending().unwrap().count, 0, "nobody waits for it");
        let left: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
