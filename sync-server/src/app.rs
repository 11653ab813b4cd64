//! The running server: database, catalogue, clock, secrets; and the work that is done by the clock.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use uuid::Uuid;
use xundian_domain::order_state::SheetNo;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, InstallId};
use xundian_protocol::digest::{hex, unhex};
use xundian_protocol::journal::ImportSecret;

use crate::competitor;
use crate::db::{Db, DbError};
use crate::ends::end_past;
use crate::learning::{Learnt, learn};
use crate::log::Log;
use crate::master::Catalogue;
use crate::master::{in_step, master_version, publish_of};
use crate::orders::{
    FreezeError, MAKE_UP_DAYS, begin_why_missed, due_freezes, freeze, give_up_unreported, replan_waiting,
    tell_why_missed,
};
use crate::photos::{BlobError, Blobs, Shelf, Staging, Tended};
use crate::print::{FontError, Fonts};
use crate::setting;
use crate::sync::service::{here, late_alarm};
use crate::sync::{
    CodeTries, DayQuota, Device, InstallRow, Packs, Sealer, empty_private, end_of_tombstones, parked,
    retake_each, take_up_known_kinds,
};

/// Records that waited and are taken up in one commit: pushes must not wait for all of them.
const RETAKEN_AT_ONCE: usize = 200;
/// No import was taken up yet.
const NOTHING: i64 = -1;

/// The server's clock; a constructor argument, so that tests and the demo bring their own.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 UTC.
    fn now(&self) -> Millis;

    /// Whether pages have to say that this is no real time.
    fn is_demo(&self) -> bool {
        false
    }

    /// 32 random bytes for secrets; the simulation brings its own, so that a seed repeats itself.
    ///
    /// # Errors
    /// The system has none to give; nothing may be done with secrets then.
    fn random(&self) -> Result<[u8; 32], DbError> {
        random()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "this is where real time comes in")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Random bytes from the operating system.
///
/// # Errors
/// The system has none to give; nothing may be done with secrets then.
pub fn random<const N: usize>() -> Result<[u8; N], DbError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|why| DbError::Io(std::io::Error::other(why.to_string())))?;
    Ok(bytes)
}

/// Everything that a request needs; cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    clock: Box<dyn Clock>,
    log: Log,
    epoch: Uuid,
    restored: Option<Millis>,
    secret: Vec<u8>,
    import_secret: ImportSecret,
    live_since: BusinessDate,
    catalogue: RwLock<Arc<Catalogue>>,
    /// The import whose news the catalogue and the parked records have heard.
    taken_up: AtomicI64,
    devices: RwLock<HashMap<InstallId, (String, Device)>>,
    code_tries: Mutex<CodeTries>,
    /// Phones that were heard without anything to write, when, and the highest place that each gave: the clock notes them.
    heard: Mutex<BTreeMap<InstallId, (Millis, u64)>>,
    fonts: OnceLock<Fonts>,
    blobs: Blobs,
    push_quota: DayQuota,
    packs: Packs,
    importing: Mutex<()>,
    reloading: Mutex<()>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("epoch", &self.inner.epoch).finish_non_exhaustive()
    }
}

impl App {
    /// [`App::start_with`] its photos in a folder, and half ones in another one beside it, `….half`; what it says goes to the
    /// error output.
    ///
    /// # Errors
    /// A failing database.
    pub fn start(db: Db, clock: Box<dyn Clock>, photos: PathBuf) -> Result<Self, DbError> {
        let staging = Staging::in_folder(photos.with_extension("half"));
        let blobs = Blobs::new(db.clone(), Shelf::in_folder(photos), staging);
        Self::start_with(db, clock, blobs, DayQuota::default(), Log::STDERR)
    }

