//! Photos of a run: phones take them, visits name them, they travel over the same bad line; and what must hold when all
//! is quiet. `world` calls in here and knows nothing else about photos.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sha2::{Digest, Sha256};
use xundian_demo::chance::Chance;
use xundian_device::phone::PhoneError;
use xundian_device::sync::{Outcome as SyncOutcome, SyncError, send_photos};
use xundian_domain::RepNo;
use xundian_domain::stamp::Millis;
use xundian_domain::visit::{PhotoRef, Visit};
use xundian_protocol::digest::hex;
use xundian_protocol::limits::BLOB_PIECE_BYTES;
use xundian_server::photos::{photos_pending_of, repeated_photos};

use crate::Outcome;
use crate::line::Line;
use crate::network::Network;
use crate::phone::SimPhone;
use crate::report::Violation;
use crate::server::Server;

const DAY: i64 = 24 * 3_600_000;
/// Days that the city's company keeps photos.
const LIFE_DAYS: i64 = 180;
/// Days after which no half photo may be left.
const HALF_DAYS: i64 = 15;
/// Pictures that several phones may show.
const SHARED: u64 = 5;

/// The photos of one phone, as the world remembers them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Album {
    /// Those that a call has said to be kept, with the moment; each must be on the server at last.
    kept: BTreeMap<String, i64>,
    /// Those that no visit has named yet.
    untold: Vec<PhotoRef>,
    /// Those whose files were lost before they were sent: nobody can send them.
    lost: BTreeSet<String>,
    /// Those whose files were lost when the server had the same picture from nobody knows whom.
    unsure: BTreeSet<String>,
}

/// Photos that phones have kept, each picture once.
pub(crate) fn kept(phones: &[SimPhone]) -> usize {
    phones.iter().flat_map(|phone| phone.album.kept.keys()).collect::<BTreeSet<_>>().len()
}

impl Album {
    /// Photos for the visit that is open.
    pub(crate) fn tell(&mut self) -> Vec<PhotoRef> {
        std::mem::take(&mut self.untold)
    }
}

fn violation(invariant: &'static str, what: impl std::fmt::Display) -> Violation {
    Violation { invariant, what: what.to_string() }
}

/// A picture: some bytes from a throw, often just at the border of a piece.
fn picture(chance: &mut Chance, run: u64) -> Vec<u8> {
    const PIECE: u64 = BLOB_PIECE_BYTES as u64;
    let number = if chance.per_mille(250) { run ^ chance.below(SHARED) } else { chance.next() };
    let mut chance = Chance::new(number, &[6]);
    let length = match chance.below(12) {
        0 => 1,
        1 | 2 => PIECE - 1 + chance.below(3),
        3 => 2 * PIECE,
        4 => 300 << 10,
        5 => 100_000 + chance.below(100_000),
        _ => 1 + chance.below(20_000),
    };
    let words = std::iter::repeat_with(|| chance.next().to_le_bytes()).flatten();
    words.take(usize::try_from(length).unwrap_or(1)).collect()
}

/// The phone takes a photo and keeps it.
pub(crate) fn take(phone: &mut SimPhone, chance: &mut Chance, run: u64, now: Millis) -> Outcome<String> {
    let bytes = picture(chance, run);
    match phone.core()?.keep_photo(&bytes) {
        Ok(photo) => {
            let told = format!("photo {} of {} bytes", &photo.sha256[..8], photo.len);
            phone.album.lost.remove(&photo.sha256);
            phone.album.kept.entry(photo.sha256.clone()).or_insert(now.0);
            phone.album.untold.push(photo);
            Ok(told)
        }
        Err(PhoneError::PhotosFull) => Ok("no room for photos".to_owned()),
        Err(why) => Err(why.into()),
    }
}

/// One run of sending photos; `stop` = the app stops it before that step.
pub(crate) fn send(
    line: &Rc<RefCell<Line>>,
    phone: &mut SimPhone,
    seed: u64,
    is_bad: bool,
    stop: Option<u64>,
) -> Outcome<SyncOutcome> {
    let mut network = Network::new(line, phone.number, seed, is_bad);
    let mut steps = 0;
    let go_on = |_: &_| {
        steps += 1;
        stop.is_none_or(|stop| steps <= stop)
    };
    match send_photos(phone.core()?, &mut network, go_on) {
        Ok(report) => Ok(report.outcome),
        Err(SyncError::Phone(PhoneError::NotEnrolled)) => Ok(SyncOutcome::EnrolAgain),
        Err(why) => Err(why.into()),
    }
}

/// Photo files beside a phone's file.
fn folder(file: &Path) -> PathBuf {
    file.with_extension("photos")
}

/// The phone's file was put back from a copy or is a copy, and its photos did not come along. What no phone of its rep
/// had sent is lost, whoever else shows the same picture. Gives whether something is.
pub(crate) fn lose_files(phone: &mut SimPhone, server: &Server) -> Outcome<bool> {
    let _ = std::fs::remove_dir_all(folder(&phone.file));
    let (mut lost, mut unsure) = (BTreeSet::new(), BTreeSet::new());
    for sha256 in phone.album.kept.keys() {
        let sent = "SELECT 1 FROM photo_sent WHERE sha256 = $1 AND rep = $2";
        if server.read(|tx| tx.first(sent, &[sha256.as_str().into(), phone.rep.into()]))?.is_some() {
            continue;
        }
        let found = "SELECT 1 FROM photo WHERE sha256 = $1 AND found = 1";
        match server.read(|tx| tx.first(found, &[sha256.as_str().into()]))? {
            Some(_) => unsure.insert(sha256.clone()),
            None => lost.insert(sha256.clone()),
        };
    }
    phone.album.unsure.extend(unsure);
    phone.album.kept.retain(|sha256, _| !lost.contains(sha256));
    let is_loss = !lost.is_empty();
    phone.album.lost.extend(lost);
    Ok(is_loss)
}

