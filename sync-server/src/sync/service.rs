//! What phones ask, without HTTP: a request in, an answer out, blocking. The web layer and the simulation bring the
//! same bytes here; every request of an enrolled phone has its token and its signature.

use std::net::IpAddr;

use serde::Serialize;
use serde::de::DeserializeOwned;
use xundian_domain::InstallId;
use xundian_protocol::blobs::{HaveAnswer, HaveRequest};
use xundian_protocol::day::{DayAnswer, DayRequest};
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::limits::{HAVE_BLOBS, PULL_BYTES, PUSH_BYTES, PUSH_RECORDS, SMALL_BYTES};
use xundian_protocol::push::{PushAnswer, PushRequest, Standing};
use xundian_protocol::{OLDEST_PULL, Refusal, RefusalCode, codec, sign};

use super::taken_up::{lost, write_again};
use super::{
    Device, EnrolError, Here, InstallRow, PushError, Sent, Wanted, authenticate, enrol, missing_of, parse,
    pull, push, renew, scopes_of,
};
use crate::app::App;
use crate::db::{DbError, Tx};
use crate::log::Log;
use crate::master::in_step;
use crate::photos::{BlobError, Piece, is_named, media_type};

/// A phone that has sent too many photos comes again after so long: its first ones may be a day old then.
const QUOTA_RETRY_S: u32 = 3_600;

