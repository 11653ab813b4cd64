//! `push`: facts come in. Id, hash, projections, verdict and the install's watermark are one commit; that is the only
//! exactly-once there is (the sync contract, 3.3). What a fact does then is `effects`, what it says about a store is
//! `stores`, what stays of it is `keep`.

mod effects;
mod keep;
mod restored;
mod stores;

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use xundian_domain::capture::{Captured, OLDEST_MS, capture_time, is_possible};
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::store::Store;
use xundian_domain::{BusinessDate, InstallId, RecordId, RepNo, StoreId};
use xundian_protocol::limits::{DAY_BYTES, DAY_RECORDS};
use xundian_protocol::push::{Answered, HeldCode, Kind as RecordKind, Verdict};
use xundian_protocol::tables::StoreNote;
use xundian_protocol::{Refusal, RefusalCode};

use super::device::{Device, InstallRow, phone_of};
pub(crate) use effects::began;
pub(super) use effects::rejected;

use super::record::{Content, Parsed};
use crate::db::{DbError, Row, Tx, Value};
use crate::log::Log;
use crate::master::{Catalogue, ContactTold, Feed};
use crate::orders::OrderBook;

/// Why a push is not taken as a whole.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The phone has to do something.
    #[error("refused: {}", .0.reason)]
    Refused(Refusal),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a push did.
#[derive(Debug)]
pub struct Pushed {
    /// One per record.
    pub verdicts: Vec<Answered>,
    /// Everything up to here is committed.
    pub acked_dseq: u64,
    /// Everything up to here is in a confirmed backup.
    pub durable_upto: u64,
    /// Records that came with other bytes than the first time, or would write over the order or store of another fact:
    /// somebody has to look.
    pub conflicts: usize,
    /// Stores were opened or have other contacts: the catalogue must learn it.
    pub has_new_master: bool,
    /// Stores and orders that parked records may have waited for.
    came: Vec<Uuid>,
}

/// So long before a restore a phone captured what it sends again, if its bare wall clock is to be believed: it keeps its
/// facts for a month at least.
const SENT_AGAIN_MS: i64 = 90 * 86_400_000;
/// How long before a restore a phone may have captured what it sends again.
const KEPT_MS: i64 = 400 * 86_400_000;

/// A batch as it came, with the clocks around it.
#[derive(Debug)]
pub struct Sent {
    /// The server's epoch as the phone knows it.
    pub epoch_seen: Option<Uuid>,
    /// The phone's clocks when it sent.
    pub at: Stamp,
    /// The highest place that the phone has given.
    pub last_dseq: u64,
    /// The records.
    pub records: Vec<Parsed>,
}

/// What one phone may send in a day, whatever becomes of it; replays do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayQuota {
    /// New records.
    pub records: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl Default for DayQuota {
    fn default() -> Self {
        Self { records: DAY_RECORDS, bytes: DAY_BYTES }
    }
}

/// The server's side of a push.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    /// Changes with every restore.
    pub epoch: Uuid,
    /// When this epoch began, if it is not the first: older captures were judged in time before.
    pub restored: Option<Millis>,
    /// Receipt.
    pub now: Millis,
    /// Of each phone.
    pub quota: DayQuota,
    /// Where it is said what somebody has to look at.
    pub log: Log,
}

/// Takes a batch. Nothing of it is there when it fails.
///
/// # Errors
/// A gap or fork in the row of facts, another epoch, too many new records in a day, or a failing database.
pub fn push(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    device: &Device,
    sent: Sent,
    here: Here,
) -> Result<Pushed, PushError> {
    // The watermark is read under the writer: another connection of this phone may have pushed.
    let row = InstallRow::load(tx, device.install)?;
    let mut batch = Batch::new(catalogue, device, sent.at, here, row);
    batch.check_install(&sent)?;
    let last_dseq = sent.last_dseq;
    batch.take_all(tx, sent.records)?;
    batch.check_quota(tx)?;
    finish(tx, batch, last_dseq, here.now)
}

