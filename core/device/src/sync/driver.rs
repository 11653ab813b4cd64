//! The driver: does what the engine says with the phone's file and a transport. Nothing is decided here.

use std::path::Path;

use ed25519_dalek::SigningKey;
use xundian_domain::stamp::{Millis, ZoneOffset};
use xundian_domain::{InstallId, RecordId, RepNo};
use xundian_protocol::Refusal;
use xundian_protocol::day::DayRequest;
use xundian_protocol::digest::hex;
use xundian_protocol::pull::Page;
use xundian_protocol::push::{Kind, Private, Record, Standing as ServerStanding, Verdict};
use xundian_protocol::sign::{self, public_key};

use super::action::{Action, Outcome, Request, Response, Standing};
use super::engine::{Engine, as_texts};
use super::installs::Way;
use crate::device_key;
use crate::machine::Machine;
use crate::phone::{Phone, PhoneError, stamp};
use crate::store::{Change, Fact, Heard, MasterRow, Store, StoreError};

/// No answer: no network, a time-out, a broken connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct TransportError(pub String);

/// A pause is cut into pieces of so many milliseconds: whoever stops a run does not wait for its end.
const PAUSE_PIECE_MS: u64 = 200;

/// How the words begin when the server's certificate was refused for its time.
const CLOCK: &str = "the date of this phone may be wrong";

impl TransportError {
    /// The server's certificate was refused for its time alone.
    pub(super) fn clock(why: &dyn std::fmt::Display) -> Self {
        Self(format!("{CLOCK}: set it and try again ({why})"))
    }

    /// Whether the server's certificate was refused for its time alone: the phone's date is wrong and a person should set
    /// it, or the certificate has run out.
    pub fn is_clock(&self) -> bool {
        self.0.starts_with(CLOCK)
    }
}

/// Headers of an enrolled phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The install.
    pub install: InstallId,
    /// Bearer token.
    pub token: String,
    /// Over the request, base64.
    pub signature: String,
}

/// Carries a request to the server and its answer back.
pub trait Transport {
    /// Sends and waits.
    ///
    /// # Errors
    /// No answer.
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError>;

    /// Waits between two tries.
    fn wait(&mut self, ms: u64);
}

/// How far a run is; the shell shows it and may stop it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Progress {
    /// Records that the server has taken in this run.
    pub records_up: u64,
    /// Rows that came down, and pictures that they name.
    pub rows_down: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// Bytes received.
    pub bytes_down: u64,
    /// Requests sent.
    pub requests: u64,
}

impl Progress {
    /// With that of another run after this one.
    #[must_use]
    pub fn then(self, next: &Self) -> Self {
        Self {
            records_up: self.records_up + next.records_up,
            rows_down: self.rows_down + next.rows_down,
            bytes_up: self.bytes_up + next.bytes_up,
            bytes_down: self.bytes_down + next.bytes_down,
            requests: self.requests + next.requests,
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct SyncReport {
    /// How it ended.
    pub outcome: Outcome,
    /// What it moved.
    pub progress: Progress,
}

/// What a run or an enrolment cannot get over.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The phone's file.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server said no.
    #[error("refused: {}", .0.reason)]
    Refused(Refusal),
    /// The server is not the one that the QR of the office speaks of.
    #[error("this server is not the company's: ask the office for a new code")]
    OtherCompany,
    /// The answer cannot be read.
    #[error("the answer cannot be understood")]
    Puzzled,
    /// The code is another rep's, and this phone has facts that would be lost to their own one.
    #[error(
        "this phone has {waiting} records of {rep} that are not on the server: sync, or export the journal, then enter the code again"
    )]
    OthersWait {
        /// Whose they are.
        rep: RepNo,
        /// Facts that neither the server nor an exported journal has.
        waiting: u64,
    },
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Phone(error.into())
    }
}

/// So long after it was asked for an answer says no time of now: the app may have slept with it unread.
const LATE_MS: i64 = 2 * 60_000;

/// The phone's file and clocks, borrowed for a run.
pub(super) struct Side<'a> {
    pub(super) store: &'a mut Store,
    pub(super) machine: &'a mut dyn Machine,
    /// When the last request went, by the clock that runs since the phone was started.
    asked: i64,
}

impl<'a> Side<'a> {
    pub(super) fn new(store: &'a mut Store, machine: &'a mut dyn Machine) -> Self {
        let asked = machine.mono_ms();
        Self { store, machine, asked }
    }
}