/// A phone whose words were cut or changed on their way may say them again at once; every 503 names a pause.
const AGAIN_S: u32 = 1;
/// Somebody has to look what failed, or it was a moment.
const FAILED_RETRY_S: u32 = 30;

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GET`…
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// Who says to ask.
    pub install: Option<InstallId>,
    /// Bearer token.
    pub token: Option<String>,
    /// Over the request, base64.
    pub signature: Option<String>,
    /// As on the wire.
    pub body: Vec<u8>,
    /// Where it comes from, if that is known.
    pub from: Option<IpAddr>,
}

/// An answer as it goes.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Compressed JSON, or a picture as it is.
    pub body: Vec<u8>,
    /// What the body is, if it is a picture.
    pub picture: Option<Picture>,
    /// Bytes of a photo that are here.
    pub offset: Option<u64>,
    /// Seconds until the phone may come again.
    pub retry_after_s: Option<u32>,
}

/// A body that is no message: it is for ever what its name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// `image/jpeg`, `image/png`.
    pub media_type: &'static str,
}

/// Why a request has no good answer.
struct No {
    refusal: Refusal,
    /// What failed here: no phone is told that.
    fault: Option<String>,
}

impl From<Refusal> for No {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, fault: None }
    }
}

impl No {
    fn new(code: RefusalCode, reason: impl std::fmt::Display) -> Self {
        Refusal::new(code, reason.to_string()).into()
    }

    /// Come again after so many seconds.
    fn busy(retry_after_s: u32, reason: impl std::fmt::Display) -> Self {
        let refusal = Refusal::new(RefusalCode::Busy, reason.to_string());
        Refusal { retry_after_s: Some(retry_after_s), ..refusal }.into()
    }

    /// Somebody has to look why.
    fn failed(why: impl std::fmt::Display, reason: &str) -> Self {
        Self { fault: Some(why.to_string()), ..Self::busy(FAILED_RETRY_S, reason) }
    }
}

impl From<DbError> for No {
    fn from(why: DbError) -> Self {
        Self::failed(why, "the database failed")
    }
}

impl From<PushError> for No {
    fn from(why: PushError) -> Self {
        match why {
            PushError::Refused(refusal) => refusal.into(),
            PushError::Db(why) => why.into(),
        }
    }
}

impl From<BlobError> for No {
    fn from(why: BlobError) -> Self {
        match why {
            BlobError::Name | BlobError::Hash => Self::new(RefusalCode::Unreadable, why),
            BlobError::Offset(offset) => {
                let refusal = Refusal::new(RefusalCode::Gap, why.to_string());
                Self::from(Refusal { acked_dseq: Some(offset), ..refusal })
            }
            BlobError::TooLarge => Self::new(RefusalCode::Limit, why),
            BlobError::Quota => Self::busy(QUOTA_RETRY_S, why),
            BlobError::Shelf(_) | BlobError::Io(_) | BlobError::Db(_) => {
                Self::failed(why, "the place of the photos failed")
            }
        }
    }
}

impl From<EnrolError> for No {
    fn from(why: EnrolError) -> Self {
        match why {
            EnrolError::Db(why) => why.into(),
            EnrolError::TooOften => Self::busy(3_600, why),
            EnrolError::Secret => Self::busy(FAILED_RETRY_S, why),
            EnrolError::Key => Self::new(RefusalCode::Unreadable, why),
            EnrolError::Code => Self::new(RefusalCode::Token, why),
            EnrolError::Taken => Self::new(RefusalCode::Fork, why),
        }
    }
}

/// Answers a request; blocks while the database works.
pub fn answer(app: &App, asked: &Asked) -> Answered {
    route(app, asked).unwrap_or_else(|No { refusal, fault }| {
        if let Some(why) = fault {
            app.log().say(why);
        }
        Answered {
            status: refusal.code.status(),
            body: codec::encode(&refusal, SMALL_BYTES).unwrap_or_default(),
            retry_after_s: refusal.retry_after_s,
            ..Answered::default()
        }
    })
}

fn route(app: &App, asked: &Asked) -> Result<Answered, No> {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let photo = path.strip_prefix("/v1/blobs/");
    let picture = path.strip_prefix("/v1/pictures/");
    match (asked.method.as_str(), path) {
        ("POST", "/v1/hello") => hello(app, asked),
        ("GET", "/v1/hello") => hello_again(app, asked),
        ("POST", "/v1/push") => take_push(app, asked),
        ("POST", "/v1/day") => list_day(app, asked),
        ("GET", "/v1/pull") => give_pull(app, asked, query),
        ("POST", "/v1/blobs/have") => have(app, asked),
        ("PUT", _) if photo.is_some() => take_piece(app, asked, photo.unwrap_or_default(), query),
        ("HEAD", _) if photo.is_some() => piece_offset(app, asked, photo.unwrap_or_default()),
        ("GET", _) if picture.is_some() => give_picture(app, asked, picture.unwrap_or_default()),
        _ => Err(No::new(RefusalCode::NotFound, "there is no such door")),
    }
}

/// A value of a query; phones send nothing that has to be decoded. What is said twice is not said.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut values = pairs.filter(|(key, _)| *key == name).map(|(_, value)| value);
    values.next().filter(|_| values.next().is_none())
}

fn said<T: Serialize>(message: &T) -> Result<Answered, No> {
    let body = codec::encode(message, PULL_BYTES).map_err(|why| No::new(RefusalCode::Limit, why))?;
    Ok(Answered { status: 200, body, ..Answered::default() })
}

fn read<T: DeserializeOwned>(body: &[u8], limit: usize) -> Result<T, No> {
    codec::decode(body, limit).map_err(|why| match why {
        codec::CodecError::TooLarge { .. } => No::new(RefusalCode::Limit, why),
        other => No::new(RefusalCode::Unreadable, other),
    })
}

fn standing(app: &App, row: &InstallRow) -> Standing {
    Standing {
        epoch: app.epoch(),
        acked_dseq: row.acked_dseq,
        durable_upto: row.durable_upto,
        server_time: app.now().0,
        push_records: u32::try_from(PUSH_RECORDS).unwrap_or(u32::MAX),
    }
}

fn hello(app: &App, asked: &Asked) -> Result<Answered, No> {
    let hello: HelloRequest = read(&asked.body, SMALL_BYTES)?;
    let (device, token) = match hello.renew {
        Some(install) => renewed(app, asked, hello, install)?,
        None => enrol_by_code(app, hello, asked.from)?,
    };
    app.forget_device(device.install);
    let row = app.db().read_now(|tx| InstallRow::load(tx, device.install))?;
    let import_key = Some(app.import_secret().public().to_string());
    let (rep, phone, closed) = (device.rep, Some(device.phone), row.closed.is_some());
    said(&HelloAnswer { token, rep, import_key, phone, closed, standing: standing(app, &row) })
}

/// Signed by the install that is replaced: only its phone, or a copy of it, has the key. An install that a restore has lost
/// is written again first (docs/adr/0012).
fn renewed(
    app: &App,
    asked: &Asked,
    hello: HelloRequest,
    install: InstallId,
) -> Result<(Device, String), No> {
    let (now, secret) = (app.now(), app.secret().to_vec());
    let (old, lost) = match device(app, asked) {
        Ok(known) => (known, None),
        Err(no) if no.refusal.code != RefusalCode::Token => return Err(no),
        Err(unknown) => {
            let (Some(was), Some(token)) = (hello.was.clone(), asked.token.clone()) else {
                return Err(unknown);
            };
            let device = lost(asked.install.unwrap_or(install), &was, &token, &secret)?;
            signed_by(asked, &device)?;
            (device, Some((was, token)))
        }
    };
    if install != old.install {
        return Err(No::new(RefusalCode::Token, "an install renews itself only"));
    }
    let renewal = move |tx: &mut Tx<'_>| {
        if let Some((was, token)) = &lost {
            write_again(tx, &old, was, token, now)?;
        }
        renew(tx, &hello, &old, &secret, now)
    };
    Ok(app.db().write_now(renewal)?)
}

fn enrol_by_code(app: &App, hello: HelloRequest, from: Option<IpAddr>) -> Result<(Device, String), No> {
    let (now, secret) = (app.now(), app.secret().to_vec());
    if !app.code_tries().may_try(from, now) {
        return Err(No::busy(60, "too many wrong codes: try again in a minute"));
    }
    let enrolled = app.db().write_now(move |tx| enrol(tx, &hello, &secret, now));
    if matches!(enrolled, Err(EnrolError::Code)) {
        app.code_tries().was_wrong(from);
    }
    Ok(enrolled?)
}

fn hello_again(app: &App, asked: &Asked) -> Result<Answered, No> {
    let device = device(app, asked)?;
    let row = app.db().read_now(|tx| InstallRow::load(tx, device.install))?;
    said(&standing(app, &row))
}

fn take_push(app: &App, asked: &Asked) -> Result<Answered, No> {
    let device = device(app, asked)?;
    let request: PushRequest = read(&asked.body, PUSH_BYTES)?;
    if request.records.len() > PUSH_RECORDS {
        return Err(No::new(RefusalCode::Limit, format_args!("at most {PUSH_RECORDS} records")));
    }
    if request.install_id != device.install {
        return Err(No::new(RefusalCode::Token, "the message is another install's"));
    }
    let sent = Sent {
        epoch_seen: request.epoch_seen,
        at: request.now,
        last_dseq: request.last_dseq,
        records: parse(request.records),
    };
    let (install, catalogue, here) = (device.install, app.catalogue(), here(app));
    let pushed = app.db().write_now(move |tx| {
        let catalogue = in_step(tx, &catalogue)?;
        push(tx, &catalogue, &device, sent, here)
    })?;
    if pushed.has_new_master {
        app.reload()?;
    }
    alarm(app.log(), install, pushed.conflicts);
    let row = InstallRow {
        acked_dseq: pushed.acked_dseq,
        durable_upto: pushed.durable_upto,
        ..InstallRow::default()
    };
    said(&PushAnswer { standing: standing(app, &row), verdicts: pushed.verdicts })
}

/// Records that would write over others: somebody has to look.
pub(super) fn alarm(log: Log, install: InstallId, conflicts: usize) {
    if conflicts > 0 {
        log.say(format_args!(
            "ALARM: {install} sent {conflicts} records that would write over others; they are in quarantine"
        ));
    }
}

/// The same, for records that had waited here until `what` took them up.
pub(crate) fn late_alarm(log: Log, what: &str, conflicts: usize) {
    if conflicts > 0 {
        log.say(format_args!(
            "ALARM: {what} took up {conflicts} records that would write over others; they are in quarantine"
        ));
    }
}

/// The server's side of a push, now.
pub fn here(app: &App) -> Here {
    Here {
        epoch: app.epoch(),
        restored: app.restored(),
        now: app.now(),
        quota: app.push_quota(),
        log: app.log(),
    }
}

fn list_day(app: &App, asked: &Asked) -> Result<Answered, No> {
    let device = device(app, asked)?;
    let day: DayRequest = read(&asked.body, PUSH_BYTES)?;
    let (row, missing) = app.db().read_now(|tx| {
        let row = InstallRow::load(tx, device.install)?;
        Ok::<_, DbError>((row, missing_of(tx, device.install, day.date, &day.facts)?))
    })?;
    said(&DayAnswer { standing: standing(app, &row), missing })
}

fn give_pull(app: &App, asked: &Asked, query: &str) -> Result<Answered, No> {
    let device = device(app, asked)?;
    // Apps from before there was a number are of the first version.
    let proto = parameter(query, "proto").map_or(Some(1), |text| text.parse::<u32>().ok());
    if proto.is_none_or(|proto| proto < OLDEST_PULL) {
        return Err(No::new(RefusalCode::Upgrade, "this app is too old to get new data: update it"));
    }
    let number = |name| parameter(query, name).and_then(|text| text.parse::<u64>().ok());
    let all = Wanted::all(parameter(query, "cursor").unwrap_or_default());
    let fewer = number("pages").and_then(|pages| usize::try_from(pages).ok());
    let wanted = Wanted { pages: fewer.unwrap_or(all.pages), ..all };
    let (now, catalogue) = (app.now(), app.catalogue());
    let scopes = scopes_of(&catalogue, device.rep, catalogue.zone().date(now));
    let sealer = app.sealer();
    // Tombstones may end meanwhile, and a page would lack them behind a floor that was read before.
    let (row, pages) = app.db().read_now(|tx| {
        tx.at_one_moment(|tx| {
            let row = reader(app, tx, &device)?;
            Ok::<_, No>((row, pull(tx, &scopes, wanted, sealer, app.packs())?))
        })
    })?;
    // The office sees that the phone is there though it had nothing to send.
    let last_dseq = number("last_dseq").unwrap_or(0);
    if !row.is_known_at(now, last_dseq) {
        app.heard(device.install, last_dseq);
    }
    let body = pages.bytes(&standing(app, &row))?;
    Ok(Answered { status: 200, body, ..Answered::default() })
}

/// Whoever may pull may see the picture of a display standard: of that table all phones have all rows.
fn give_picture(app: &App, asked: &Asked, sha256: &str) -> Result<Answered, No> {
    let device = device(app, asked)?;
    let is_named = app.db().read_now(|tx| {
        reader(app, tx, &device)?;
        Ok::<_, No>(is_named(tx, sha256)?)
    })?;
    if !is_named {
        return Err(No::new(RefusalCode::NotFound, "no display standard has this picture"));
    }
    let gone = || No::new(RefusalCode::NotFound, "this picture is gone: import the office's files again");
    let body = app.blobs().picture(sha256)?.ok_or_else(gone)?;
    let media_type = media_type(&body).ok_or_else(gone)?;
    let picture = Some(Picture { sha256: sha256.to_owned(), media_type });
    Ok(Answered { status: 200, body, picture, ..Answered::default() })
}

/// Where the install of a phone that may read stands.
fn reader(app: &App, tx: &mut Tx<'_>, device: &Device) -> Result<InstallRow, No> {
    let row = InstallRow::load(tx, device.install)?;
    if !row.may_pull(app.now()) {
        return Err(No::new(RefusalCode::Revoked, "this phone was revoked"));
    }
    if row.closed.is_some() {
        return Err(No::from(Refusal {
            acked_dseq: Some(row.acked_dseq),
            epoch: Some(app.epoch()),
            ..Refusal::new(RefusalCode::Fork, "another install replaces this one")
        }));
    }
    Ok(row)
}

fn have(app: &App, asked: &Asked) -> Result<Answered, No> {
    let (device, row) = photographer(app, asked)?;
    let request: HaveRequest = read(&asked.body, SMALL_BYTES)?;
    if request.sha256.len() > HAVE_BLOBS {
        return Err(No::new(RefusalCode::Limit, format_args!("at most {HAVE_BLOBS} photos")));
    }
    let (mut missing, mut offsets) = (Vec::new(), Vec::new());
    for sha256 in request.sha256 {
        if !app.blobs().has(device.install, &sha256)? {
            offsets.push(app.blobs().offset(device.install, &sha256)?);
            missing.push(sha256);
        }
    }
    said(&HaveAnswer { missing, offsets, standing: Some(standing(app, &row)) })
}

fn take_piece(app: &App, asked: &Asked, sha256: &str, query: &str) -> Result<Answered, No> {
    let (device, _) = photographer(app, asked)?;
    let number = |name| parameter(query, name).and_then(|text| text.parse::<u64>().ok());
    let (Some(offset), Some(total)) = (number("offset"), number("total")) else {
        return Err(No::new(RefusalCode::Unreadable, "a piece has an offset and a total"));
    };
    let piece = Piece { offset, total, bytes: &asked.body };
    let now_here = app.blobs().take((device.install, device.rep), sha256, piece, app.now())?;
    Ok(Answered { status: 200, offset: Some(now_here), ..Answered::default() })
}

fn piece_offset(app: &App, asked: &Asked, sha256: &str) -> Result<Answered, No> {
    let (device, _) = photographer(app, asked)?;
    let offset = app.blobs().offset(device.install, sha256)?;
    Ok(Answered { status: 200, offset: Some(offset), ..Answered::default() })
}

/// Who sends photos: a phone that was revoked may not from that moment on.
fn photographer(app: &App, asked: &Asked) -> Result<(Device, InstallRow), No> {
    let device = device(app, asked)?;
    let row = app.db().read_now(|tx| InstallRow::load(tx, device.install))?;
    if row.may_send_photos(app.now()) {
        Ok((device, row))
    } else {
        Err(No::new(RefusalCode::Revoked, "this phone was revoked"))
    }
}

/// Who asks: the install's token, and the signature of its key over this very request, checked before the body is
/// unpacked.
fn device(app: &App, asked: &Asked) -> Result<Device, No> {
    let unknown = || No::new(RefusalCode::Token, "this phone is not known here: enrol again");
    let install = asked.install.ok_or_else(unknown)?;
    let token = asked.token.as_deref().ok_or_else(unknown)?;
    let device = match app.known_device(install, token) {
        Some(device) => device,
        None => {
            let found = app.db().read_now(|tx| authenticate(tx, install, token))?;
            let device = found.ok_or_else(unknown)?;
            app.remember_device(token, &device);
            device
        }
    };
    // The token is the server's word for this very key: what does not fit it was cut or changed on its way.
    let garbled = |_| No::busy(AGAIN_S, "this did not arrive as it was signed: send it again");
    signed_by(asked, &device).map_err(garbled)?;
    Ok(device)
}

fn signed_by(asked: &Asked, device: &Device) -> Result<(), No> {
    let install = device.install;
    let signed = sign::Request { method: &asked.method, path: &asked.path, install, body: &asked.body };
    let signature = asked.signature.as_deref().unwrap_or_default();
    signed.verify(&device.key, signature).map_err(|why| No::new(RefusalCode::Token, why))
}
