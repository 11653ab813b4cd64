//! The driver: does what the engine says with the phone's file and a transport. Nothing is decided here.

use ed25519_dalek::SigningKey;
use uuid::Uuid;
use xundian_domain::InstallId;
use xundian_protocol::codec;
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::limits::SMALL_BYTES;
use xundian_protocol::pull::Page;
use xundian_protocol::push::{Private, Record};
use xundian_protocol::sign::{self, public_key};
use xundian_protocol::{PROTO, Refusal};

use super::engine::{Action, Engine, Outcome, Request, Response, Standing, as_texts};
use crate::phone::{Phone, PhoneError};
use crate::store::{Change, Fact, MasterRow, StoreError};

/// No answer: no network, a time-out, a broken connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct TransportError(pub String);

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
pub struct Progress {
    /// Records that the server has taken in this run.
    pub records_up: u64,
    /// Rows that came down.
    pub rows_down: u64,
    /// Bytes sent.
    pub bytes_up: u64,
    /// Bytes received.
    pub bytes_down: u64,
    /// Requests sent.
    pub requests: u64,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// The answer cannot be read.
    #[error("the answer cannot be understood")]
    Puzzled,
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Phone(error.into())
    }
}

/// Enrols the phone with the office's code: a new install id and key, kept before they are sent, so that a lost answer
/// can be asked for again with the same code.
///
/// # Errors
/// The server's refusal, no answer, or a failing file.
pub fn enrol(phone: &mut Phone, transport: &mut dyn Transport, code: &str) -> Result<(), SyncError> {
    let (install, key) = match (phone.store.setting("install")?, device_key(phone)?) {
        (Some(install), Some(key)) if phone.store.setting("token")?.is_none() => {
            (InstallId(install.parse().map_err(|_| SyncError::Puzzled)?), key)
        }
        _ => new_install(phone)?,
    };
    let hello = HelloRequest {
        proto: PROTO,
        install_id: install,
        public_key: public_key(&key),
        code: code.to_owned(),
    };
    let body = codec::encode(&hello, SMALL_BYTES).map_err(|_| SyncError::Puzzled)?;
    let request = Request { method: "POST", path: "/v1/hello".to_owned(), body };
    let response = transport.send(&request, None)?;
    if response.status != 200 {
        let refusal =
            codec::decode::<Refusal>(&response.body, SMALL_BYTES).map_err(|_| SyncError::Puzzled)?;
        return Err(SyncError::Refused(refusal));
    }
    let answer: HelloAnswer = codec::decode(&response.body, SMALL_BYTES).map_err(|_| SyncError::Puzzled)?;
    let rep = answer.rep.to_string();
    phone.store.set(&[("token", &answer.token), ("rep", &rep), ("acked_dseq", "0")])?;
    heard(phone, answer.standing.epoch, answer.standing.server_time)
}

fn new_install(phone: &mut Phone) -> Result<(InstallId, SigningKey), SyncError> {
    let install = InstallId(phone.new_id());
    let (a, b) = (phone.machine.random().to_be_bytes(), phone.machine.random().to_be_bytes());
    let mut seed = [0u8; 32];
    seed[..16].copy_from_slice(&a);
    seed[16..].copy_from_slice(&b);
    let text = xundian_protocol::digest::hex(&seed);
    phone.store.set(&[("install", &install.to_string()), ("device_key", &text)])?;
    Ok((install, SigningKey::from_bytes(&seed)))
}

fn device_key(phone: &Phone) -> Result<Option<SigningKey>, SyncError> {
    let Some(text) = phone.store.setting("device_key")? else { return Ok(None) };
    let mut seed = [0u8; 32];
    for (byte, pair) in seed.iter_mut().zip(text.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| SyncError::Puzzled)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| SyncError::Puzzled)?;
    }
    Ok(Some(SigningKey::from_bytes(&seed)))
}

/// The server was heard: its epoch, and how far its clock is from the phone's within this boot.
fn heard(phone: &mut Phone, epoch: Uuid, server_time: i64) -> Result<(), SyncError> {
    let offset = server_time - phone.machine.wall().0;
    let offset = format!("{}/{offset}", phone.machine.boot());
    let (epoch, time) = (epoch.to_string(), server_time.to_string());
    Ok(phone.store.set(&[("epoch", &epoch), ("server_offset", &offset), ("last_contact", &time)])?)
}