/// A clone has the photos of its original, too, if their files came along.
pub(crate) fn clone_files(original: &SimPhone, clone: &mut SimPhone) -> Outcome<()> {
    clone.album = original.album.clone();
    clone.album.untold.clear();
    let to = folder(&clone.file);
    let Ok(files) = std::fs::read_dir(folder(&original.file)) else { return Ok(()) };
    std::fs::create_dir_all(&to)?;
    for file in files {
        let file = file?;
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

/// The server lost its power: what was never flushed of the newest half photo is torn off, or it is zeros.
pub(crate) fn tear(staging: &Path, throw: u64) -> Outcome<Option<&'static str>> {
    let mut halves = Vec::new();
    for file in files_below(staging)? {
        halves.push((file.metadata()?.modified()?, file));
    }
    let Some((modified, file)) = halves.into_iter().max() else { return Ok(None) };
    let file: File = OpenOptions::new().write(true).open(file)?;
    let mut chance = Chance::new(throw, &[7]);
    let length = file.metadata()?.len();
    let piece = u64::try_from(BLOB_PIECE_BYTES)?.min(length);
    file.set_len(length - chance.below(piece + 1))?;
    let is_spoilt = chance.per_mille(300);
    if is_spoilt {
        file.set_len(length)?;
    }
    file.set_modified(modified)?;
    Ok(Some(if is_spoilt { "photo piece spoilt" } else { "photo piece torn" }))
}

/// Files of a folder and of the folders in it, in the order of their names.
pub(crate) fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() { files.extend(files_below(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

/// After peace: every photo that a phone has kept is on the server with its bytes, nobody waits, nothing else is there.
pub(crate) fn all_arrived(phones: &mut [SimPhone], server: &Server) -> Outcome<Vec<Violation>> {
    let app = server.app()?;
    let born = app.now().0 - LIFE_DAYS * DAY;
    let mut violations = Vec::new();
    for (number, phone) in phones.iter_mut().enumerate() {
        let pending = phone.core()?.photos_pending()?;
        if pending.count > 0 {
            violations.push(violation("I6", format_args!("phone {number} has {pending:?}")));
        }
        for (sha256, _) in phone.album.kept.iter().filter(|(_, taken)| **taken > born) {
            if app.blobs().bytes(sha256)?.is_none() {
                violations
                    .push(violation("I1", format_args!("photo {sha256} of phone {number} is not here")));
            }
        }
    }
    for file in files_below(&server.shelf())? {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if hex(&Sha256::digest(std::fs::read(&file)?)) != name {
            violations.push(violation("I1", format_args!("{name} is seen with other bytes")));
        }
    }
    violations.extend(nobody_waits(phones, server, born)?);
    violations.extend(repeated(phones, server)?);
    Ok(violations)
}

/// "Photos pending" is 0 for every visit, but for photos that nobody has any more.
fn nobody_waits(phones: &[SimPhone], server: &Server, born: i64) -> Outcome<Vec<Violation>> {
    let nobody_has: BTreeSet<&String> = phones
        .iter()
        .flat_map(|phone| {
            let old = phone.album.kept.iter().filter(|(_, taken)| **taken <= born).map(|(sha256, _)| sha256);
            phone.album.lost.iter().chain(old)
        })
        .collect();
    let mut violations = Vec::new();
    let sql = "SELECT fact.body, visit.rep FROM visit JOIN fact ON fact.id = visit.fact";
    for row in server.read(|tx| tx.query(sql, &[]))? {
        let (visit, rep): (Visit, RepNo) = (row.json(0)?, row.get(1)?);
        let pending = server.read(|tx| photos_pending_of(tx, &visit, rep))?;
        let excused = visit.photos().iter().filter(|photo| nobody_has.contains(&photo.sha256)).count();
        if pending > u64::try_from(excused)? {
            let visit = visit.id;
            violations.push(violation("I6", format_args!("visit {visit} waits for {pending} photos")));
        }
    }
    Ok(violations)
}

/// A picture that phones of two reps have sent is flagged, as long as no restore forgot who had sent it.
fn repeated(phones: &[SimPhone], server: &Server) -> Outcome<Vec<Violation>> {
    if server.epoch_number > 1 {
        return Ok(Vec::new());
    }
    let mut shown: BTreeMap<&String, BTreeSet<String>> = BTreeMap::new();
    for phone in phones {
        for sha256 in phone.album.kept.keys() {
            shown.entry(sha256).or_default().insert(phone.rep.to_string());
        }
    }
    let flagged = server.read(|tx| repeated_photos(tx, Millis(0)))?;
    let flagged: BTreeSet<&String> = flagged.iter().map(|repeated| &repeated.sha256).collect();
    let is_unsure = |sha256: &String| phones.iter().any(|phone| phone.album.unsure.contains(sha256));
    let unseen = shown.iter().filter(|(sha256, reps)| reps.len() > 1 && !flagged.contains(*sha256));
    let unseen = unseen.filter(|(sha256, _)| !is_unsure(sha256));
    Ok(unseen
        .map(|(sha256, _)| violation("I2", format_args!("{sha256} came twice and nobody says so")))
        .collect())
}

/// Long after, nothing half is left.
pub(crate) fn nothing_half_is_left(server: &Server) -> Outcome<Vec<Violation>> {
    let app = server.app()?;
    let later = Millis(app.now().0 + HALF_DAYS * DAY);
    app.blobs().tend(later, u32::try_from(LIFE_DAYS)?, app.epoch())?;
    let left = files_below(&server.staging())?;
    Ok(left.iter().map(|file| violation("I6", format_args!("{} is left for ever", file.display()))).collect())
}