impl Side<'_> {
    /// What the server said, and what its clock showed when this boot began: an answer that came late leaves what is known of that.
    pub(super) fn heard(&self, standing: &ServerStanding) -> Result<Heard, SyncError> {
        let (boot, now) = (self.machine.boot(), self.machine.mono_ms());
        let at_boot = match now.saturating_sub(self.asked) > LATE_MS {
            true => self.store.setting("server_at_boot")?.unwrap_or_default(),
            false => format!("{boot}/{}", standing.server_time.saturating_sub(now)),
        };
        Ok(Heard {
            epoch: standing.epoch,
            acked_dseq: standing.acked_dseq,
            durable_upto: standing.durable_upto,
            server_time: standing.server_time,
            at_boot,
        })
    }

    fn standing(&self) -> Result<Standing, SyncError> {
        let install = self.store.setting("install")?.ok_or(PhoneError::NotEnrolled)?;
        let acked = self.store.setting("acked_dseq")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Standing {
            install: InstallId(install.parse().map_err(|_| SyncError::Puzzled)?),
            epoch: self.store.setting("epoch")?.and_then(|text| text.parse().ok()),
            acked_dseq: acked,
            last_dseq: self.store.last_dseq()?,
            days: self.store.unlisted_days()?,
            cursors: self.store.cursors()?,
            renewing: self.renewing()?,
        })
    }

    /// Who signs.
    pub(super) fn signer(&self) -> Result<Signer, SyncError> {
        let setting = |name| self.store.setting(name)?.ok_or(PhoneError::NotEnrolled);
        let install = InstallId(setting("install")?.parse().map_err(|_| SyncError::Puzzled)?);
        let key = device_key::read(&setting("device_key")?, self.machine)?;
        Ok(Signer { install, token: setting("token")?, key })
    }

    fn day_of(&self, closing: RecordId) -> Result<Option<DayRequest>, SyncError> {
        let Some(date) = self.store.date_of(closing)? else { return Ok(None) };
        let facts = self.store.facts_of(date)?.into_iter();
        let counted = facts.filter(|fact| fact.is_counted() && fact.sealed.kind != Kind::DayClosed.as_str());
        Ok(Some(DayRequest { date, facts: counted.map(|fact| (fact.sealed.id, hex(&fact.hash))).collect() }))
    }
}

/// One run of sync. `keep_going` is asked before every step with what was moved so far; `false` stops the run, which
/// loses nothing.
///
/// # Errors
/// The phone is not enrolled, or its file fails. Trouble on the way is an [`Outcome`], not an error.
pub fn sync_once(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let side = Side::new(&mut phone.store, phone.machine.as_mut());
    let report = Run::start(side, transport)?.finish(keep_going);
    phone.forget_office();
    report
}

/// One run on a connection of its own: screens go on reading and saving while it waits for the network.
///
/// # Errors
/// As [`sync_once`].
pub fn sync_beside(
    path: &Path,
    machine: &mut dyn Machine,
    transport: &mut dyn Transport,
    keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let mut store = Store::open(path)?;
    Run::start(Side::new(&mut store, machine), transport)?.finish(keep_going)
}

struct Run<'a> {
    side: Side<'a>,
    line: Line<'a>,
    engine: Engine,
}

impl<'a> Run<'a> {
    fn start(mut side: Side<'a>, transport: &'a mut dyn Transport) -> Result<Self, SyncError> {
        side.wrap_key_late()?;
        let line = Line::new(transport, side.signer()?);
        let jitter = jitter(side.machine);
        let engine = Engine::new(side.standing()?, stamp(side.store, side.machine)?, jitter);
        Ok(Self { side, line, engine })
    }

    fn finish(mut self, mut keep_going: impl FnMut(&Progress) -> bool) -> Result<SyncReport, SyncError> {
        loop {
            if !keep_going(&self.line.progress) {
                self.engine.cancel();
            }
            match self.engine.poll() {
                Action::Finished(outcome) => {
                    if outcome == Outcome::InStep {
                        self.side.store.forget_lost_scopes()?;
                        self.prune()?;
                    }
                    return Ok(SyncReport { outcome, progress: self.line.progress });
                }
                Action::Wait { ms } => match self.line.pause(ms, &mut keep_going) {
                    true => self.engine.handle_waited(stamp(self.side.store, self.side.machine)?),
                    false => self.engine.cancel(),
                },
                action => self.step(action)?,
            }
        }
    }

    /// By the server's clock; a day more or less in its zone does not matter a month later.
    fn prune(&mut self) -> Result<(), SyncError> {
        let heard = self.side.store.setting("last_contact")?.and_then(|at| at.parse().ok()).map(Millis);
        if let (Some(at), Some(utc)) = (heard, ZoneOffset::new(0)) {
            self.side.store.prune(utc.date(at))?;
        }
        Ok(())
    }

