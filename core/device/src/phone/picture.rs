//! The pictures of display standards: a pulled row names one, its bytes lie beside the phone's file, by the name of their
//! hash. A file is whole, or has another name; one that was spoilt since is seen when it is read, and fetched again.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use xundian_protocol::limits::PICTURES;
use xundian_protocol::tables::StandardPicture;

use super::photo::{photo_disk, remove_photo, write};
use super::{Phone, PhoneError};
use crate::office;
use crate::store::{Store, StoreError};

impl Phone {
    /// The picture of the open visit's display standard, a JPEG or PNG; `None` = it has none, or it has not come yet.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn standard_picture(&self) -> Result<Option<Vec<u8>>, PhoneError> {
        let shop = self.shop(self.open_visit()?.store)?;
        let Some(no) = shop.channel.display_standard(shop.class) else { return Ok(None) };
        let named = office::row::<StandardPicture>(&self.store, no)?.filter(StandardPicture::is_sound);
        named.map_or(Ok(None), |picture| read(&picture_folder(&self.path), &picture))
    }
}

/// The folder beside the phone's file in which the pictures lie.
pub(crate) fn picture_folder(file: &Path) -> PathBuf {
    file.with_extension("pictures")
}

/// The pictures that the pulled rows name, each once; two standards may share one.
pub(crate) fn named_pictures(store: &Store) -> Result<BTreeMap<String, StandardPicture>, StoreError> {
    let named = office::rows::<StandardPicture>(store, "")?.into_iter().filter(StandardPicture::is_sound);
    Ok(named.take(PICTURES).map(|picture| (picture.sha256.clone(), picture)).collect())
}

/// Keeps the bytes of a picture; they were looked at. No fact waits for it: the database is not touched.
pub(crate) fn keep_picture(folder: &Path, picture: &StandardPicture, bytes: &[u8]) -> Result<(), PhoneError> {
    write(folder, &picture.sha256, bytes).map_err(|why| {
        // Half of it would take the room of what waits to be sent.
        remove_photo(folder, &picture.sha256);
        photo_disk(&why)
    })
}

fn read(folder: &Path, picture: &StandardPicture) -> Result<Option<Vec<u8>>, PhoneError> {
    let file = folder.join(&picture.sha256);
    match std::fs::read(&file) {
        Ok(bytes) if picture.is_of(&bytes) => Ok(Some(bytes)),
        Ok(_) => {
            let _ = std::fs::remove_file(file);
            Ok(None)
        }
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(photo_disk(&why)),
    }
}
