//! Photos: their bytes travel apart from the facts that name them, in pieces that can go on after a cut (the sync
//! contract, 3.5). Half ones lie in `staging`, whole ones on the `shelf`, who has sent what stands in `rows`; `tend` tidies.
//! On the shelf lie the pictures of display standards, too (`pictures`): they go the other way.

mod pictures;
mod rows;
mod shelf;
mod staging;
mod tend;

use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};
use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, RepNo};
use xundian_protocol::digest::{hex, is_sha256};
use xundian_protocol::limits::{BLOB_BYTES, BLOB_PIECE_BYTES, DAY_PHOTO_BYTES, DAY_PHOTOS};

use crate::db::{Db, DbError};

pub(crate) use pictures::is_named;
pub use pictures::media_type;
pub use rows::{Repeated, Sender, photos_pending, photos_pending_of, repeated_photos};
pub use shelf::{Shelf, ShelfError};
pub use staging::Staging;
pub use tend::Tended;

/// The day of a quota: the last 24 hours.
const DAY_MS: i64 = 24 * 3_600_000;
/// Photos that share a lock; two pieces of one photo never come in between each other.
const LOCKS: usize = 64;

/// Why a piece is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// Not 64 hexadecimal digits.
    #[error("a photo is named by its SHA-256 in hexadecimal")]
    Name,
    /// A piece that does not follow what is here; go on from this offset.
    #[error("the server has {0} bytes of this photo")]
    Offset(u64),
    /// More than a photo may have.
    #[error("a photo has at most {BLOB_BYTES} bytes, a piece {BLOB_PIECE_BYTES}")]
    TooLarge,
    /// The last piece came and the hash is another one: begin again.
    #[error("the bytes are not those of the name: send the photo again")]
    Hash,
    /// More than a phone may send in a day.
    #[error("more photos than a phone sends in a day: go on tomorrow")]
    Quota,
    /// The place of whole photos.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// The disk of half photos.
    #[error("the photo could not be stored: {0}")]
    Io(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A piece of a photo as it came.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// Its place in the photo.
    pub offset: u64,
    /// Length of the whole photo.
    pub total: u64,
    /// At most [`BLOB_PIECE_BYTES`]; none asks to look again at what is here.
    pub bytes: &'a [u8],
}

/// The photos of a server.
#[derive(Debug)]
pub struct Blobs {
    db: Db,
    shelf: Shelf,
    staging: Staging,
    day_bytes: u64,
    locks: [Mutex<()>; LOCKS],
}

impl Blobs {
    /// Half photos in `staging`, whole ones on `shelf`, their rows in `db`.
    pub fn new(db: Db, shelf: Shelf, staging: Staging) -> Self {
        let locks = std::array::from_fn(|_| Mutex::default());
        Self { db, shelf, staging, day_bytes: DAY_PHOTO_BYTES, locks }
    }

    /// With another quota: bytes of one phone in 24 hours.
    #[must_use]
    pub fn with_day_bytes(self, day_bytes: u64) -> Self {
        Self { day_bytes, ..self }
    }

    /// Whether this install has sent the photo completely and it need not come again. What was put on the shelf before
    /// a crash but never marked is not had yet: the phone asks, and the mark follows.
    ///
    /// # Errors
    /// The name is none, or a place fails.
    pub fn has(&self, install: InstallId, sha256: &str) -> Result<bool, BlobError> {
        Ok(self.had(install, sha256)?.is_some())
    }

    /// Bytes of a photo that are here for this install: all of them when it was sent by it before.
    ///
    /// # Errors
    /// The name is none, or a place fails.
    pub fn offset(&self, install: InstallId, sha256: &str) -> Result<u64, BlobError> {
        let had = self.had(install, sha256)?;
        Ok(had.unwrap_or_else(|| self.staging.length(install, sha256)))
    }