/// Takes a part of a journal that a person brought as a push of its install. That the install is revoked, replaced or
/// over its quota does not keep its facts out: the first holds them, the journal's own bounds are the quota.
///
/// # Errors
/// A gap or fork in the row of facts: the phone itself pushed meanwhile; or a failing database.
pub(super) fn push_journal(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    device: &Device,
    sent: Sent,
    made_at: Millis,
    here: Here,
) -> Result<Pushed, PushError> {
    let row = InstallRow::load(tx, device.install)?;
    let last_dseq = sent.last_dseq.max(row.last_dseq);
    let mut batch = Batch::new(catalogue, device, sent.at, here, row);
    batch.take_all(tx, sent.records)?;
    finish(tx, batch, last_dseq, made_at.min(here.now))
}

/// Writes what was judged and takes up what waited for it. `heard` is how far the phone is known.
fn finish(tx: &mut Tx<'_>, batch: Batch<'_>, last_dseq: u64, heard: Millis) -> Result<Pushed, PushError> {
    let (catalogue, here) = (batch.catalogue, batch.here);
    let mut pushed = batch.write(tx, last_dseq, heard)?;
    let came = std::mem::take(&mut pushed.came);
    pushed.conflicts += super::parked::retake(tx, catalogue, here, &came)?;
    Ok(pushed)
}

/// A fact that is stored already.
struct Known {
    hash: [u8; 32],
    verdict: Verdict,
    rep: RepNo,
}

pub(super) struct Batch<'a> {
    catalogue: &'a Catalogue,
    device: &'a Device,
    sent: Stamp,
    here: Here,
    now: Millis,
    install: InstallRow,
    acked: u64,
    previous: Option<Millis>,
    /// Facts that have a place in this install's row.
    placed: HashSet<RecordId>,
    /// The words that came later than the first, of known facts that take one more place.
    later: HashMap<RecordId, Verdict>,
    new_records: u64,
    new_bytes: u64,
    conflicts: usize,
    came: Vec<Uuid>,
    parked: Vec<Vec<Value>>,
    held: Vec<Vec<Value>>,
    book: OrderBook<'a>,
    feed: Feed,
    facts: Vec<Vec<Value>>,
    private: Vec<Vec<Value>>,
    /// Stores whose people asked to be forgotten; `None` = nobody looked yet.
    forgotten: Option<HashMap<StoreId, Millis>>,
    pushed: Vec<Vec<Value>>,
    visits: Vec<Vec<Value>>,
    /// In order, like what follows: the same push writes the same pages.
    new_stores: BTreeMap<StoreId, Store>,
    has_new_master: bool,
    notes: BTreeMap<StoreId, StoreNote>,
    contacts: BTreeMap<StoreId, ContactTold>,
    verdicts: Vec<Answered>,
}

