//! Photos against a store that fails at chosen calls, and against everything that phones may say.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as Stored,
};
use uuid::Uuid;
use xundian_domain::stamp::Stamp;
use xundian_domain::visit::{
    Display, DistanceBand, PhotoRef, StepOutcome, Steps, Visit, VisitEnd, Whereabouts,
};
use xundian_domain::{RecordId, StoreId, VisitId};

use super::*;
use crate::db::tests::fresh;

const ONE: InstallId = InstallId(Uuid::from_u128(1));
const TWO: InstallId = InstallId(Uuid::from_u128(2));
const NOW: Millis = Millis(1_785_000_000_000);
const EPOCH: Uuid = Uuid::from_u128(9);
const DAYS: i64 = 24 * 3_600_000;

/// What goes wrong with one call.
const FAILS_BEFORE: u64 = 1;
const FAILS_AFTER: u64 = 2;

/// A store in memory whose n-th call fails, before or after it was done.
#[derive(Debug, Default)]
struct Flaky {
    inside: InMemory,
    calls: AtomicU64,
    puts: AtomicU64,
    fail_at: AtomicU64,
    how: AtomicU64,
}

impl Flaky {
    fn fail(&self, at: u64, how: u64) {
        self.fail_at.store(self.calls.load(Ordering::Relaxed) + at, Ordering::Relaxed);
        self.how.store(how, Ordering::Relaxed);
    }

    async fn call<T>(&self, done: impl Future<Output = Stored<T>>) -> Stored<T> {
        let n = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let how =
            if n == self.fail_at.load(Ordering::Relaxed) { self.how.load(Ordering::Relaxed) } else { 0 };
        let failed = || Err(Error::Generic { store: "flaky", source: "cut".into() });
        if how == FAILS_BEFORE {
            return failed();
        }
        let done = done.await;
        if how == FAILS_AFTER { failed() } else { done }
    }
}

impl std::fmt::Display for Flaky {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("flaky")
    }
}