    /// Starts on an open database: makes the epoch and the secrets at the first start, reads the catalogue. Blocks.
    ///
    /// # Errors
    /// A failing database.
    pub fn start_with(
        db: Db,
        clock: Box<dyn Clock>,
        blobs: Blobs,
        push_quota: DayQuota,
        log: Log,
    ) -> Result<Self, DbError> {
        let mut epoch = [0; 16];
        epoch.copy_from_slice(&clock.random()?[..16]);
        let fresh = (Uuid::from_bytes(epoch), clock.random()?, clock.random()?);
        let now = clock.now();
        let (epoch, secret, import_secret, since, restored, taken_up) = db.write_now(move |tx| {
            let catalogue_zone = Catalogue::load(tx)?.zone();
            let epoch = setting::made_once(tx, "epoch", fresh.0)?;
            let secret = setting::made_once(tx, "secret", hex(&fresh.1))?;
            let import_secret = setting::made_once(tx, "import_secret", hex(&fresh.2))?;
            let since = setting::made_once(tx, setting::LIVE_SINCE, catalogue_zone.date(now))?;
            let taken_up = setting::read(tx, setting::TAKEN_UP)?;
            begin_why_missed(tx)?;
            Ok::<_, DbError>((epoch, secret, import_secret, since, setting::restored(tx)?, taken_up))
        })?;
        let unreadable = |reason: String| DbError::Column { column: 0, reason };
        let import_secret = unhex(&import_secret).map(ImportSecret::from_bytes);
        let catalogue = db.read_now(Catalogue::load)?;
        let app = Self {
            inner: Arc::new(Inner {
                epoch: epoch.parse().map_err(|why: uuid::Error| unreadable(why.to_string()))?,
                live_since: since.parse().map_err(|_| unreadable(since.clone()))?,
                restored,
                secret: secret.into_bytes(),
                import_secret: import_secret.ok_or_else(|| unreadable("the import key".to_owned()))?,
                db,
                clock,
                log,
                catalogue: RwLock::new(Arc::new(catalogue)),
                taken_up: AtomicI64::new(taken_up.unwrap_or(NOTHING)),
                devices: RwLock::default(),
                code_tries: Mutex::default(),
                heard: Mutex::default(),
                fonts: OnceLock::new(),
                blobs,
                push_quota,
                packs: Packs::default(),
                importing: Mutex::default(),
                reloading: Mutex::default(),
            }),
        };
        app.follow_the_day()?;
        app.take_up_known_kinds()?;
        app.follow_imports()?;
        Ok(app)
    }

    /// This server may know what an older one could only hold.
    fn take_up_known_kinds(&self) -> Result<(), DbError> {
        let (catalogue, here) = (self.catalogue(), here(self));
        let taken = self.inner.db.write_now(move |tx| take_up_known_kinds(tx, &catalogue, here))?;
        late_alarm(self.log(), "the upgrade", taken.conflicts);
        if taken.what > 0 { self.reload() } else { Ok(()) }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// Where it says what is nobody's answer.
    pub fn log(&self) -> Log {
        self.inner.log
    }

    /// The photos.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// What one phone may push in a day.
    pub(crate) fn push_quota(&self) -> DayQuota {
        self.inner.push_quota
    }

    /// Now.
    pub fn now(&self) -> Millis {
        self.inner.clock.now()
    }

    /// Whether the clock is not a real one.
    pub fn is_demo(&self) -> bool {
        self.inner.clock.is_demo()
    }

    /// Changes with every restore.
    pub fn epoch(&self) -> Uuid {
        self.inner.epoch
    }

    /// When this epoch began, if the database was restored.
    pub fn restored(&self) -> Option<Millis> {
        self.inner.restored
    }

    /// 32 random bytes for secrets.
    ///
    /// # Errors
    /// The system has none to give.
    pub fn random(&self) -> Result<[u8; 32], DbError> {
        self.inner.clock.random()
    }

    pub(crate) fn packs(&self) -> &Packs {
        &self.inner.packs
    }

    /// Seals the cursors of this epoch.
    pub fn sealer(&self) -> Sealer<'_> {
        Sealer { epoch: self.epoch(), secret: &self.inner.secret }
    }

    pub(crate) fn secret(&self) -> &[u8] {
        &self.inner.secret
    }

    /// Opens the journals that phones sealed for this company.
    pub(crate) fn import_secret(&self) -> &ImportSecret {
        &self.inner.import_secret
    }

    /// The fingerprint of the company's key: invitations to phones name it.
    pub fn company_key(&self) -> [u8; 32] {
        self.inner.import_secret.public().fingerprint()
    }

