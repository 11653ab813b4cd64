//! The pictures that the office's files name: looked at before anything is written, kept before the rows that name them.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path};

use xundian_protocol::limits::PICTURE_BYTES;

use super::City;
use crate::photos::{Shelf, ShelfError, media_type};

/// Pixels of a side: 64 MiB when it is drawn, and what old phones have of a texture.
const SIDE_MAX: u32 = 4_096;

/// Why a picture is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Elsewhere on this machine.
    #[error("must be a file below the folder that is imported, as pictures/DS-MT-A.jpg")]
    Outside,
    /// Nothing of this name.
    #[error("there is no such file in the folder that is imported")]
    Missing,
    /// Something else.
    #[error("is neither a JPEG nor a PNG")]
    NoPicture,
    /// More than a phone keeps.
    #[error("has more than {} KiB: make it smaller", PICTURE_BYTES >> 10)]
    TooLarge,
    /// More than a phone can draw.
    #[error("is {0} by {1} pixels, at most {SIDE_MAX} by {SIDE_MAX}: make it smaller")]
    TooManyPixels(u32, u32),
    /// The disk.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

impl From<io::Error> for PictureError {
    fn from(why: io::Error) -> Self {
        match why.kind() {
            ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable(why.to_string()),
        }
    }
}

/// Reads a picture by its name in the folder that is imported.
///
/// # Errors
/// See [`PictureError`]; each says what to do.
pub fn read_picture(folder: &Path, name: &str) -> Result<Vec<u8>, PictureError> {
    if !Path::new(name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(PictureError::Outside);
    }
    let file = folder.join(name).canonicalize()?;
    // A link may lead elsewhere.
    if !file.starts_with(folder.canonicalize()?) {
        return Err(PictureError::Outside);
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(PICTURE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(file)?.take(most).read_to_end(&mut bytes)?;
    match (media_type(&bytes), sides(&bytes)) {
        (None, _) => Err(PictureError::NoPicture),
        (Some(_), _) if bytes.len() > PICTURE_BYTES => Err(PictureError::TooLarge),
        (Some(_), Some((width, height))) if width.max(height) > SIDE_MAX => {
            Err(PictureError::TooManyPixels(width, height))
        }
        (Some(_), _) => Ok(bytes),
    }
}

/// Width and height as a PNG or JPEG says them at its beginning; `None` = it does not, and phones look once more.
fn sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let long = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    if bytes.starts_with(b"\x89PNG") {
        return Some((long(16)?, long(20)?));
    }
    let short = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    // Segments until the one of the frame: FF, its kind, its length, and there precision, height and width.
    while *bytes.get(at)? == 0xff {
        let kind = *bytes.get(at + 1)?;
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            return Some((short(at + 7)?.into(), short(at + 5)?.into()));
        }
        at += 2 + usize::from(short(at + 2)?);
    }
    None
}

impl City {
    /// Puts the pictures where phones will ask for them. The rows that name them are written after that.
    ///
    /// # Errors
    /// The place fails; nothing names what was put.
    pub fn keep_pictures(&self, shelf: &Shelf) -> Result<(), ShelfError> {
        self.pictures.iter().try_for_each(|(sha256, bytes)| shelf.put_picture(sha256, bytes.clone()))
    }
}

#[cfg(test)]
mod tests {
    use xundian_protocol::tables::StandardPicture;

    use super::super::city_in;
    use super::*;

    /// A JPEG as far as anybody looks.
    fn jpeg(length: usize) -> Vec<u8> {
        let mut bytes = b"\xFF\xD8\xFF\xE0 JFIF".to_vec();
        bytes.resize(length, 7);
        bytes
    }

    #[test]
    fn the_sides_of_a_picture_stand_at_its_beginning() {
        let png = b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x10\x01\0\0\0\x02";
        assert_eq!(sides(png), Some((4_097, 2)));
        // A comment of two bytes, then a frame of 3 by 5.
        let jpeg = b"\xFF\xD8\xFF\xFE\0\x04ab\xFF\xC2\0\x0B\x08\0\x05\0\x03\x01";
        assert_eq!(sides(jpeg), Some((3, 5)));
        for cut in 0..jpeg.len() - 1 {
            assert!(sides(&jpeg[..cut]).is_none_or(|sides| sides == (3, 5)), "{cut}");
        }
        assert_eq!(sides(&super::tests::jpeg(9)), None);
    }

