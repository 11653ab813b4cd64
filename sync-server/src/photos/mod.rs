//! Photos: their bytes travel apart from the facts that name them, in pieces that can go on after a cut (the sync
//! contract, 3.5). A photo is visible only when its hash is right: temporary file, flush, rename, flush of the folder.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use xundian_domain::InstallId;
use xundian_protocol::digest::hex;
use xundian_protocol::limits::{BLOB_BYTES, BLOB_PIECE_BYTES};

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
    /// The disk.
    #[error("the photo could not be stored: {0}")]
    Io(#[from] std::io::Error),
}

/// The photos of a server: one file per photo, one half file per install that is sending it.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// In this folder, made at the first photo.
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Bytes of a photo that are here for this install: all of them when it was sent by it before.
    ///
    /// # Errors
    /// The name is none.
    pub fn offset(&self, install: InstallId, sha256: &str) -> Result<u64, BlobError> {
        let half = self.half(install, sha256)?;
        let sent = self.sent(install, sha256);
        Ok(length(&sent).or(length(&half)).unwrap_or(0))
    }

    /// Whether this install has sent the photo completely.
    ///
    /// # Errors
    /// The name is none.
    pub fn has(&self, install: InstallId, sha256: &str) -> Result<bool, BlobError> {
        check(sha256)?;
        Ok(self.sent(install, sha256).exists())
    }

    /// Takes a piece; `total` is the length of the photo. Gives the new offset. A piece that was taken before changes
    /// nothing.
    ///
    /// # Errors
    /// See [`BlobError`].
    pub fn take(
        &self,
        install: InstallId,
        sha256: &str,
        offset: u64,
        total: u64,
        piece: &[u8],
    ) -> Result<u64, BlobError> {
        let half = self.half(install, sha256)?;
        if piece.len() > BLOB_PIECE_BYTES || total > BLOB_BYTES {
            return Err(BlobError::TooLarge);
        }
        let here = self.offset(install, sha256)?;
        if self.has(install, sha256)? {
            return Ok(here);
        }
        if offset != here {
            return Err(BlobError::Offset(here));
        }
        std::fs::create_dir_all(&self.folder)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&half)?;
        file.write_all(piece)?;
        let now = here + u64::try_from(piece.len()).unwrap_or(0);
        if now >= total {
            file.sync_all()?;
            drop(file);
            self.finish(install, sha256, &half)?;
        }
        Ok(now)
    }

    fn finish(&self, install: InstallId, sha256: &str, half: &Path) -> Result<(), BlobError> {
        if hash_of(half)? != sha256 {
            std::fs::remove_file(half)?;
            return Err(BlobError::Hash);
        }
        let whole = self.folder.join(sha256);
        // Stored once, whoever sends it; that it came from this install too is a file of its own.
        if whole.exists() {
            std::fs::remove_file(half)?;
        } else {
            std::fs::rename(half, &whole)?;
        }
        let mark = self.sent(install, sha256);
        if !mark.exists() {
            std::fs::hard_link(&whole, &mark)?;
        }
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }

    fn sent(&self, install: InstallId, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.{install}"))
    }

    fn half(&self, install: InstallId, sha256: &str) -> Result<PathBuf, BlobError> {
        check(sha256)?;
        Ok(self.folder.join(format!("{sha256}.{install}.half")))
    }
}

/// A name becomes a path: nothing but hexadecimal digits may.
fn check(sha256: &str) -> Result<(), BlobError> {
    let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if sha256.len() == 64 && sha256.bytes().all(is_hex) { Ok(()) } else { Err(BlobError::Name) }
}

fn length(file: &Path) -> Option<u64> {
    std::fs::metadata(file).ok().map(|meta| meta.len())
}

fn hash_of(file: &Path) -> Result<String, std::io::Error> {
    let (mut file, mut sum, mut buffer) = (File::open(file)?, Sha256::new(), vec![0; BLOB_PIECE_BYTES]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&sum.finalize())),
            n => sum.update(&buffer[..n]),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: InstallId = InstallId(Uuid::from_u128(1));
    const TWO: InstallId = InstallId(Uuid::from_u128(2));

    fn photo() -> (Vec<u8>, String) {
        let bytes: Vec<u8> = (0..100_000u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let name = hex(&Sha256::digest(&bytes));
        (bytes, name)
    }

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_folder(folder.path().join("photos"));
        (folder, blobs)
    }

    fn send(blobs: &Blobs, install: InstallId, from: u64) -> Result<u64, BlobError> {
        let (bytes, name) = photo();
        let start = usize::try_from(from).unwrap();
        let piece = &bytes[start..bytes.len().min(start + BLOB_PIECE_BYTES)];
        blobs.take(install, &name, from, bytes.len() as u64, piece)
    }

    #[test]
    fn a_photo_goes_on_where_it_was_cut_and_is_visible_only_whole() {
        let (_folder, blobs) = blobs();
        let name = photo().1;
        let here = send(&blobs, ONE, 0).unwrap();
        assert!(!blobs.has(ONE, &name).unwrap());
        assert!(matches!(send(&blobs, ONE, 0), Err(BlobError::Offset(offset)) if offset == here));
        assert_eq!(send(&blobs, ONE, here).unwrap(), 100_000);
        assert!(blobs.has(ONE, &name).unwrap());
        assert_eq!(send(&blobs, ONE, 0).unwrap(), 100_000, "sent again, it changes nothing");
    }

    #[test]
    fn the_same_photo_of_another_install_is_sent_again_and_stored_once() {
        let (_folder, blobs) = blobs();
        let name = photo().1;
        for install in [ONE, TWO] {
            assert!(!blobs.has(install, &name).unwrap());
            let here = send(&blobs, install, 0).unwrap();
            send(&blobs, install, here).unwrap();
        }
        assert!(blobs.has(TWO, &name).unwrap());
    }

    #[test]
    fn other_bytes_than_the_name_says_are_thrown_away() {
        let (_folder, blobs) = blobs();
        let name = photo().1;
        assert!(matches!(blobs.take(ONE, &name, 0, 4, b"fake"), Err(BlobError::Hash)));
        assert_eq!(blobs.offset(ONE, &name).unwrap(), 0);
    }

    #[test]
    fn a_name_is_never_a_path_and_a_photo_never_endless() {
        let (_folder, blobs) = blobs();
        for bad in ["../../etc/passwd", "", &"A".repeat(64)] {
            assert!(matches!(blobs.take(ONE, bad, 0, 1, b"x"), Err(BlobError::Name)), "{bad}");
        }
        let name = photo().1;
        assert!(matches!(blobs.take(ONE, &name, 0, BLOB_BYTES + 1, b"x"), Err(BlobError::TooLarge)));
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn no_offset_or_total_harms(pieces in proptest::collection::vec((0u64..300, 0u64..300, 0usize..200), 1..20)) {
            let (_folder, blobs) = blobs();
            let name = photo().1;
            for (offset, total, length) in pieces {
                let before = blobs.offset(ONE, &name).unwrap();
                let taken = blobs.take(ONE, &name, offset, total, &vec![7; length]);
                proptest::prop_assert!(!blobs.has(ONE, &name).unwrap(), "these are not its bytes");
                proptest::prop_assert!(taken.is_err() || offset == before);
            }
        }
    }
}
