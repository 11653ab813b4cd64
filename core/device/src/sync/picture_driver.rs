//! The driver of pictures: does what `pictures` says with the phone's files and a transport.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use xundian_protocol::tables::StandardPicture;

use super::driver::{Line, Progress, Side, SyncError, SyncReport, Transport, jitter};
use super::pictures::{PictureAction, Pictures};
use crate::machine::Machine;
use crate::phone::{Phone, keep_picture, named_pictures, picture_folder};
use crate::store::Store;

/// Fetches the pictures of display standards that are named by what was pulled and are not here, when the shell says that
/// the network is good for it; those that no standard names any more go. Facts are not touched.
///
/// # Errors
/// The phone is not enrolled, or its disk fails.
pub fn fetch_pictures(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let folder = picture_folder(&phone.path);
    let mut side = Side::new(&mut phone.store, phone.machine.as_mut());
    PictureRun::start(&mut side, folder, transport)?.finish(keep_going)
}

/// [`fetch_pictures`] on a connection of its own: screens go on.
///
/// # Errors
/// As [`fetch_pictures`].
pub fn fetch_pictures_beside(
    path: &Path,
    machine: &mut dyn Machine,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let mut store = Store::open(path)?;
    let mut side = Side::new(&mut store, machine);
    PictureRun::start(&mut side, picture_folder(path), transport)?.finish(keep_going)
}

struct PictureRun<'a> {
    folder: PathBuf,
    line: Line<'a>,
    pictures: Pictures,
}

impl<'a> PictureRun<'a> {
    fn start(
        side: &mut Side<'_>,
        folder: PathBuf,
        transport: &'a mut dyn Transport,
    ) -> Result<Self, SyncError> {
        let line = Line::new(transport, side.signer()?);
        let named = named_pictures(side.store)?;
        tidy(&folder, &named);
        let lacking = named.into_values().filter(|picture| !is_here(&folder, picture)).collect();
        Ok(Self { folder, line, pictures: Pictures::new(lacking, jitter(side.machine)) })
    }

    fn finish(mut self, mut keep_going: impl FnMut(&Progress) -> bool) -> Result<SyncReport, SyncError> {
        loop {
            if !keep_going(&self.line.progress) {
                self.pictures.cancel();
            }
            match self.pictures.poll() {
                PictureAction::Finished(outcome) => {
                    return Ok(SyncReport { outcome, progress: self.line.progress });
                }
                PictureAction::Send(request) => match self.line.send(&request) {
                    Some(response) => self.pictures.handle_response(&response),
                    None => self.pictures.handle_failure(),
                },
                PictureAction::Keep { picture, bytes } => {
                    match keep_picture(&self.folder, &picture, &bytes) {
                        Ok(()) => self.line.progress.rows_down += 1,
                        // Nothing waits for a picture: with this disk no other one is asked for now.
                        Err(_) => self.pictures.cancel(),
                    }
                    self.pictures.handle_kept();
                }
                PictureAction::Wait { ms } => match self.line.pause(ms, &mut keep_going) {
                    true => self.pictures.handle_waited(),
                    false => self.pictures.cancel(),
                },
            }
        }
    }
}

/// Pictures that no standard names any more go, and half ones that nobody writes.
fn tidy(folder: &Path, named: &BTreeMap<String, StandardPicture>) {
    let Ok(files) = std::fs::read_dir(folder) else { return };
    for file in files.flatten() {
        let is_named = file.file_name().to_str().is_some_and(|name| named.contains_key(name));
        if !is_named {
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// By name and length; whether its bytes are still those of the name is looked when they are shown.
fn is_here(folder: &Path, picture: &StandardPicture) -> bool {
    let file = std::fs::metadata(folder.join(&picture.sha256));
    file.is_ok_and(|file| file.len() == u64::from(picture.len))
}
