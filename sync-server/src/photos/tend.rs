//! What the clock does with photos: their life ends, half ones that nobody goes on with are settled, and now and then the
//! shelf is compared with the rows. Nothing that a crash left behind stays for ever.

use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::stamp::Millis;
use xundian_protocol::digest::hex;

use super::staging::Half;
use super::{BlobError, Blobs, Sender, rows};

const DAY_MS: i64 = 24 * 3_600_000;
/// Days that a half photo waits for its rest; a phone without Wi-Fi comes home sooner.
const HALF_DAYS: i64 = 14;
/// Days between two comparisons of shelf and rows; a restored server does it at once.
const COUNT_DAYS: i64 = 30;
/// Photos whose life is ended in one go.
const AT_ONCE: u64 = 200;
/// Names that are compared in one write.
const STRETCH: usize = 500;

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tended {
    /// Photos whose life was over.
    pub ended: usize,
    /// Half photos thrown away.
    pub dropped: usize,
    /// Half photos that were whole: the server had died before it noticed.
    pub finished: usize,
    /// Photos on the shelf that the rows did not know.
    pub found: usize,
}

impl Blobs {
    /// Does what is due. `keep_days` is the life of a photo, `epoch` the server's: a restored one looks at once what
    /// lies on the shelf, so that no photo is asked for that a phone has deleted.
    ///
    /// # Errors
    /// A place fails; what was done before stays done, the rest is due again.
    pub fn tend(&self, now: Millis, keep_days: u32, epoch: Uuid) -> Result<Tended, BlobError> {
        let mut tended = Tended::default();
        for half in self.staging.older_than(Millis(now.0 - HALF_DAYS * DAY_MS))? {
            self.settle(&half, now, &mut tended)?;
        }
        let born = Millis(now.0 - i64::from(keep_days) * DAY_MS);
        for sha256 in self.db.read_now(|tx| rows::stored_before(tx, born, AT_ONCE))? {
            tended.ended += usize::from(self.end(&sha256, born, now)?);
        }
        // Last: a bucket that may not be listed ends its photos all the same.
        tended.found = self.count(now, epoch)?;
        Ok(tended)
    }

    /// A half photo that is whole is put on the shelf; its phone may never come again.
    fn settle(&self, half: &Half, now: Millis, tended: &mut Tended) -> Result<(), BlobError> {
        let Half { install, sha256 } = half;
        let _one_at_a_time = self.lock(sha256);
        let bytes = self.staging.bytes(*install, sha256)?;
        let rep = self.db.read_now(|tx| rows::rep_of(tx, *install))?;
        match rep {
            Some(rep) if hex(&Sha256::digest(&bytes)) == *sha256 => {
                self.finish(Sender { install: *install, rep, at: now }, sha256)?;
                tended.finished += 1;
            }
            _ => {
                self.staging.remove(*install, sha256)?;
                tended.dropped += 1;
            }
        }
        Ok(())
    }

    /// Ends the life of a photo, unless it came again since it was listed: the phone that sent it has no copy any more.
    pub(super) fn end(&self, sha256: &str, born: Millis, now: Millis) -> Result<bool, BlobError> {
        let _one_at_a_time = self.lock(sha256);
        if !self.db.read_now(|tx| rows::is_stored_before(tx, sha256, born))? {
            return Ok(false);
        }
        self.shelf.remove(sha256)?;
        let name = sha256.to_owned();
        self.db.write_now(move |tx| rows::mark_removed(tx, &name, now))?;
        Ok(true)
    }

    /// Compares the shelf with the rows, if that is due: what lies there was whole and right when it was put. Within an
    /// epoch a photo without a row was put by a server that died; in a new one the rows are older than the shelf, and who
    /// has sent what since the backup is not known of any photo. Gives how many had no row.
    fn count(&self, now: Millis, epoch: Uuid) -> Result<usize, BlobError> {
        let last = self.db.read_now(|tx| rows::last_count(tx, epoch))?;
        if last.is_some_and(|last| now.0 - last.0 < COUNT_DAYS * DAY_MS) {
            return Ok(0);
        }
        let mut found = 0;
        self.shelf.each(STRETCH, |lying| {
            let unknown = self.db.read_now(|tx| rows::unknown(tx, &lying))?;
            found += unknown.len();
            let to_mark = if last.is_none() { lying } else { unknown };
            if !to_mark.is_empty() {
                self.db.write_now(move |tx| rows::mark_found(tx, to_mark, now))?;
            }
            Ok::<_, BlobError>(())
        })?;
        self.db.write_now(move |tx| rows::note_count(tx, epoch, now))?;
        Ok(found)
    }
}