    /// A folder of the office with a few files.
    fn office() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let office = folder.path().join("office");
        std::fs::create_dir_all(office.join("pictures")).unwrap();
        let files = [
            ("office/pictures/a.jpg", jpeg(1_000)),
            ("office/pictures/b.png", b"\x89PNG\r\n\x1A\n IHDR".to_vec()),
            ("office/pictures/largest.jpg", jpeg(PICTURE_BYTES)),
            ("office/pictures/too-large.jpg", jpeg(PICTURE_BYTES + 1)),
            ("office/pictures/text.jpg", b"not a picture".to_vec()),
            ("elsewhere.jpg", jpeg(9)),
        ];
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    /// The demo's city with these cells of the column `picture`, by row as a spreadsheet shows it.
    fn city(office: &tempfile::TempDir, cells: &[(usize, &str)]) -> City {
        city_in(&office.path().join("office"), |file, text| {
            if file != "display_standards" {
                return text;
            }
            let lines = (1..).zip(text.lines()).map(|(row, line)| {
                let named = cells.iter().find(|(at, _)| *at == row).map_or("", |(_, name)| *name);
                format!("{line},{}\n", if row == 1 { "picture" } else { named })
            });
            lines.collect()
        })
    }

    fn picture_of(city: &City, standard: &str) -> Option<StandardPicture> {
        let row = city.rows.get(&("standard_picture".to_owned(), standard.to_owned()));
        row.map(|row| serde_json::from_str(row).unwrap())
    }

    #[test]
    fn any_row_of_a_standard_brings_its_picture_and_two_may_share_one() {
        // DS-MT-A has the rows 2 to 10, DS-MT-B 11 to 18.
        let office = office();
        let named = [
            (4, "pictures/a.jpg"),
            (6, "pictures/a.jpg"),
            (11, "pictures/a.jpg"),
            (19, "pictures/largest.jpg"),
        ];
        let city = city(&office, &named);
        assert_eq!(city.rejects, []);
        let picture = StandardPicture::of(&jpeg(1_000));
        assert_eq!(picture_of(&city, "DS-MT-A"), Some(picture.clone()));
        assert_eq!(picture_of(&city, "DS-MT-B"), Some(picture.clone()));
        assert_eq!(picture_of(&city, "DS-MT-D"), None);
        assert_eq!((city.pictures.len(), &city.pictures[&picture.sha256]), (2, &jpeg(1_000)));
        let shelf = Shelf::in_folder(office.path().join("photos"));
        city.keep_pictures(&shelf).unwrap();
        assert_eq!(shelf.picture(&picture.sha256).unwrap(), Some(jpeg(1_000)));
    }

    #[test]
    fn a_picture_that_cannot_be_taken_is_named_by_row_column_value_and_reason() {
        let office = office();
        let absolute = office.path().join("office/pictures/a.jpg").display().to_string();
        let cases = [
            ("pictures/c.jpg", PictureError::Missing),
            ("pictures/text.jpg", PictureError::NoPicture),
            ("pictures/too-large.jpg", PictureError::TooLarge),
            ("../elsewhere.jpg", PictureError::Outside),
            ("pictures/../../elsewhere.jpg", PictureError::Outside),
            (absolute.as_str(), PictureError::Outside),
        ];
        for (name, why) in cases {
            let city = city(&office, &[(3, name)]);
            let reject = &city.rejects[0];
            let place = (reject.file.as_str(), reject.row, reject.column.as_str(), reject.value.as_str());
            assert_eq!(place, ("display_standards.csv", 3, "picture", name));
            assert_eq!((reject.reason.clone(), city.rejects.len()), (why.to_string(), 1));
            assert_eq!((picture_of(&city, "DS-MT-A"), city.pictures.len()), (None, 0), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_does_not_lead_out_of_the_folder() {
        let office = office();
        let link = office.path().join("office/pictures/link.jpg");
        std::os::unix::fs::symlink(office.path().join("elsewhere.jpg"), link).unwrap();
        let city = city(&office, &[(3, "pictures/link.jpg")]);
        assert_eq!(city.rejects[0].reason, PictureError::Outside.to_string());
    }

    #[test]
    fn two_pictures_of_one_standard_are_named() {
        let city = city(&office(), &[(2, "pictures/a.jpg"), (3, "pictures/b.png"), (11, "pictures/b.png")]);
        let [reject] = &city.rejects[..] else { panic!("{:?}", city.rejects) };
        assert_eq!((reject.row, reject.value.as_str()), (3, "pictures/b.png"));
        assert!(reject.reason.contains("pictures/a.jpg"), "{}", reject.reason);
    }
}
