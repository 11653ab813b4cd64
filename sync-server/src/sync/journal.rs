//! A phone's journal that came as a file (the sync contract, 3.7): its facts are taken as a push of the install that
//! wrote it. What the file is stands in `xundian_protocol::journal`, who may bring one in `web` and `command`.
//!
//! | a fact of the file | is taken |
//! |---|---|
//! | at or below the server's watermark, the same record in that place | as a replay: known |
//! | behind the watermark, without a gap | in its place, so that the install's days match their digests |
//! | of an earlier install, and all of them if the install was replaced or its places hold other records | if it is not known, under an install that stands in for this one, as a renewal would |

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{InstallId, RecordId, RepNo};
use xundian_protocol::journal::{Envelope, Journal, JournalError, JournalFact, Opener};
use xundian_protocol::limits::PUSH_BYTES;
use xundian_protocol::push::{Answered, Record, Verdict};

use super::device::{Device, InstallRow, enrolled, stand_in};
use super::ingest::{PushError, Sent, push_journal};
use super::record::parse;
use super::service::{alarm, here};
use crate::app::App;
use crate::db::{DbError, Tx, Value};
use crate::master::in_step;

/// Records of one commit: phones that push meanwhile wait for no more than that.
const PART_RECORDS: usize = 100;
/// The time of the import says nothing about the phone's clocks: no record was captured in this boot.
const NO_PHONE: Stamp =
    Stamp { wall: Millis(0), mono_ms: i64::MIN, boot: Uuid::nil(), server_offset_ms: None };

/// What a journal brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalReport {
    /// Who wrote it.
    pub install: InstallId,
    /// Whose facts they are.
    pub rep: RepNo,
    /// By the phone's best reading.
    pub made_at: Millis,
    /// New here, with their effect or waiting for a parent.
    pub taken: usize,
    /// Here already.
    pub known: usize,
    /// Here with other bytes: these are in quarantine.
    pub conflicts: usize,
    /// New here; a person must look.
    pub held: usize,
    /// New here and without effect: undecodable, unauthorised or of an old version.
    pub rejected: usize,
}

/// Why a journal is not taken. What was taken before stays; bringing it again is always safe.
#[derive(Debug, thiserror::Error)]
pub enum JournalImportError {
    /// The file or its code.
    #[error(transparent)]
    File(#[from] JournalError),
    /// No such phone was enrolled here, so nobody can say whose facts these are.
    #[error(
        "phone {0} is not known here: take its journal in on the rep's new phone, with its recovery code"
    )]
    UnknownInstall(InstallId),
    /// The phone itself pushed while its journal was read.
    #[error("the phone itself is sending just now: bring the journal again")]
    Busy,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl JournalImportError {
    /// For texts that people read.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(why) => why.code(),
            Self::UnknownInstall(_) => "unknown_install",
            Self::Busy => "busy",
            Self::Db(_) => "failed",
        }
    }
}

impl From<PushError> for JournalImportError {
    fn from(why: PushError) -> Self {
        match why {
            PushError::Refused(_) => Self::Busy,
            PushError::Db(why) => why.into(),
        }
    }
}

/// Takes a journal in, by its recovery code or the company's key. Blocks.
///
/// # Errors
/// See [`JournalImportError`].
pub fn import_journal(
    app: &App,
    file: &[u8],
    code: Option<&str>,
) -> Result<JournalReport, JournalImportError> {
    let _one = app.importing();
    let envelope = Envelope::read(file)?;
    let device = app.db().read_now(|tx| enrolled(tx, envelope.install))?;
    let device = device.ok_or(JournalImportError::UnknownInstall(envelope.install))?;
    envelope.is_by(&device.key)?;
    let code = code.map(str::parse).transpose()?;
    let opener = code.as_ref().map_or(Opener::Company(app.import_secret()), Opener::Code);
    let journal = Journal::open(&envelope, &opener)?;
    if journal.rep != device.rep {
        return Err(JournalError::Damaged("it names another rep").into());
    }
    Import { app, device: &device, report: JournalReport::empty(&device, envelope.made_at) }
        .run(journal.facts)
}

impl JournalReport {
    fn empty(device: &Device, made_at: Millis) -> Self {
        let (install, rep) = (device.install, device.rep);
        Self { install, rep, made_at, taken: 0, known: 0, conflicts: 0, held: 0, rejected: 0 }
    }

    fn count(&mut self, answered: &Answered) {
        let place = match &answered.verdict {
            _ if answered.replayed => &mut self.known,
            Verdict::Applied { .. } | Verdict::Parked { .. } => &mut self.taken,
            Verdict::Held { .. } => &mut self.held,
            Verdict::ConflictPayload => &mut self.conflicts,
            Verdict::Rejected { .. } => &mut self.rejected,
        };
        *place += 1;
    }