/// One run of sync: push, then pull. `keep_going` is asked before every step with what was moved so far; `false` stops
/// the run, which loses nothing.
///
/// # Errors
/// The phone is not enrolled, or its file fails. Trouble on the way is an [`Outcome`], not an error.
pub fn sync_once(
    phone: &mut Phone,
    transport: &mut dyn Transport,
    mut keep_going: impl FnMut(&Progress) -> bool,
) -> Result<SyncReport, SyncError> {
    let standing = standing(phone)?;
    let install = standing.install;
    let token = phone.store.setting("token")?.ok_or(PhoneError::NotEnrolled)?;
    let key = device_key(phone)?.ok_or(PhoneError::NotEnrolled)?;
    let jitter = u64::try_from(phone.machine.random() >> 64).unwrap_or(0);
    let mut engine = Engine::new(standing, phone.stamp()?, phone.store.last_dseq()?, jitter);
    let mut progress = Progress::default();
    loop {
        if !keep_going(&progress) {
            engine.cancel();
        }
        match engine.poll() {
            Action::ReadFacts { after, limit } => {
                let facts = phone.store.facts_after(after, limit)?;
                engine.handle_facts(facts.into_iter().filter_map(record).collect());
            }
            Action::Send(request) => {
                let by = credentials(install, &token, &key, &request);
                progress.requests += 1;
                progress.bytes_up += length(&request.body);
                match transport.send(&request, Some(&by)) {
                    Ok(response) => {
                        progress.bytes_down += length(&response.body);
                        engine.handle_response(&response);
                    }
                    Err(_) => engine.handle_failure(),
                }
            }
            Action::WriteVerdicts { verdicts, acked_dseq, epoch, server_time } => {
                progress.records_up += u64::try_from(verdicts.len()).unwrap_or(0);
                phone.store.record_verdicts(&as_texts(&verdicts))?;
                phone.store.set(&[("acked_dseq", &acked_dseq.to_string())])?;
                heard(phone, epoch, server_time)?;
                engine.handle_written();
            }
            Action::ApplyPages(pages) => {
                for page in pages {
                    progress.rows_down += apply(phone, page)?;
                }
                engine.handle_written();
            }
            Action::Wait { ms } => {
                transport.wait(ms);
                engine.handle_waited();
            }
            Action::Finished(outcome) => return Ok(SyncReport { outcome, progress }),
        }
    }
}

fn standing(phone: &Phone) -> Result<Standing, SyncError> {
    let install = phone.store.setting("install")?.ok_or(PhoneError::NotEnrolled)?;
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(Standing {
        install: InstallId(install.parse().map_err(|_| SyncError::Puzzled)?),
        epoch: phone.store.setting("epoch")?.and_then(|text| text.parse().ok()),
        acked_dseq: number(phone.store.setting("acked_dseq")?),
        cursor: phone.store.cursor()?,
    })
}

fn record(fact: Fact) -> Option<Record> {
    let private = fact.sealed.private.and_then(|text| serde_json::from_str::<Private>(&text).ok());
    Some(Record {
        dseq: fact.dseq,
        id: fact.sealed.id,
        kind: fact.sealed.kind.into(),
        v: fact.sealed.version,
        captured: fact.sealed.captured,
        date: fact.sealed.date,
        body: fact.sealed.body,
        private,
    })
}

fn credentials(install: InstallId, token: &str, key: &SigningKey, request: &Request) -> Credentials {
    let signed = sign::Request { method: request.method, path: &request.path, install, body: &request.body };
    Credentials { install, token: token.to_owned(), signature: signed.sign(key) }
}

fn apply(phone: &mut Phone, page: Page) -> Result<u64, SyncError> {
    let mut changes = Vec::new();
    if page.reset || page.dropped {
        changes.push(Change::Clear);
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
    phone.store.apply_page(&page.scope, &changes, &page.cursor)?;
    phone.forget_office();
    Ok(u64::try_from(changes.len()).unwrap_or(0))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
