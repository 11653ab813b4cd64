//! The photos of the open visit, for a screen that did not see them being taken: the app may have died since.

use xundian_domain::visit::PhotoRef;

use super::{Phone, PhoneError};
use crate::store::PhotoState;
use crate::visit_loop::{self, Line};

/// What a photo of a visit shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum PhotoShows {
    /// 3: the shelf before the work.
    Before,
    /// 3: the shelf after it.
    After,
    /// 4: what a competitor does.
    Competitor,
}

/// A photo that a line of the open visit names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct VisitPhoto {
    /// Which.
    pub photo: PhotoRef,
    /// What it shows.
    pub shows: PhotoShows,
    /// Where it is; only one that waits can be read here.
    pub state: PhotoState,
}

impl Phone {
    /// The photos that the open visit names, in the order of its steps. Their bytes are read one by one with
    /// [`Phone::kept_photo`].
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn visit_photos(&self) -> Result<Vec<VisitPhoto>, PhoneError> {
        let lines = visit_loop::all_lines(&self.store, self.open_visit()?.id)?;
        let named: Vec<_> = lines.of_step.iter().flatten().filter_map(photo_of).collect();
        let names: Vec<_> = named.iter().map(|(_, photo)| photo.sha256.as_str()).collect();
        let states = self.store.photo_states(&names)?;
        let photos = named.into_iter().map(|(shows, photo)| {
            let state = states.get(&photo.sha256).copied().unwrap_or(PhotoState::Lost);
            VisitPhoto { photo: photo.clone(), shows, state }
        });
        Ok(photos.collect())
    }
}

fn photo_of(line: &Line) -> Option<(PhotoShows, &PhotoRef)> {
    match line {
        Line::PhotoBefore(photo) => Some((PhotoShows::Before, photo)),
        Line::PhotoAfter(photo) => Some((PhotoShows::After, photo)),
        Line::Competitor(fact) => fact.photo.as_ref().map(|photo| (PhotoShows::Competitor, photo)),
        _ => None,
    }
}
