//! Photos: their bytes are on the disk before anything names them (3-sync 3.5).

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use xundian_domain::visit::PhotoRef;
use xundian_protocol::digest::hex;
use xundian_protocol::limits::{BLOB_BYTES, HAVE_BLOBS};

use super::{Phone, PhoneError};
use crate::store::StoreError;

/// Bytes that may wait on a phone: some weeks of photos without Wi-Fi.
const PENDING_BYTES: u64 = 400 << 20;

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotosPending {
    /// Photos.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

impl Phone {
    /// Keeps a photo: gives the reference by which a visit names it. On the disk when this returns.
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
        let folder = self.photo_folder();
        let write = || {
            std::fs::create_dir_all(&folder)?;
            let half = folder.join(format!("{name}.half"));
            let mut file = File::create(&half)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&half, folder.join(&name))?;
            File::open(&folder)?.sync_all()
        };
        write().map_err(|why| disk(&why))?;
        let taken = self.machine.wall().0;
        self.store.add_photo(&name, length, taken)?;
        Ok(PhotoRef { sha256: name, len: u32::try_from(length).unwrap_or(u32::MAX) })
    }

    /// What waits to be sent; a visit is complete without it.
    ///
    /// # Errors
    /// A failing file.
    pub fn photos_pending(&self) -> Result<PhotosPending, PhoneError> {
        let (count, bytes) = self.store.photos_pending()?;
        Ok(PhotosPending { count, bytes })
    }

    pub(crate) fn photo_folder(&self) -> PathBuf {
        self.path.with_extension("photos")
    }
}

fn disk(why: &std::io::Error) -> PhoneError {
    match why.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full.into(),
        _ => StoreError::Unreadable { what: "photo", reason: why.to_string() }.into(),
    }
}
