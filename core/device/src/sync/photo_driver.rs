//! The driver of photos: does what `photos` says with the phone's files and a transport.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use xundian_protocol::digest::{hex, is_sha256};
use xundian_protocol::limits::HAVE_BLOBS;

use super::driver::{Line, Progress, Side, SyncError, SyncReport, Transport, jitter};
use super::photos::{PhotoAction, Photos};
use crate::machine::Machine;
use crate::phone::{Phone, photo_disk, photo_folder, remove_photo};
use crate::store::Store;

/// Sends the photos that wait, when the shell says that the network is good for it. Cut off anywhere, it goes on there.
///
/// # Errors
/// The phone is not enrolled, or its disk fails.
pub fn send_photos(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let folder = photo_folder(&phone.path);
    let side = Side::new(&mut phone.store, phone.machine.as_mut());
    PhotoRun::start(side, folder, transport)?.finish(keep_going)
}

/// [`send_photos`] on a connection of its own: screens go on, and new photos are kept meanwhile.
///
/// # Errors
/// As [`send_photos`].
pub fn send_photos_beside(
    path: &Path,
    machine: &mut dyn Machine,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let mut store = Store::open(path)?;
    let side = Side::new(&mut store, machine);
    PhotoRun::start(side, photo_folder(path), transport)?.finish(keep_going)
}

struct PhotoRun<'a> {
    side: Side<'a>,
    folder: PathBuf,
    line: Line<'a>,
    photos: Photos,
}

impl<'a> PhotoRun<'a> {
    fn start(side: Side<'a>, folder: PathBuf, transport: &'a mut dyn Transport) -> Result<Self, SyncError> {
        let line = Line::new(transport, side.signer()?);
        adopt_photos(side.store, &folder, side.machine.wall().0)?;
        let epoch = side.store.setting("epoch")?.and_then(|text| text.parse().ok());
        let photos = Photos::new(side.store.waiting_photos(HAVE_BLOBS)?, jitter(side.machine));
        Ok(Self { side, folder, line, photos: photos.in_epoch(epoch) })
    }

    fn finish(mut self, mut keep_going: impl FnMut(&Progress) -> bool) -> Result<SyncReport, SyncError> {
        loop {
            if !keep_going(&self.line.progress) {
                self.photos.cancel();
            }
            match self.photos.poll() {
                PhotoAction::Finished(outcome) => {
                    return Ok(SyncReport { outcome, progress: self.line.progress });
                }
                PhotoAction::Wait { ms } => match self.line.pause(ms, &mut keep_going) {
                    true => self.photos.handle_waited(),
                    false => self.photos.cancel(),
                },
                action => self.step(action)?,
            }
        }
    }

    fn step(&mut self, action: PhotoAction) -> Result<(), SyncError> {
        match action {
            PhotoAction::Send(request) => match self.line.send(&request) {
                Some(response) => self.photos.handle_response(&response),
                None => self.photos.handle_failure(),
            },
            PhotoAction::Read { sha256, offset, length } => {
                let piece = match read_piece(&self.folder.join(sha256), offset, length) {
                    Err(why) if why.kind() != ErrorKind::NotFound => return Err(photo_disk(&why).into()),
                    // A file that is gone gives no bytes.
                    piece => piece.unwrap_or_default(),
                };
                self.photos.handle_piece(piece);
            }
            PhotoAction::Sent(sha256) => {
                self.side.store.photo_sent(&sha256)?;
                let _ = std::fs::remove_file(self.folder.join(sha256));
                self.photos.handle_noted();
            }
            PhotoAction::Check(sha256) => {
                let bytes = std::fs::read(self.folder.join(&sha256));
                self.photos.handle_checked(bytes.is_ok_and(|bytes| hex(&Sha256::digest(bytes)) == sha256));
            }
            PhotoAction::Gone(sha256) => {
                if self.side.store.photo_gone(&sha256, self.side.machine.wall().0)? {
                    remove_photo(&self.folder, &sha256);
                }
                self.photos.handle_noted();
            }
            PhotoAction::Wait { .. } | PhotoAction::Finished(_) => {}
        }
        Ok(())
    }
}

/// Files and rows are one again: a file without a row (the phone's database was put aside, or brought back from a copy)
/// waits to be sent; one that the server has goes, and half ones that nobody writes.
fn adopt_photos(store: &mut Store, folder: &Path, wall_ms: i64) -> Result<(), SyncError> {
    let Ok(files) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut files: Vec<PathBuf> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    files.sort();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_wanted = match (name.strip_suffix(".half"), file.metadata()) {
            (Some(half), _) => store.photo_waits(half)?,
            (None, Ok(meta)) if is_sha256(name) => store.add_photo(name, meta.len(), wall_ms)?,
            _ => true,
        };
        if !is_wanted {
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(())
}

fn read_piece(file: &Path, offset: u64, most: usize) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Seek};
    let mut file = std::fs::File::open(file)?;
    file.seek(std::io::SeekFrom::Start(offset))?;
    let mut piece = Vec::with_capacity(most);
    file.take(u64::try_from(most).unwrap_or(0)).read_to_end(&mut piece)?;
    Ok(piece)
}