    /// Counts what is here with these bytes, as a fact or in quarantine, and gives the rest.
    fn set_aside(&mut self, tx: &mut Tx<'_>, facts: Vec<JournalFact>) -> Result<Vec<JournalFact>, DbError> {
        let mut unknown = Vec::new();
        for fact in facts {
            let hash: [u8; 32] = Sha256::digest(fact.body.as_bytes()).into();
            let key: [Value; 2] = [fact.id.into(), hash.into()];
            if tx.first("SELECT 1 FROM fact WHERE id = $1 AND hash = $2", &key)?.is_some() {
                self.known += 1;
            } else if tx.first("SELECT 1 FROM quarantine WHERE id = $1 AND hash = $2", &key)?.is_some() {
                self.conflicts += 1;
            } else {
                unknown.push(fact);
            }
        }
        Ok(unknown)
    }
}

/// An import on its way.
struct Import<'a> {
    app: &'a App,
    device: &'a Device,
    report: JournalReport,
}

impl Import<'_> {
    fn run(mut self, facts: Vec<JournalFact>) -> Result<JournalReport, JournalImportError> {
        let fits = self.app.db().read_now(|tx| fits(tx, self.device, &facts))?;
        let (own, others): (Vec<_>, Vec<_>) = facts.into_iter().partition(|fact| fits && fact.dseq > 0);
        // Those of earlier installs are older: what comes later may need them.
        self.take_others(others)?;
        self.take(self.device, own.into_iter().map(JournalFact::into_record).collect())?;
        Ok(self.report)
    }

    /// Facts without a place in the install's row: what is here in any way stays as it is.
    fn take_others(&mut self, facts: Vec<JournalFact>) -> Result<(), JournalImportError> {
        let unknown = self.app.db().read_now(|tx| self.report.set_aside(tx, facts))?;
        if unknown.is_empty() {
            return Ok(());
        }
        let (old, now, random) = (self.device.clone(), self.app.now(), self.app.random()?);
        let id = InstallId(install_id(now, &random));
        let device = self.app.db().write_now(move |tx| stand_in(tx, &old, id, now))?;
        let placed = (1u64..).zip(unknown).map(|(dseq, fact)| Record { dseq, ..fact.into_record() });
        self.take(&device, placed.collect())
    }

    /// Takes records in the name of an install, part by part: each is a commit, and all of it can be done again.
    fn take(&mut self, device: &Device, records: Vec<Record>) -> Result<(), JournalImportError> {
        let last_dseq = records.last().map_or(0, |record| record.dseq);
        let made_at = self.report.made_at;
        for part in parts(records) {
            let sent = Sent { epoch_seen: None, at: NO_PHONE, last_dseq, records: parse(part) };
            let (catalogue, here, by) = (self.app.catalogue(), here(self.app), device.clone());
            let pushed = self.app.db().write_now(move |tx| {
                let catalogue = in_step(tx, &catalogue)?;
                push_journal(tx, &catalogue, &by, sent, made_at, here)
            })?;
            if pushed.has_new_master {
                self.app.reload()?;
            }
            alarm(self.app.log(), device.install, pushed.conflicts);
            pushed.verdicts.iter().for_each(|answered| self.report.count(answered));
        }
        Ok(())
    }
}

/// Whether the facts with places go on where the install's row ends here: what is acknowledged is the same, the next
/// place is the next fact.
fn fits(tx: &mut Tx<'_>, device: &Device, facts: &[JournalFact]) -> Result<bool, DbError> {
    let row = InstallRow::load(tx, device.install)?;
    let pushed = tx.query("SELECT dseq, id FROM pushed WHERE install = $1", &[device.install.into()])?;
    let here: HashMap<u64, RecordId> =
        pushed.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    let (acknowledged, behind): (Vec<_>, Vec<_>) =
        facts.iter().filter(|fact| fact.dseq > 0).partition(|fact| fact.dseq <= row.acked_dseq);
    let is_same = acknowledged.iter().all(|fact| here.get(&fact.dseq) == Some(&fact.id));
    let goes_on = (row.acked_dseq + 1..).zip(&behind).all(|(place, fact)| fact.dseq == place);
    Ok(row.closed.is_none() && is_same && goes_on)
}

/// UUIDv7, as phones make theirs.
fn install_id(now: Millis, random: &[u8; 32]) -> Uuid {
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.0).unwrap_or(0), &tail).into_uuid()
}

/// Records in their order, each part within the bounds of a push.
fn parts(records: Vec<Record>) -> Vec<Vec<Record>> {
    let (mut parts, mut bytes) = (Vec::<Vec<Record>>::new(), 0);
    for record in records {
        bytes += record.body.len();
        match parts.last_mut().filter(|part| part.len() < PART_RECORDS && bytes <= PUSH_BYTES) {
            Some(part) => part.push(record),
            None => {
                bytes = record.body.len();
                parts.push(vec![record]);
            }
        }
    }
    parts
}