/// What is known about one record while it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judged {
    /// Effective time.
    pub(super) captured: Captured,
    /// Effective business date.
    pub(super) date: BusinessDate,
    /// Which.
    pub(super) record: RecordId,
    /// Whose.
    pub(super) rep: RepNo,
    /// It is kept already and judged once more.
    pub(super) is_again: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        device: &'a Device,
        sent: Stamp,
        here: Here,
        install: InstallRow,
    ) -> Self {
        let now = here.now;
        Self {
            catalogue,
            device,
            sent,
            here,
            now,
            install,
            acked: install.acked_dseq,
            previous: install.last_captured,
            placed: HashSet::new(),
            later: HashMap::new(),
            new_records: 0,
            new_bytes: 0,
            conflicts: 0,
            came: Vec::new(),
            parked: Vec::new(),
            held: Vec::new(),
            book: OrderBook::new(catalogue, now),
            feed: Feed::default(),
            facts: Vec::new(),
            private: Vec::new(),
            forgotten: None,
            pushed: Vec::new(),
            visits: Vec::new(),
            new_stores: BTreeMap::new(),
            has_new_master: false,
            notes: BTreeMap::new(),
            contacts: BTreeMap::new(),
            verdicts: Vec::new(),
        }
    }

    /// The install may push, knows this epoch and is not behind its own row.
    fn check_install(&self, sent: &Sent) -> Result<(), PushError> {
        if !self.install.may_push(self.now) {
            let refusal = Refusal::new(RefusalCode::Revoked, "this phone was revoked");
            return Err(PushError::Refused(refusal));
        }
        if sent.epoch_seen.is_some_and(|seen| seen != self.here.epoch) {
            return Err(self.refuse(RefusalCode::Epoch));
        }
        if self.install.closed.is_some() || sent.last_dseq < self.acked {
            return Err(self.refuse(RefusalCode::Fork));
        }
        Ok(())
    }

    fn take_all(&mut self, tx: &mut Tx<'_>, records: Vec<Parsed>) -> Result<(), PushError> {
        let mut known = self.known(tx, &records)?;
        self.look_up_places(tx, &records, &known)?;
        let orders = records.iter().filter_map(|parsed| parsed.content.new_order());
        self.book.look_up_orders(tx, orders)?;
        for parsed in records {
            let answered = self.take(tx, parsed, &mut known)?;
            self.verdicts.push(answered);
        }
        Ok(())
    }

    /// New records of a day are bounded: a phone that went mad must not fill the server. A renewed install is the same
    /// phone.
    fn check_quota(&self, tx: &mut Tx<'_>) -> Result<(), PushError> {
        let (records, bytes) = (self.new_records, self.new_bytes);
        if records == 0 && bytes == 0 {
            return Ok(());
        }
        let phone = phone_of(tx, self.device.install)?;
        let day = self.catalogue.zone().date(self.now);
        let row = tx.first(
            "INSERT INTO install_day (install, day, records, bytes) VALUES ($1, $2, $3, $4)
             ON CONFLICT (install, day) DO UPDATE SET records = install_day.records + excluded.records,
             bytes = install_day.bytes + excluded.bytes RETURNING records, bytes",
            &[phone.into(), day.into(), records.into(), bytes.into()],
        )?;
        let (records, bytes) = row.map_or(Ok((0, 0)), |row| Ok::<_, DbError>((row.get(0)?, row.get(1)?)))?;
        let quota = self.here.quota;
        if !self.is_refilling() && (records > quota.records || bytes > quota.bytes) {
            let reason = "more new records than a phone makes in a day: go on tomorrow";
            let refusal = Refusal { retry_after_s: Some(3_600), ..Refusal::new(RefusalCode::Busy, reason) };
            return Err(PushError::Refused(refusal));
        }
        Ok(())
    }

    /// The records that the server has, by id.
    fn known(&self, tx: &mut Tx<'_>, records: &[Parsed]) -> Result<HashMap<RecordId, Known>, DbError> {
        let ids: Vec<Value> = records.iter().map(|parsed| parsed.record.id.into()).collect();
        let rows = tx.query_each("SELECT id, hash, verdict, rep FROM fact WHERE id", &ids)?;
        let known = |row: &Row| {
            Ok((row.get(0)?, Known { hash: row.get(1)?, verdict: row.json(2)?, rep: row.get(3)? }))
        };
        rows.iter().map(known).collect()
    }

    /// Of the known facts that take one more place, those that this install has given one before, and their later words.
    fn look_up_places(
        &mut self,
        tx: &mut Tx<'_>,
        records: &[Parsed],
        known: &HashMap<RecordId, Known>,
    ) -> Result<(), DbError> {
        let again = records.iter().map(|parsed| &parsed.record);
        let again = again.filter(|record| record.dseq > self.acked && known.contains_key(&record.id));
        let ids: Vec<Value> = again.map(|record| record.id.into()).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for row in tx.query_each("SELECT install, id FROM pushed WHERE id", &ids)? {
            if row.get::<InstallId>(0)? == self.device.install {
                self.placed.insert(row.get(1)?);
            }
        }
        for row in tx.query_each("SELECT fact, verdict FROM fact_verdict WHERE fact", &ids)? {
            self.later.insert(row.get(0)?, row.json(1)?);
        }
        Ok(())
    }

    fn take(
        &mut self,
        tx: &mut Tx<'_>,
        parsed: Parsed,
        known: &mut HashMap<RecordId, Known>,
    ) -> Result<Answered, PushError> {
        let id = parsed.record.id;
        let takes_place = parsed.record.dseq > self.acked;
        let is_placed_again = self.check_place(tx, &parsed)?;
        match known.get(&id) {
            Some(known) if known.hash == parsed.hash => {
                // A phone gives a fact another place when a day is listed, and not without end.
                if is_placed_again {
                    self.count_new(&parsed.record.body);
                }
                let verdict = known.verdict.clone();
                self.catch_up_private(tx, &parsed)?;
                // Nobody says what became of another rep's facts.
                if takes_place && known.rep == self.device.rep {
                    self.catch_up_word(tx, &parsed, &verdict)?;
                }
                return Ok(Answered { id, verdict, replayed: true });
            }
            Some(_) => {
                if self.quarantine(tx, &parsed, "conflict_payload")? {
                    self.count_new(&parsed.record.body);
                }
                self.conflicts += 1;
                return Ok(Answered { id, verdict: Verdict::ConflictPayload, replayed: false });
            }
            None => {}
        }
        let judged = self.judge(&parsed);
        let verdict = self.first_word(tx, &parsed, &judged)?;
        // Known from here on, also within this batch.
        known.insert(id, Known { hash: parsed.hash, verdict: verdict.clone(), rep: judged.rep });
        self.keep(tx, parsed, &judged, &verdict)?;
        Ok(Answered { id, verdict, replayed: false })
    }

    /// A fact that a journal brought has nothing private beside it: a phone of its rep brings that later. What was emptied has its
    /// row, and stays empty.
    fn catch_up_private(&mut self, tx: &mut Tx<'_>, parsed: &Parsed) -> Result<(), DbError> {
        let Some(private) = &parsed.record.private else { return Ok(()) };
        if self.install.revoked.is_some() {
            // Nothing of it takes effect without a person.
            return Ok(());
        }
        let row = tx.first(
            "SELECT f.captured, f.unverified, f.effective,
             coalesce((SELECT verdict FROM fact_verdict v WHERE v.fact = f.id), f.verdict) FROM fact f
             WHERE f.id = $1 AND f.rep = $2 AND NOT EXISTS (SELECT 1 FROM fact_private p WHERE p.id = f.id)",
            &[parsed.record.id.into(), self.device.rep.into()],
        )?;
        let Some(row) = row else { return Ok(()) };
        let captured = Captured { at: row.get(0)?, unverified: row.get::<Option<bool>>(1)?.unwrap_or(false) };
        let date = row.get::<Option<BusinessDate>>(2)?.unwrap_or(parsed.record.date);
        let (record, rep) = (parsed.record.id, self.device.rep);
        let judged = Judged { captured, date, record, rep, is_again: true };
        self.keep_private(tx, parsed, &judged)?;
        if !matches!(row.json(3)?, Verdict::Applied { .. }) {
            return Ok(());
        }
        match &parsed.content {
            Content::StoreContactChanged(changed) => {
                self.contact_changed(tx, changed, parsed, &judged).map(drop)
            }
            Content::StoreOpened(opened) => match self.store(tx, opened.id)? {
                Some(store) => self.tell_opener(tx, &store, &judged, private),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The row of facts has no gaps, and a place belongs to one record for good. Whether a fact takes one more place.
    fn check_place(&mut self, tx: &mut Tx<'_>, parsed: &Parsed) -> Result<bool, PushError> {
        let (id, dseq) = (parsed.record.id, parsed.record.dseq);
        if dseq <= self.acked {
            let row = tx.first(
                "SELECT id FROM pushed WHERE install = $1 AND dseq = $2",
                &[self.device.install.into(), dseq.into()],
            )?;
            let holder = row.map(|row| row.get::<RecordId>(0)).transpose()?;
            return if holder == Some(id) { Ok(false) } else { Err(self.refuse(RefusalCode::Fork)) };
        }
        if dseq != self.acked + 1 {
            return Err(self.refuse(RefusalCode::Gap));
        }
        self.acked = dseq;
        self.pushed.push(vec![
            self.device.install.into(),
            dseq.into(),
            id.into(),
            parsed.hash.into(),
            parsed.record.date.into(),
            matches!(parsed.record.kind, RecordKind::DayClosed).into(),
        ]);
        Ok(!self.placed.insert(id))
    }

    fn refuse(&self, code: RefusalCode) -> PushError {
        let reason = format!("the server has this install up to {}", self.acked);
        PushError::Refused(Refusal {
            acked_dseq: Some(self.acked),
            epoch: Some(self.here.epoch),
            ..Refusal::new(code, reason)
        })
    }

    /// When and on which day it was captured: decided once, and kept with the fact for whatever takes effect later.
    fn judge(&mut self, parsed: &Parsed) -> Judged {
        let stamp = &parsed.record.captured;
        let captured = capture_time(stamp, &self.sent, self.now, self.previous.max(self.oldest(stamp)));
        self.previous = self.previous.max(Some(captured.at));
        let date = effective_date(self.catalogue, captured.at, parsed.record.date);
        Judged { captured, date, record: parsed.record.id, rep: self.device.rep, is_again: false }
    }

    /// A wall clock that nobody vouches for says no impossible time: the fact can have been captured within these days, and
    /// is not held for a calendar that is a year behind. What phones send again after a restore is as old as it says.
    fn oldest(&self, stamp: &Stamp) -> Option<Millis> {
        let again = |at: Millis| (0..=SENT_AGAIN_MS).contains(&at.0.saturating_sub(stamp.wall.0));
        let is_again = self.here.restored.is_some_and(again);
        (!is_again).then(|| Millis(self.now.0.saturating_sub(OLDEST_MS)))
    }

    /// After a restore phones send a month again.
    fn is_refilling(&self) -> bool {
        self.here.restored.is_some_and(|at| self.now.0.saturating_sub(at.0) < OLDEST_MS)
    }

    fn first_word(&mut self, tx: &mut Tx<'_>, parsed: &Parsed, judged: &Judged) -> Result<Verdict, DbError> {
        let held = match () {
            () if self.install.revoked.is_some() => Some(HeldCode::RevokedDevice),
            () if !self.is_possible(judged.captured.at) => Some(HeldCode::CaptureTime),
            () => self.was_held(parsed),
        };
        if let Content::Undecodable(_) = &parsed.content {
            self.quarantine(tx, parsed, "undecodable")?;
        }
        self.effect(tx, parsed, judged, held)
    }

    /// What was captured before a restore was in time then, if phones can still have it.
    fn is_possible(&self, at: Millis) -> bool {
        let was_in_time = |restored: Millis| (0..=KEPT_MS).contains(&restored.0.saturating_sub(at.0));
        is_possible(at, self.now) || self.here.restored.is_some_and(was_in_time)
    }

    /// What is kept counts for the day, in effect or in quarantine.
    fn count_new(&mut self, body: &str) {
        self.new_records += 1;
        self.count_bytes(body);
    }

    fn count_bytes(&mut self, text: &str) {
        self.new_bytes += u64::try_from(text.len()).unwrap_or(0);
    }
}

/// Over midnight a visit belongs to its check-in: the sealed date may be the day before. Any other sealed date is the
/// phone's word against its clocks.
pub(super) fn effective_date(catalogue: &Catalogue, captured: Millis, sealed: BusinessDate) -> BusinessDate {
    let date = catalogue.zone().date(captured);
    if sealed == date.minus_days(1) { sealed } else { date }
}

fn text<T: serde::Serialize>(value: &T) -> Result<String, DbError> {
    crate::db::json(value)
}