    /// One journal at a time, so that what a reader holds is held once.
    pub(crate) fn importing(&self) -> MutexGuard<'_, ()> {
        self.inner.importing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Master data as of the last import, with the territories of the business date.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.inner.catalogue.read().map(|catalogue| catalogue.clone()).unwrap_or_default()
    }

    /// Reads master data again, after an import or a new store.
    ///
    /// # Errors
    /// A failing database; the old catalogue stays.
    pub fn reload(&self) -> Result<(), DbError> {
        // One at a time, so that what was read later is not replaced by what was read before.
        let _one = self.inner.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = self.inner.db.read_now(Catalogue::load)?;
        if let Ok(mut catalogue) = self.inner.catalogue.write() {
            *catalogue = Arc::new(fresh);
        }
        Ok(())
    }

    /// Stores change hands on their day: once per business date, at its first tick, or at the start of a server that was down
    /// over midnight. The database says which date was the last.
    fn follow_the_day(&self) -> Result<(), DbError> {
        let catalogue = self.catalogue();
        let today = catalogue.zone().date(self.now());
        if catalogue.day == Some(today) {
            return Ok(());
        }
        self.inner.db.write_now(move |tx| publish_of(tx, today))?;
        self.reload()
    }

    /// Reads master data again when a command imported, while this server ran or was down.
    fn follow_imports(&self) -> Result<(), DbError> {
        let version = self.inner.db.read_now(master_version)?;
        if self.inner.taken_up.load(Ordering::Relaxed) == version {
            return Ok(());
        }
        self.reload()?;
        // The office may have brought what parked records wait for.
        let (catalogue, here) = (self.catalogue(), here(self));
        let planned = catalogue.clone();
        let waiting = self.inner.db.write_now(move |tx| {
            let catalogue = in_step(tx, &planned)?;
            replan_waiting(tx, &catalogue, here.now)?;
            parked(tx)
        })?;
        let mut conflicts = 0;
        for piece in waiting.chunks(RETAKEN_AT_ONCE) {
            let (catalogue, piece) = (catalogue.clone(), piece.to_vec());
            conflicts += self.inner.db.write_now(move |tx| {
                let catalogue = in_step(tx, &catalogue)?;
                retake_each(tx, &catalogue, here, &piece)
            })?;
        }
        self.inner.db.write_now(move |tx| setting::keep(tx, setting::TAKEN_UP, version))?;
        late_alarm(self.log(), "an import", conflicts);
        // Stores among them were opened just now.
        self.reload()?;
        // Last: whatever failed before is done again at the next tick.
        self.inner.taken_up.store(version, Ordering::Relaxed);
        Ok(())
    }

    /// The fonts of this machine, found at the first print.
    ///
    /// # Errors
    /// No font with Chinese characters.
    pub fn fonts(&self) -> Result<&Fonts, FontError> {
        if self.inner.fonts.get().is_none() {
            let _ = self.inner.fonts.set(Fonts::of_this_machine()?);
        }
        self.inner.fonts.get().ok_or(FontError::NoChinese)
    }

    /// The count of wrong enrolment codes.
    pub(crate) fn code_tries(&self) -> MutexGuard<'_, CodeTries> {
        self.inner.code_tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn known_device(&self, install: InstallId, token: &str) -> Option<Device> {
        let devices = self.inner.devices.read().ok()?;
        devices.get(&install).filter(|(known, _)| known == token).map(|(_, device)| device.clone())
    }

    pub(crate) fn remember_device(&self, token: &str, device: &Device) {
        if let Ok(mut devices) = self.inner.devices.write() {
            devices.insert(device.install, (token.to_owned(), device.clone()));
        }
    }

    /// Forgets what is remembered about one phone.
    pub(crate) fn forget_device(&self, install: InstallId) {
        if let Ok(mut devices) = self.inner.devices.write() {
            devices.remove(&install);
        }
    }

    /// Forgets what is remembered about phones, after one was revoked.
    pub fn forget_devices(&self) {
        if let Ok(mut devices) = self.inner.devices.write() {
            devices.clear();
        }
    }

    /// The work of the clock on photos, apart from the orders': a bucket that does not answer must not hold up a freeze.
    ///
    /// # Errors
    /// The place of the photos, or the database; what was done before stays done.
    pub fn tend_photos(&self) -> Result<Tended, BlobError> {
        let keep_days = self.catalogue().photo_keep_days();
        self.inner.blobs.tend(self.now(), keep_days, self.epoch())
    }

    /// What the visits and results since the last call teach, and once a day and after an import what all stores teach
    /// together, and what reps saw at competitors. Apart from [`App::tick`], whose freezes wait for nobody.
    ///
    /// # Errors
    /// A failing database; what was done before stays done.
    pub fn learn(&self) -> Result<Learnt, DbError> {
        let (db, catalogue) = (&self.inner.db, self.catalogue());
        let version = self.inner.taken_up.load(Ordering::Relaxed);
        let today = catalogue.zone().date(self.now());
        let learnt = learn(db, &catalogue, version, today, self.log())?;
        competitor::merge(db, &catalogue, version, today, self.log())?;
        Ok(learnt)
    }

    /// A phone was heard that had nothing to send. No pull waits for the writer because of that: the next tick notes it, for
    /// all phones in one commit.
    pub(crate) fn heard(&self, install: InstallId, last_dseq: u64) {
        let mut heard = self.inner.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.insert(install, (self.now(), last_dseq));
    }

    /// What a failing database does not take is heard again with the next pull.
    fn note_heard(&self) {
        let mut heard = self.inner.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let phones = std::mem::take(&mut *heard);
        drop(heard);
        if phones.is_empty() {
            return;
        }
        let noted = self.inner.db.write_now(move |tx| {
            phones.into_iter().try_for_each(|(id, (at, last))| InstallRow::note(tx, id, at, last))
        });
        if let Err(why) = noted {
            self.log().say(format_args!("who was heard is not noted: {why}"));
        }
    }

    /// The work of the clock: stores that change hands today, freezes that are due, stops that nobody reported, the end of what is
    /// private and of what phones are told. Gives the sheets that were frozen.
    ///
    /// # Errors
    /// A failing database; what was done before stays done.
    pub fn tick(&self) -> Result<Vec<SheetNo>, FreezeError> {
        self.follow_the_day()?;
        self.follow_imports()?;
        let (now, catalogue) = (self.now(), self.catalogue());
        let today = catalogue.zone().date(now);
        let since = self.inner.live_since.max(today.minus_days(MAKE_UP_DAYS));
        let due = self.inner.db.read_now(|tx| due_freezes(tx, &catalogue, now, since))?;
        for sheet in &due {
            let catalogue = catalogue.clone();
            let (distributor, day) = (sheet.distributor, sheet.day);
            let frozen = self.inner.db.write_now(move |tx| {
                let catalogue = in_step(tx, &catalogue)?;
                freeze(tx, &catalogue, distributor, day, now).map(drop)
            });
            match frozen {
                Ok(()) | Err(FreezeError::Frozen(_)) => {}
                Err(why) => return Err(why),
            }
        }
        self.inner.db.write_now(move |tx| {
            let catalogue = in_step(tx, &catalogue)?;
            give_up_unreported(tx, &catalogue, now)
        })?;
        self.note_heard();
        // Before what is told: whatever fails there keeps nobody's name for longer.
        empty_private(&self.inner.db, &self.catalogue(), today, now)?;
        end_of_tombstones(&self.inner.db, today)?;
        tell_why_missed(&self.inner.db, &self.catalogue())?;
        end_past(&self.inner.db, &self.catalogue())?;
        Ok(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;
    use crate::sync::service::{Asked, answer};

    /// Stands still and has no luck: every start would make other secrets.
    struct Standing(u8);

    impl Clock for Standing {
        fn now(&self) -> Millis {
            Millis(1_785_000_000_000)
        }

        fn random(&self) -> Result<[u8; 32], DbError> {
            Ok([self.0; 32])
        }
    }

    #[test]
    fn the_import_key_is_made_at_the_first_start_and_stays() {
        let (folder, db) = fresh();
        let key = |random| {
            let photos = folder.path().join("photos");
            let app = App::start(db.clone(), Box::new(Standing(random)), photos).unwrap();
            app.import_secret().public()
        };
        let first = key(1);
        assert_eq!(first, ImportSecret::from_bytes([1; 32]).public());
        assert_eq!(key(2), first);
    }

    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn what_the_server_says_goes_where_it_was_told_to() {
        let (folder, db) = fresh();
        let place = |name: &str| folder.path().join(name);
        let (shelf, half) = (Shelf::in_folder(place("photos")), Staging::in_folder(place("photos.half")));
        let blobs = Blobs::new(db.clone(), shelf, half);
        let log = Log::to(|line| SAID.lock().unwrap().push(line.to_owned()));
        let app =
            App::start_with(db.clone(), Box::new(Standing(1)), blobs, DayQuota::default(), log).unwrap();
        db.write_now(|tx| tx.execute("DROP TABLE install", &[])).unwrap();
        let asked = Asked {
            method: "GET".to_owned(),
            path: "/v1/hello".to_owned(),
            install: Some(InstallId(Uuid::nil())),
            token: Some("token".to_owned()),
            ..Asked::default()
        };
        assert_eq!(answer(&app, &asked).status, 503);
        let said = SAID.lock().unwrap();
        assert!(matches!(&said[..], [line] if line.starts_with("database failed: ")), "{said:?}");
    }
}