    /// The bytes of a whole photo.
    ///
    /// # Errors
    /// The name is none, or the shelf fails.
    pub fn bytes(&self, sha256: &str) -> Result<Option<Vec<u8>>, BlobError> {
        check(sha256)?;
        Ok(self.shelf.bytes(sha256)?)
    }

    /// Takes a piece from a phone. Gives the new offset. A piece of a photo that was sent before changes nothing.
    ///
    /// # Errors
    /// See [`BlobError`].
    pub fn take(
        &self,
        (install, rep): (InstallId, RepNo),
        sha256: &str,
        piece: Piece<'_>,
        now: Millis,
    ) -> Result<u64, BlobError> {
        check(sha256)?;
        if piece.bytes.len() > BLOB_PIECE_BYTES || piece.total > BLOB_BYTES {
            return Err(BlobError::TooLarge);
        }
        let _one_at_a_time = self.lock(sha256);
        if let Some(bytes) = self.had(install, sha256)? {
            self.staging.remove(install, sha256)?;
            return Ok(bytes);
        }
        let here = self.staging.length(install, sha256);
        if piece.offset != here {
            return Err(BlobError::Offset(here));
        }
        let length = u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX);
        self.check_quota(install, here == 0, length, now)?;
        self.staging.append(install, sha256, piece.bytes, now)?;
        if here + length < piece.total {
            return Ok(here + length);
        }
        self.finish(Sender { install, rep, at: now }, sha256)
    }

    /// All bytes are here: on the shelf first, then the mark, then the half file goes. Whoever dies in between does the
    /// rest when he is asked again; the same bytes on the shelf are known by name and length.
    fn finish(&self, by: Sender, sha256: &str) -> Result<u64, BlobError> {
        let bytes = self.staging.bytes(by.install, sha256)?;
        if hex(&Sha256::digest(&bytes)) != sha256 {
            self.staging.remove(by.install, sha256)?;
            return Err(BlobError::Hash);
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.shelf.put(sha256, bytes)?;
        let name = sha256.to_owned();
        self.db.write_now(move |tx| rows::mark_sent(tx, &name, by, length))?;
        self.staging.remove(by.install, sha256)?;
        Ok(length)
    }

    /// Bytes of a photo that an install has sent. A photo that vanished from the shelf is asked for again, unless its
    /// life was over.
    fn had(&self, install: InstallId, sha256: &str) -> Result<Option<u64>, BlobError> {
        check(sha256)?;
        let sent = self.db.read_now(|tx| rows::sent_by(tx, install, sha256))?;
        match sent {
            Some(kept) if kept.is_removed || self.shelf.length(sha256)? == Some(kept.bytes) => {
                Ok(Some(kept.bytes))
            }
            _ => Ok(None),
        }
    }

    /// A phone that went mad must not fill the server; what it sent and what lies half here counts, under every install
    /// that it was.
    fn check_quota(&self, install: InstallId, begins: bool, more: u64, now: Millis) -> Result<(), BlobError> {
        let since = Millis(now.0 - DAY_MS);
        let ((mut photos, mut bytes), installs) = self.db.read_now(|tx| {
            let sent = rows::sent_since(tx, install, since)?;
            Ok::<_, DbError>((sent, rows::installs_of(tx, install)?))
        })?;
        for install in installs {
            let (halves, half_bytes) = self.staging.sum(install)?;
            photos += halves;
            bytes += half_bytes;
        }
        if begins && photos >= DAY_PHOTOS || bytes + more > self.day_bytes {
            return Err(BlobError::Quota);
        }
        Ok(())
    }

    fn lock(&self, sha256: &str) -> MutexGuard<'_, ()> {
        let n = sha256.get(..2).and_then(|start| usize::from_str_radix(start, 16).ok()).unwrap_or(0);
        self.locks[n % LOCKS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name becomes a path: nothing but hexadecimal digits may.
fn check(sha256: &str) -> Result<(), BlobError> {
    if is_sha256(sha256) { Ok(()) } else { Err(BlobError::Name) }
}

#[cfg(test)]
mod tests;
