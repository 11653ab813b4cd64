//! Pictures of display standards: the office brings them and phones fetch them. The row of the standard names them, and
//! nothing else does.

use xundian_protocol::tables::{StandardPicture, Table};

use super::{BlobError, Blobs, check};
use crate::db::{DbError, Tx};

const JPEG: &[u8] = b"\xFF\xD8\xFF";
const PNG: &[u8] = b"\x89PNG\r\n\x1A\n";

/// What a picture is by how its bytes begin; `None` = neither of the two that every phone shows.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        _ if bytes.starts_with(JPEG) => Some("image/jpeg"),
        _ if bytes.starts_with(PNG) => Some("image/png"),
        _ => None,
    }
}

/// Whether a display standard has this picture.
///
/// # Errors
/// A failing database.
pub(crate) fn is_named(tx: &mut Tx<'_>, sha256: &str) -> Result<bool, DbError> {
    for row in tx.query("SELECT value FROM master WHERE tbl = $1", &[StandardPicture::NAME.into()])? {
        if row.json::<StandardPicture>(0)?.sha256 == sha256 {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Blobs {
    /// The bytes of a standard's picture.
    ///
    /// # Errors
    /// The name is none, or the shelf fails.
    pub fn picture(&self, sha256: &str) -> Result<Option<Vec<u8>>, BlobError> {
        check(sha256)?;
        Ok(self.shelf.picture(sha256)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        assert_eq!(media_type(b"\xFF\xD8\xFF\xE0 JFIF"), Some("image/jpeg"));
        assert_eq!(media_type(b"\x89PNG\r\n\x1A\n IHDR"), Some("image/png"));
        for other in [&b""[..], b"GIF89a", b"<svg xmlns=", b"\xFF\xD8", b"\x89PNG\n\x1A\n"] {
            assert_eq!(media_type(other), None, "{other:?}");
        }
    }
}