#[async_trait]
impl ObjectStore for Flaky {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, options: PutOptions) -> Stored<PutResult> {
        self.puts.fetch_add(1, Ordering::Relaxed);
        self.call(self.inside.put_opts(at, bytes, options)).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Stored<Box<dyn MultipartUpload>> {
        self.inside.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Stored<GetResult> {
        self.call(self.inside.get_opts(at, options)).await
    }

    async fn get_ranges(&self, at: &Path, ranges: &[Range<u64>]) -> Stored<Vec<bytes::Bytes>> {
        self.inside.get_ranges(at, ranges).await
    }

    fn delete_stream(&self, all: BoxStream<'static, Stored<Path>>) -> BoxStream<'static, Stored<Path>> {
        self.inside.delete_stream(all)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Stored<ObjectMeta>> {
        self.inside.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Stored<ListResult> {
        self.inside.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Stored<()> {
        self.inside.copy_opts(from, to, options).await
    }
}

/// A server's photos whose bytes outlive it: `restart` makes a new one on what is left.
struct Kit {
    folder: tempfile::TempDir,
    db: Db,
    store: Arc<Flaky>,
    blobs: Blobs,
}

impl Kit {
    fn new() -> Self {
        let (folder, db) = fresh();
        let store = Arc::new(Flaky::default());
        let blobs = Self::on(&folder, &db, &store);
        let kit = Self { folder, db, store, blobs };
        for (install, rep) in [(ONE, "ZY01"), (TWO, "ZY02")] {
            kit.install(install, rep, None);
        }
        kit
    }

    fn on(folder: &tempfile::TempDir, db: &Db, store: &Arc<Flaky>) -> Blobs {
        let staging = Staging::in_folder(folder.path().join("half"));
        Blobs::new(db.clone(), Shelf::of(store.clone()).unwrap(), staging)
    }

    fn install(&self, install: InstallId, rep: &'static str, from: Option<InstallId>) {
        let sql = "INSERT INTO install (id, rep, token_hash, public_key, enrolled, renewed_from, root)
                   VALUES ($1, $2, $3, '', 0, $4, $4)";
        let values = [install.into(), rep.into(), [0u8; 32].into(), from.into()];
        self.db.write_now(move |tx| tx.execute(sql, &values)).unwrap();
    }

    fn restart(&mut self) {
        self.blobs = Self::on(&self.folder, &self.db, &self.store);
    }

    fn piece(&self, install: InstallId, from: u64, now: Millis) -> Result<u64, BlobError> {
        let (bytes, name) = photo();
        let rep = if install == TWO { "ZY02" } else { "ZY01" };
        let start = usize::try_from(from).unwrap();
        let piece = &bytes[start..bytes.len().min(start + BLOB_PIECE_BYTES)];
        let piece = Piece { offset: from, total: bytes.len() as u64, bytes: piece };
        self.blobs.take((install, rep.parse().unwrap()), &name, piece, now)
    }

    /// Sends until the server has it; gives the bytes that it took.
    fn send(&self, install: InstallId, now: Millis) -> Result<u64, BlobError> {
        let (bytes, name) = photo();
        let (total, mut sent) = (bytes.len() as u64, 0);
        while !self.blobs.has(install, &name)? {
            let here = self.blobs.offset(install, &name)?;
            sent += self.piece(install, here, now)?.saturating_sub(here).min(total - here);
        }
        Ok(sent)
    }

    fn rows(&self, sql: &str) -> usize {
        self.db.read_now(|tx| tx.query(sql, &[])).unwrap().len()
    }

    /// A visit of a rep that took effect and shows these pictures.
    fn visit(&self, fact: RecordId, rep: &'static str, names: &[String]) {
        let body = serde_json::to_string(&visit_with(fact, names)).unwrap();
        self.db
            .write_now(move |tx| {
                let sealed = "INSERT INTO fact
                    (id, install, rep, kind, version, date, store, captured, received, body, hash, verdict) VALUES
                    ($1, $1, $2, 'visit_closed', 1, '2026-07-27', $1, 0, 0, $3, $1, '{}')";
                tx.execute(sealed, &[fact.into(), rep.into(), body.into()])?;
                let visit =
                    "INSERT INTO visit VALUES ($1, $1, $1, $2, '2026-07-27', 0, 0, 1, 'complete', 1, 1)";
                tx.execute(visit, &[fact.into(), rep.into()])
            })
            .unwrap();
    }
}

fn visit_with(fact: RecordId, names: &[String]) -> Visit {
    let stamp = Stamp { wall: NOW, mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
    let photos = names.iter().map(|name| PhotoRef { sha256: name.clone(), len: 1 });
    let display = Display { photos_before: photos.collect(), ..Display::default() };
    let steps = Steps {
        stock_count: skipped(),
        suggested_order: skipped(),
        display: StepOutcome::Done(display),
        competitor: skipped(),
        order_confirmation: skipped(),
    };
    Visit {
        id: VisitId(fact.0),
        store: StoreId(fact.0),
        planned: true,
        date: "2026-07-27".parse().unwrap(),
        check_in: stamp,
        check_out: stamp,
        whereabouts: Whereabouts { band: DistanceBand::Unknown, mock: false },
        end: VisitEnd::Worked { steps: Box::new(steps) },
    }
}

fn skipped<T>() -> StepOutcome<T> {
    StepOutcome::Skipped { reason: "no_time".parse().unwrap() }
}

fn photo() -> (Vec<u8>, String) {
    let bytes: Vec<u8> = (0..100_000u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let name = hex(&Sha256::digest(&bytes));
    (bytes, name)
}

#[test]
fn a_photo_goes_on_where_it_was_cut_and_is_visible_only_whole() {
    let kit = Kit::new();
    let (bytes, name) = photo();
    let here = kit.piece(ONE, 0, NOW).unwrap();
    assert!(!kit.blobs.has(ONE, &name).unwrap());
    assert_eq!(kit.blobs.bytes(&name).unwrap(), None);
    assert!(matches!(kit.piece(ONE, 0, NOW), Err(BlobError::Offset(offset)) if offset == here));
    assert_eq!(kit.piece(ONE, here, NOW).unwrap(), 100_000);
    assert!(kit.blobs.has(ONE, &name).unwrap());
    assert_eq!(kit.blobs.bytes(&name).unwrap(), Some(bytes));
    assert_eq!(kit.piece(ONE, 0, NOW).unwrap(), 100_000, "sent again, it changes nothing");
}

#[test]
fn a_store_that_fails_at_any_call_loses_nothing_and_is_sent_nothing_twice() {
    for how in [FAILS_BEFORE, FAILS_AFTER] {
        for call in 1..=3 {
            let mut kit = Kit::new();
            kit.piece(ONE, 0, NOW).unwrap();
            kit.store.fail(call, how);
            let first = kit.piece(ONE, BLOB_PIECE_BYTES as u64, NOW);
            assert_eq!(first.is_err(), call <= 2, "a look and a put: {first:?}");
            kit.restart();
            let again = kit.send(ONE, NOW).or_else(|_| kit.send(ONE, NOW)).unwrap();
            assert_eq!(again, 0, "call {call}: all bytes were here");
            assert_eq!(kit.blobs.bytes(&photo().1).unwrap(), Some(photo().0));
            assert_eq!(kit.blobs.staging.sum(ONE).unwrap(), (0, 0), "the half file is gone");
            let puts = kit.store.puts.load(Ordering::Relaxed);
            let is_put_twice = call == 2 && how == FAILS_BEFORE;
            assert_eq!(
                puts,
                if is_put_twice { 2 } else { 1 },
                "call {call}: what lies there is not put again"
            );
        }
    }
}

#[test]
fn a_server_that_dies_between_mark_and_half_file_has_the_photo() {
    let kit = Kit::new();
    kit.send(ONE, NOW).unwrap();
    // The half file is still there, as if nobody had come to remove it.
    kit.blobs.staging.append(ONE, &photo().1, &photo().0, NOW).unwrap();
    assert!(kit.blobs.has(ONE, &photo().1).unwrap());
    assert_eq!(kit.piece(ONE, 0, NOW).unwrap(), 100_000);
    assert_eq!(kit.blobs.staging.sum(ONE).unwrap(), (0, 0));
}

#[test]
fn a_torn_piece_is_gone_on_behind_and_a_spoilt_one_begins_again() {
    let kit = Kit::new();
    let (bytes, name) = photo();
    kit.blobs.staging.append(ONE, &name, &bytes[..70_001], NOW).unwrap();
    assert_eq!(kit.send(ONE, NOW).unwrap(), 29_999);

    let kit = Kit::new();
    kit.blobs.staging.append(ONE, &name, &[0; 70_001], NOW).unwrap();
    assert!(matches!(kit.send(ONE, NOW), Err(BlobError::Hash)), "a power cut left zeros");
    assert_eq!(kit.send(ONE, NOW).unwrap(), 100_000);
}

#[test]
fn the_same_photo_of_another_install_is_sent_again_stored_once_and_flagged() {
    let kit = Kit::new();
    let name = photo().1;
    assert_eq!(kit.send(ONE, NOW).unwrap(), 100_000);
    assert_eq!(kit.send(TWO, Millis(NOW.0 + 1)).unwrap(), 100_000);
    assert_eq!(kit.store.puts.load(Ordering::Relaxed), 1);
    let repeated = kit.db.read_now(|tx| repeated_photos(tx, NOW)).unwrap();
    let sender = |install, rep: &str, at| Sender { install, rep: rep.parse().unwrap(), at: Millis(at) };
    let senders = vec![sender(ONE, "ZY01", NOW.0), sender(TWO, "ZY02", NOW.0 + 1)];
    assert_eq!(repeated, [Repeated { sha256: name, senders }]);
    let later = Millis(NOW.0 + 2);
    assert!(kit.db.read_now(|tx| repeated_photos(tx, later)).unwrap().is_empty(), "seen already");
}

#[test]
fn an_install_that_was_renewed_is_the_same_phone_and_no_repetition() {
    let kit = Kit::new();
    let renewed = InstallId(Uuid::from_u128(3));
    kit.install(renewed, "ZY01", Some(ONE));
    for install in [ONE, renewed] {
        assert_eq!(kit.send(install, NOW).unwrap(), 100_000);
    }
    assert!(kit.db.read_now(|tx| repeated_photos(tx, NOW)).unwrap().is_empty());
}

#[test]
fn a_day_has_a_quota_of_bytes_that_renewal_does_not_get_round() {
    let mut kit = Kit::new();
    kit.blobs = Kit::on(&kit.folder, &kit.db, &kit.store).with_day_bytes(150_000);
    kit.send(ONE, NOW).unwrap();
    let renewed = InstallId(Uuid::from_u128(3));
    kit.install(renewed, "ZY01", Some(ONE));
    assert!(matches!(kit.send(renewed, NOW), Err(BlobError::Quota)));
    assert_eq!(kit.blobs.staging.sum(renewed).unwrap(), (0, 0), "50 000 are left, a piece has more");
    kit.send(TWO, NOW).unwrap();
    kit.send(renewed, Millis(NOW.0 + DAYS + 1)).unwrap();
}

#[test]
fn half_photos_count_in_the_quota() {
    let mut kit = Kit::new();
    kit.blobs = Kit::on(&kit.folder, &kit.db, &kit.store).with_day_bytes(150_000);
    let other = "ab".repeat(32);
    let piece = Piece { offset: 0, total: 1 << 20, bytes: &[1; BLOB_PIECE_BYTES] };
    for (name, more) in [(&photo().1, 0), (&other, 1)] {
        kit.blobs.take((ONE, "ZY01".parse().unwrap()), name, piece, NOW).unwrap();
        assert_eq!(kit.blobs.staging.sum(ONE).unwrap().0, 1 + more);
    }
    assert!(matches!(kit.piece(ONE, BLOB_PIECE_BYTES as u64, NOW), Err(BlobError::Quota)));
}

#[test]
fn half_photos_of_all_installs_of_a_phone_count_together() {
    let mut kit = Kit::new();
    kit.blobs = Kit::on(&kit.folder, &kit.db, &kit.store).with_day_bytes(150_000);
    let [second, third] = [3, 4].map(|n| InstallId(Uuid::from_u128(n)));
    for renewed in [second, third] {
        kit.install(renewed, "ZY01", Some(ONE));
    }
    for install in [ONE, second] {
        kit.piece(install, 0, NOW).unwrap();
    }
    assert!(matches!(kit.piece(third, 0, NOW), Err(BlobError::Quota)));
    assert!(matches!(kit.piece(ONE, BLOB_PIECE_BYTES as u64, NOW), Err(BlobError::Quota)));
    kit.piece(TWO, 0, NOW).unwrap();
}

#[test]
fn a_day_has_a_quota_of_photos_and_a_begun_one_may_end() {
    let kit = Kit::new();
    kit.piece(ONE, 0, NOW).unwrap();
    kit.db
        .write_now(|tx| {
            let by = Sender { install: ONE, rep: "ZY01".parse().unwrap(), at: NOW };
            (1..DAY_PHOTOS).try_for_each(|n| rows::mark_sent(tx, &format!("{n:064x}"), by, 1))
        })
        .unwrap();
    let piece = Piece { offset: 0, total: 9, bytes: b"1" };
    let one_more = kit.blobs.take((ONE, "ZY01".parse().unwrap()), &"ab".repeat(32), piece, NOW);
    assert!(matches!(one_more, Err(BlobError::Quota)));
    assert_eq!(kit.piece(ONE, BLOB_PIECE_BYTES as u64, NOW).unwrap(), 100_000);
}

#[test]
fn a_half_photo_is_dropped_after_two_weeks_and_a_whole_one_is_kept() {
    let kit = Kit::new();
    let (bytes, name) = photo();
    let later = |days: i64| Millis(NOW.0 + days * DAYS + 1);
    kit.piece(ONE, 0, NOW).unwrap();
    // All bytes of the other phone came; the server died before it looked at them.
    kit.blobs.staging.append(TWO, &name, &bytes, NOW).unwrap();
    assert_eq!(kit.blobs.tend(later(13), 180, EPOCH).unwrap(), Tended::default());
    let done = kit.blobs.tend(later(14), 180, EPOCH).unwrap();
    assert_eq!(done, Tended { dropped: 1, finished: 1, ..Tended::default() });
    assert!(kit.blobs.has(TWO, &name).unwrap());
    assert_eq!(kit.blobs.offset(ONE, &name).unwrap(), 0);
    kit.blobs.tend(later(15), 180, EPOCH).unwrap();
    assert_eq!(std::fs::read_dir(kit.folder.path().join("half")).unwrap().count(), 0, "no empty folder");
}

#[test]
fn a_photo_lives_so_many_days_after_it_came_and_is_not_asked_for_again() {
    let kit = Kit::new();
    let name = photo().1;
    kit.send(ONE, NOW).unwrap();
    let at = |days: i64| Millis(NOW.0 + days * DAYS);
    kit.send(TWO, at(100)).unwrap();
    assert_eq!(kit.blobs.tend(at(181), 180, EPOCH).unwrap().ended, 0, "it came again on day 100");
    assert_eq!(kit.blobs.tend(at(281), 180, EPOCH).unwrap().ended, 1);
    assert_eq!(kit.blobs.bytes(&name).unwrap(), None);
    assert!(kit.blobs.has(ONE, &name).unwrap(), "who has sent it need not send it again");
    assert_eq!(kit.blobs.tend(at(282), 180, EPOCH).unwrap().ended, 0);
}

#[test]
fn the_picture_of_a_standard_has_no_end_also_when_a_phone_sent_the_same_bytes() {
    let kit = Kit::new();
    let (bytes, name) = photo();
    kit.blobs.shelf.put_picture(&name, bytes.clone()).unwrap();
    kit.send(ONE, NOW).unwrap();
    let year = Millis(NOW.0 + 365 * DAYS);
    assert_eq!(kit.blobs.tend(year, 180, EPOCH).unwrap(), Tended { ended: 1, ..Tended::default() });
    assert_eq!(kit.blobs.tend(year, 180, Uuid::from_u128(10)).unwrap(), Tended::default());
    assert_eq!(kit.rows("SELECT 1 FROM photo WHERE found = 1"), 0, "it is no photo that was found");
    assert_eq!(kit.blobs.bytes(&name).unwrap(), None);
    assert_eq!(kit.blobs.picture(&name).unwrap(), Some(bytes));
    assert!(matches!(kit.blobs.picture("../server.db"), Err(BlobError::Name)));
}

#[test]
fn a_photo_that_came_again_after_it_was_listed_as_old_stays() {
    let kit = Kit::new();
    let (bytes, name) = photo();
    kit.send(ONE, NOW).unwrap();
    let (born, late) = (Millis(NOW.0 + DAYS), Millis(NOW.0 + 181 * DAYS));
    let listed = kit.db.read_now(|tx| rows::stored_before(tx, born, 9)).unwrap();
    assert_eq!(listed, std::slice::from_ref(&name));
    kit.send(TWO, late).unwrap();
    assert!(!kit.blobs.end(&name, born, late).unwrap());
    assert_eq!(kit.blobs.bytes(&name).unwrap(), Some(bytes));
    assert_eq!(kit.rows("SELECT 1 FROM photo WHERE removed IS NULL"), 1);
    let later = Millis(late.0 + 1);
    assert!(kit.blobs.end(&name, later, later).unwrap(), "its new life ends, too");
    assert!(!kit.blobs.end(&name, later, later).unwrap(), "once");
}

#[test]
fn a_photo_that_vanished_from_the_shelf_is_asked_for_again() {
    let kit = Kit::new();
    let name = photo().1;
    kit.send(ONE, NOW).unwrap();
    kit.blobs.shelf.remove(&name).unwrap();
    assert!(!kit.blobs.has(ONE, &name).unwrap());
    assert_eq!(kit.send(ONE, NOW).unwrap(), 100_000);
    assert_eq!(kit.blobs.bytes(&name).unwrap(), Some(photo().0));
}

#[test]
fn a_restored_server_finds_on_its_shelf_what_its_tables_forgot() {
    let kit = Kit::new();
    let name = photo().1;
    kit.blobs.tend(NOW, 180, EPOCH).unwrap();
    kit.send(ONE, NOW).unwrap();
    for forgotten in ["DELETE FROM photo", "DELETE FROM photo_sent"] {
        kit.db.write_now(move |tx| tx.execute(forgotten, &[])).unwrap();
    }
    assert!(!kit.blobs.has(ONE, &name).unwrap());
    assert_eq!(kit.blobs.tend(NOW, 180, EPOCH).unwrap().found, 0, "in one epoch it is looked once a month");
    let restored = Uuid::from_u128(10);
    assert_eq!(kit.blobs.tend(NOW, 180, restored).unwrap().found, 1);
    assert_eq!(kit.rows("SELECT 1 FROM photo WHERE found = 1"), 1);
    let month = Millis(NOW.0 + 30 * DAYS);
    assert_eq!(kit.blobs.tend(month, 180, restored).unwrap().found, 0);
    assert_eq!(
        kit.blobs.tend(Millis(NOW.0 + 181 * DAYS), 180, restored).unwrap().ended,
        1,
        "it ends like others"
    );
}

#[test]
fn after_a_restore_whoever_names_a_photo_on_the_shelf_may_have_sent_it() {
    let kit = Kit::new();
    let (fact, name) = (RecordId(Uuid::from_u128(5)), photo().1);
    kit.blobs.tend(NOW, 180, EPOCH).unwrap();
    kit.visit(fact, "ZY02", &[name]);
    let pending = || kit.db.read_now(|tx| photos_pending(tx, VisitId(fact.0))).unwrap();
    kit.send(ONE, NOW).unwrap();
    assert_eq!(pending(), 1, "it is another rep's picture: ZY02 only names it");
    // What ZY02 sent after the backup is in no row any more.
    kit.blobs.tend(NOW, 180, Uuid::from_u128(10)).unwrap();
    assert_eq!(pending(), 0);
}

#[test]
fn a_visit_waits_for_its_photos_until_its_rep_has_sent_them() {
    let kit = Kit::new();
    let fact = RecordId(Uuid::from_u128(5));
    let names = [photo().1, "ab".repeat(32)];
    kit.visit(fact, "ZY01", &names);
    let pending = || kit.db.read_now(|tx| photos_pending(tx, VisitId(fact.0))).unwrap();
    assert_eq!(pending(), 2);
    kit.piece(ONE, 0, NOW).unwrap();
    assert_eq!(pending(), 2, "half a photo is none");
    kit.send(ONE, NOW).unwrap();
    assert_eq!(pending(), 1);
    assert_eq!(kit.db.read_now(|tx| photos_pending(tx, VisitId(Uuid::nil()))).unwrap(), 0);
}

#[test]
fn a_visit_may_name_more_photos_than_are_looked_up_at_once() {
    let kit = Kit::new();
    let fact = RecordId(Uuid::from_u128(5));
    let mut names: Vec<String> = (0..40).map(|n| format!("{n:064x}")).collect();
    names.insert(33, photo().1);
    kit.visit(fact, "ZY01", &names);
    let pending = || kit.db.read_now(|tx| photos_pending(tx, VisitId(fact.0))).unwrap();
    assert_eq!(pending(), 41);
    kit.send(ONE, NOW).unwrap();
    assert_eq!(pending(), 40);
}

#[test]
fn a_photo_of_nothing_comes_whole_with_its_first_piece() {
    let kit = Kit::new();
    let name = hex(&Sha256::digest(b""));
    let piece = Piece { offset: 0, total: 0, bytes: &[] };
    assert_eq!(kit.blobs.take((ONE, "ZY01".parse().unwrap()), &name, piece, NOW).unwrap(), 0);
    assert!(kit.blobs.has(ONE, &name).unwrap());
}

#[test]
fn other_bytes_than_the_name_says_are_thrown_away() {
    let kit = Kit::new();
    let name = photo().1;
    let piece = Piece { offset: 0, total: 4, bytes: b"fake" };
    let taken = kit.blobs.take((ONE, "ZY01".parse().unwrap()), &name, piece, NOW);
    assert!(matches!(taken, Err(BlobError::Hash)));
    assert_eq!(kit.blobs.offset(ONE, &name).unwrap(), 0);
    assert_eq!(kit.store.puts.load(Ordering::Relaxed), 0);
}

#[test]
fn a_name_is_never_a_path_and_a_photo_never_endless() {
    let kit = Kit::new();
    let rep = "ZY01".parse().unwrap();
    for bad in ["../../etc/passwd", "", &"A".repeat(64), &"é".repeat(32)] {
        let piece = Piece { offset: 0, total: 1, bytes: b"x" };
        assert!(matches!(kit.blobs.take((ONE, rep), bad, piece, NOW), Err(BlobError::Name)), "{bad}");
        assert!(matches!(kit.blobs.bytes(bad), Err(BlobError::Name)), "{bad}");
    }
    let name = photo().1;
    for (total, length) in [(BLOB_BYTES + 1, 1), (BLOB_BYTES, BLOB_PIECE_BYTES + 1)] {
        let piece = Piece { offset: 0, total, bytes: &vec![7; length] };
        assert!(matches!(kit.blobs.take((ONE, rep), &name, piece, NOW), Err(BlobError::TooLarge)));
    }
}

#[test]
fn two_requests_at_once_never_mix_their_bytes() {
    let kit = Kit::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for from in [0, BLOB_PIECE_BYTES as u64] {
                    let _ = kit.piece(ONE, from, NOW);
                }
            });
        }
    });
    assert!(kit.send(ONE, NOW).unwrap() < 100_000, "at least one first piece was taken, and it was right");
}

#[test]
fn no_offset_or_total_takes_more_memory_than_a_piece() {
    let kit = Kit::new();
    let name = photo().1;
    let far = [(u64::MAX, u64::MAX), (u64::MAX, BLOB_BYTES), (0, u64::MAX), (1 << 40, BLOB_BYTES)];
    for (offset, total) in far.into_iter().chain([(0, BLOB_BYTES)]) {
        let piece = Piece { offset, total, bytes: &[7; 100] };
        let mut taken = Ok(0);
        let held = allocation_counter::measure(|| {
            taken = kit.blobs.take((ONE, "ZY01".parse().unwrap()), &name, piece, NOW);
        });
        assert_eq!(taken.is_ok(), (offset, total) == (0, BLOB_BYTES), "{taken:?}");
        assert!(held.bytes_max <= BLOB_PIECE_BYTES as u64, "{offset} of {total}: {} held", held.bytes_max);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(48))]

    #[test]
    fn no_offset_or_total_harms(pieces in proptest::collection::vec((0u64..300, 0u64..300, 0usize..200), 1..20)) {
        let kit = Kit::new();
        let name = photo().1;
        for (offset, total, length) in pieces {
            let before = kit.blobs.offset(ONE, &name).unwrap();
            let piece = Piece { offset, total, bytes: &vec![7; length] };
            let taken = kit.blobs.take((ONE, "ZY01".parse().unwrap()), &name, piece, NOW);
            proptest::prop_assert!(!kit.blobs.has(ONE, &name).unwrap(), "these are not its bytes");
            proptest::prop_assert!(taken.is_err() || offset == before);
            proptest::prop_assert!(kit.blobs.offset(ONE, &name).unwrap() < 300);
        }
    }

    #[test]
    fn true_bytes_at_any_offsets_end_in_the_true_photo(
        cuts in proptest::collection::vec((0u64..110_000, 0usize..70_000), 0..12),
    ) {
        let kit = Kit::new();
        let (bytes, name) = photo();
        for (offset, length) in cuts {
            let start = usize::try_from(offset).unwrap().min(bytes.len());
            let piece = &bytes[start..bytes.len().min(start + length)];
            let piece = Piece { offset, total: bytes.len() as u64, bytes: piece };
            let _ = kit.blobs.take((ONE, "ZY01".parse().unwrap()), &name, piece, NOW);
        }
        kit.send(ONE, NOW).unwrap();
        proptest::prop_assert_eq!(kit.blobs.bytes(&name).unwrap(), Some(bytes));
    }
}
