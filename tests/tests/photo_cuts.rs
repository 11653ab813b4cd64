//! A photo whose file was cut on the phone: the app died inside the write, or the power went with what was not flushed. At no step of
//! 4 KiB and at no border does the phone show or send a half one, and who takes it again has it whole.

use std::fs::OpenOptions;

use xundian_device::phone::Phone;
use xundian_device::sync::{Outcome as SyncOutcome, send_photos};
use xundian_domain::visit::PhotoRef;
use xundian_protocol::limits::BLOB_PIECE_BYTES;
use xundian_tests::town::{Outcome, Town, TownPhone};

const PIECE: usize = BLOB_PIECE_BYTES;
/// A little over a piece.
const LENGTH: usize = PIECE + 4_000;
/// So many bytes are between two cuts.
const STEP: usize = 4_096;

/// What is left of a photo's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// So many bytes, without its name: the app died before the rename.
    Half(usize),
    /// Its name and so many bytes: the disk had said that it is flushed, and it was not.
    Short(usize),
    /// Its name and length, and zeros behind so many bytes: the same.
    Zeros(usize),
}

/// Every cut of every kind; all bytes without the name are one, too.
fn cuts() -> impl Iterator<Item = Left> {
    let steps = || (0..LENGTH).step_by(STEP);
    let borders = || [1, PIECE - 1, PIECE + 1, LENGTH - 1].into_iter();
    let halves = steps().chain(borders()).chain([LENGTH]).map(Left::Half);
    halves.chain(steps().chain(borders()).map(Left::Short)).chain(steps().map(Left::Zeros))
}

fn picture(number: usize) -> Vec<u8> {
    (0..LENGTH).map(|n| ((n * 31 + n / 251 + number) % 256).to_le_bytes()[0]).collect()
}

/// Keeps a photo of which so much is left when the app starts again.
fn cut(phone: &mut TownPhone, bytes: &[u8], left: Left) -> Outcome<PhotoRef> {
    let photo = phone.phone.keep_photo(bytes)?;
    let mut file = phone.file.with_extension("photos").join(&photo.sha256);
    if matches!(left, Left::Half(_)) {
        let half = file.with_extension("half");
        std::fs::rename(&file, &half)?;
        file = half;
    }
    let (Left::Half(length) | Left::Short(length) | Left::Zeros(length)) = left;
    let open = OpenOptions::new().write(true).open(file)?;
    open.set_len(u64::try_from(length)?)?;
    if matches!(left, Left::Zeros(_)) {
        open.set_len(u64::try_from(LENGTH)?)?;
    }
    phone.phone = Phone::open(&phone.file, Box::new(phone.machine.clone()))?;
    Ok(photo)
}

fn send(phone: &mut TownPhone) -> Outcome<SyncOutcome> {
    Ok(send_photos(&mut phone.phone, &mut phone.network, |_| true)?.outcome)
}

/// How many files of photos lie on the phone.
fn lying(phone: &TownPhone) -> usize {
    std::fs::read_dir(phone.file.with_extension("photos")).map_or(0, Iterator::count)
}

#[test]
fn a_photo_that_was_cut_anywhere_is_neither_shown_nor_sent_and_whole_when_it_is_taken_again() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    for (number, left) in cuts().enumerate() {
        let bytes = picture(number);
        let photo = cut(&mut phone, &bytes, left)?;
        assert_eq!(phone.phone.kept_photo(&photo)?, None, "{left:?} is shown");
        send(&mut phone)?;
        assert_eq!(town.app.blobs().bytes(&photo.sha256)?, None, "{left:?} is at the server");
        assert_eq!(phone.phone.photos_pending()?.count, 1, "{left:?}: it may be being written just now");

        assert_eq!(phone.phone.keep_photo(&bytes)?, photo);
        assert!(phone.phone.kept_photo(&photo)?.as_deref() == Some(&bytes[..]), "{left:?}");
        assert_eq!(send(&mut phone)?, SyncOutcome::InStep, "{left:?}");
        assert!(town.app.blobs().bytes(&photo.sha256)?.as_deref() == Some(&bytes[..]), "{left:?}");
        assert_eq!((phone.phone.photos_pending()?.count, lying(&phone)), (0, 0), "{left:?}");
    }
    Ok(())
}

#[test]
fn a_photo_that_was_cut_and_not_taken_again_is_lost_in_an_hour_and_leaves_no_file() -> Outcome<()> {
    let town = Town::new()?;
    let mut phone = town.phone("ZY01")?;
    let cuts = [Left::Half(0), Left::Half(LENGTH), Left::Short(0), Left::Short(PIECE), Left::Zeros(PIECE)];
    for (number, left) in cuts.into_iter().enumerate() {
        let photo = cut(&mut phone, &picture(number), left)?;
        phone.machine.pass(2 * 3_600_000);
        send(&mut phone)?;
        let pending = phone.phone.photos_pending()?;
        let lost = u64::try_from(number)? + 1;
        assert_eq!((pending.count, pending.lost, lying(&phone)), (0, lost, 0), "{left:?}");
        assert_eq!(town.app.blobs().bytes(&photo.sha256)?, None, "{left:?}");
    }
    Ok(())
}