    fn step(&mut self, action: Action) -> Result<(), SyncError> {
        match action {
            Action::ReadFacts { after, limit } => {
                let facts = self.side.store.facts_after(after, limit)?;
                let now = stamp(self.side.store, self.side.machine)?;
                self.engine.handle_facts(facts.into_iter().filter_map(record).collect(), now);
            }
            Action::Send(request) => {
                self.side.asked = self.side.machine.mono_ms();
                match self.line.send(&request) {
                    Some(response) => self.engine.handle_response(&response),
                    None => self.engine.handle_failure(),
                }
            }
            Action::WriteVerdicts { verdicts, standing } => {
                self.line.progress.records_up += u64::try_from(verdicts.len()).unwrap_or(0);
                let heard = self.side.heard(&standing)?;
                self.side.store.record_verdicts(&as_texts(&verdicts), &heard)?;
                self.engine.handle_written();
            }
            Action::MakeInstall { fresh, all } => {
                let next = self.side.next_install(Way::Renewal { all }, fresh)?;
                self.engine.handle_install(next.install, public_key(&next.key), self.side.grant()?);
            }
            Action::Adopt { granted, all } => {
                let install = self.side.adopt(Way::Renewal { all }, &granted, all)?;
                self.line.signer = self.side.signer()?;
                self.engine.handle_adopted(install, self.side.store.last_dseq()?);
            }
            Action::ReadDay(closing) => self.engine.handle_day(self.side.day_of(closing)?),
            Action::DayListed { closing, missing } => {
                self.side.store.day_listed(closing, &missing)?;
                self.engine.handle_listed(self.side.store.last_dseq()?);
            }
            Action::ApplyPages { pages, standing } => {
                // First, for a later word that a page brings is heard now and not at the contact before.
                let heard = self.side.heard(&standing)?;
                self.side.store.hear(&heard)?;
                for page in pages {
                    self.line.progress.rows_down += apply(self.side.store, page)?;
                }
                self.engine.handle_written();
            }
            Action::Wait { .. } | Action::Finished(_) => {}
        }
        Ok(())
    }
}

/// The transport of a run: signs for the phone, and counts what goes over it.
pub(super) struct Line<'a> {
    transport: &'a mut dyn Transport,
    signer: Signer,
    pub(super) progress: Progress,
}

impl<'a> Line<'a> {
    pub(super) fn new(transport: &'a mut dyn Transport, signer: Signer) -> Self {
        Self { transport, signer, progress: Progress::default() }
    }

    /// Sends and waits; `None` = no answer.
    pub(super) fn send(&mut self, request: &Request) -> Option<Response> {
        let by = self.signer.credentials(request);
        self.progress.requests += 1;
        self.progress.bytes_up += length(&request.body);
        let response = self.transport.send(request, Some(&by)).ok()?;
        self.progress.bytes_down += length(&response.body);
        Some(response)
    }

    /// Pauses, and gives whether the run goes on behind it.
    pub(super) fn pause(&mut self, ms: u64, keep_going: &mut dyn FnMut(&Progress) -> bool) -> bool {
        let mut left = ms;
        while left > 0 {
            let piece = left.min(PAUSE_PIECE_MS);
            self.transport.wait(piece);
            left -= piece;
            if left > 0 && !keep_going(&self.progress) {
                return false;
            }
        }
        true
    }
}

/// By how much this phone's pauses are longer than another's.
pub(super) fn jitter(machine: &mut dyn Machine) -> u64 {
    u64::try_from(machine.random() >> 64).unwrap_or(0)
}

/// The phone's proof of who it is.
pub(super) struct Signer {
    install: InstallId,
    token: String,
    key: SigningKey,
}

impl Signer {
    fn credentials(&self, request: &Request) -> Credentials {
        let signed = sign::Request {
            method: request.method,
            path: &request.path,
            install: self.install,
            body: &request.body,
        };
        let signature = signed.sign(&self.key);
        Credentials { install: self.install, token: self.token.clone(), signature }
    }
}

fn record(fact: Fact) -> Option<Record> {
    let private = fact.sealed.private.and_then(|text| serde_json::from_str::<Private>(&text).ok());
    let told = fact.told.and_then(|text| serde_json::from_str::<Verdict>(&text).ok());
    let (went, refused, held) = match told {
        Some(Verdict::Applied { order, .. }) => (order.map(|effect| effect.went), None, None),
        Some(Verdict::Rejected { code, .. }) => (None, Some(code), None),
        Some(Verdict::Held { code }) => (None, None, Some(code)),
        _ => (None, None, None),
    };
    Some(Record {
        dseq: fact.dseq,
        id: fact.sealed.id,
        kind: fact.sealed.kind.into(),
        v: fact.sealed.version,
        captured: fact.sealed.captured,
        date: fact.sealed.date,
        body: fact.sealed.body,
        private,
        went,
        refused,
        held,
    })
}

fn apply(store: &mut Store, page: Page) -> Result<u64, SyncError> {
    if page.dropped {
        store.drop_scope(&page.scope)?;
        return Ok(0);
    }
    let mut changes = Vec::new();
    if page.reset {
        changes.push(Change::Stale);
    }
    for (table, keys) in page.delete {
        changes.extend(keys.into_iter().map(|key| Change::Delete { table: table.clone(), key }));
    }
    for (table, rows) in page.put {
        let put = |(key, value): (String, Box<serde_json::value::RawValue>)| Change::Put {
            table: table.clone(),
            row: MasterRow { key, value: value.get().to_owned() },
        };
        changes.extend(rows.into_iter().map(put));
    }
    if page.end {
        changes.push(Change::Sweep);
    }
    store.apply_page(&page.scope, &changes, &page.cursor)?;
    Ok(u64::try_from(changes.len()).unwrap_or(0))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
