//! `/v1`: what phones ask (the sync contract). Bodies are zstd JSON on both ways; every request of an enrolled phone
//! has its token and its signature.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::{Deserialize, Serialize};
use xundian_domain::InstallId;
use xundian_protocol::blobs::{HaveAnswer, HaveRequest, OFFSET_HEADER};
use xundian_protocol::hello::{HelloAnswer, HelloRequest};
use xundian_protocol::limits::{PULL_BYTES, PUSH_BYTES, PUSH_RECORDS, SMALL_BYTES};
use xundian_protocol::pull::PullAnswer;
use xundian_protocol::push::{PushAnswer, PushRequest, Standing};
use xundian_protocol::sign::{self, INSTALL_HEADER, SIGNATURE_HEADER};
use xundian_protocol::{Refusal, RefusalCode, codec};

use crate::app::{App, random};
use crate::db::DbError;
use crate::sync::{BlobError, Cursor, Device, EnrolError, PushError, authenticate, enrol, parse, pull, push};

/// A revoked phone may push for so long, in milliseconds.
const REVOKED_PUSH_MS: i64 = 14 * 86_400_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/hello", post(hello).get(hello_again))
        .route("/v1/push", post(take_push))
        .route("/v1/pull", get(give_pull))
        .route("/v1/blobs/have", post(have))
        .route("/v1/blobs/{sha256}", put(take_piece).head(piece_offset))
        .layer(DefaultBodyLimit::max(PUSH_BYTES))
}

/// Why a request has no good answer.
struct ApiError(Refusal);

impl ApiError {
    fn new(code: RefusalCode, reason: impl std::fmt::Display) -> Self {
        Self(Refusal::new(code, reason.to_string()))
    }
}

impl From<DbError> for ApiError {
    fn from(why: DbError) -> Self {
        eprintln!("xundian-server: {why}");
        Self(Refusal { retry_after_s: Some(30), ..Refusal::new(RefusalCode::Busy, "the database failed") })
    }
}

impl From<PushError> for ApiError {
    fn from(why: PushError) -> Self {
        match why {
            PushError::Refused(refusal) => Self(refusal),
            PushError::Db(why) => why.into(),
        }
    }
}

impl From<BlobError> for ApiError {
    fn from(why: BlobError) -> Self {
        let code = match &why {
            BlobError::Name | BlobError::Hash => RefusalCode::Unreadable,
            BlobError::Offset(_) => RefusalCode::Gap,
            BlobError::TooLarge => RefusalCode::Limit,
            BlobError::Io(_) => RefusalCode::Busy,
        };
        let acked_dseq = if let BlobError::Offset(offset) = why { Some(offset) } else { None };
        Self(Refusal { acked_dseq, ..Refusal::new(code, why.to_string()) })
    }
}

impl From<EnrolError> for ApiError {
    fn from(why: EnrolError) -> Self {
        match why {
            EnrolError::Db(why) => why.into(),
            EnrolError::Key => Self::new(RefusalCode::Unreadable, why),
            EnrolError::Code | EnrolError::Taken => Self::new(RefusalCode::Token, why),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let retry = self.0.retry_after_s.map(|seconds| (header::RETRY_AFTER, seconds.to_string()));
        let body = codec::encode(&self.0, SMALL_BYTES).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, ZSTD)], body).into_response();
        if let Some((name, value)) = retry.and_then(|(name, text)| Some((name, text.parse().ok()?))) {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

const ZSTD: &str = "application/zstd";

fn answer<T: Serialize>(message: &T) -> Result<Response, ApiError> {
    let body = codec::encode(message, PULL_BYTES).map_err(|why| ApiError::new(RefusalCode::Limit, why))?;
    Ok(([(header::CONTENT_TYPE, ZSTD), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8], limit: usize) -> Result<T, ApiError> {
    codec::decode(body, limit).map_err(|why| match why {
        codec::CodecError::TooLarge { .. } => ApiError::new(RefusalCode::Limit, why),
        other => ApiError::new(RefusalCode::Unreadable, other),
    })
}

fn standing(app: &App, acked_dseq: u64) -> Standing {
    // No backup is confirmed by anybody yet: phones keep everything.
    Standing { epoch: app.epoch(), acked_dseq, durable_upto: 0, server_time: app.now().0 }
}

async fn hello(State(app): State<App>, body: Bytes) -> Result<Response, ApiError> {
    let hello: HelloRequest = read(&body, SMALL_BYTES)?;
    let token = xundian_protocol::digest::hex(&random::<32>()?);
    let now = app.now();
    let given = token.clone();
    let device = app.db().write(move |tx| enrol(tx, &hello, &given, now)).await?;
    app.forget_devices();
    answer(&HelloAnswer { token, rep: device.rep, standing: standing(&app, 0) })
}

async fn hello_again(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &[]).await?;
    answer(&standing(&app, device.acked_dseq))
}

async fn take_push(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &body).await?;
    let now = app.now();
    if device.revoked.is_some_and(|since| now.0 - since.0 > REVOKED_PUSH_MS) {
        return Err(ApiError::new(RefusalCode::Revoked, "this phone was revoked"));
    }
    let request: PushRequest = read(&body, PUSH_BYTES)?;
    if request.records.len() > PUSH_RECORDS {
        return Err(ApiError::new(RefusalCode::Limit, format_args!("at most {PUSH_RECORDS} records")));
    }
    if request.install_id != device.install {
        return Err(ApiError::new(RefusalCode::Token, "the message is another install's"));
    }
    let parsed = parse(request.records);
    let (sent, last_dseq) = (request.now, request.last_dseq);
    let catalogue = app.catalogue();
    let pushed =
        app.db().write(move |tx| push(tx, &catalogue, &device, &sent, last_dseq, parsed, now)).await?;
    if !pushed.new_stores.is_empty() {
        let app = app.clone();
        let reloaded = tokio::task::spawn_blocking(move || app.reload()).await;
        reloaded.unwrap_or(Ok(()))?;
    }
    answer(&PushAnswer { standing: standing(&app, pushed.acked_dseq), verdicts: pushed.verdicts })
}

#[derive(Debug, Deserialize)]
struct PullQuery {
    #[serde(default)]
    cursor: String,
}

async fn give_pull(
    State(app): State<App>,
    Query(query): Query<PullQuery>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &[]).await?;
    if device.revoked.is_some() {
        return Err(ApiError::new(RefusalCode::Revoked, "this phone was revoked"));
    }
    let cursor = Cursor::read(&query.cursor, app.epoch(), app.secret());
    let catalogue = app.catalogue();
    let date = catalogue.zone().date(app.now());
    let reader = app.clone();
    let (pages, more) =
        app.db().read(move |tx| pull(tx, &catalogue, device.rep, date, cursor, reader.secret())).await?;
    answer(&PullAnswer { standing: standing(&app, device.acked_dseq), pages, more })
}

async fn have(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &body).await?;
    let asked: HaveRequest = read(&body, SMALL_BYTES)?;
    let mut missing = Vec::new();
    for sha256 in asked.sha256 {
        if !app.blobs().has(device.install, &sha256)? {
            missing.push(sha256);
        }
    }
    answer(&HaveAnswer { missing })
}

/// Where in a photo a piece belongs.
#[derive(Debug, Deserialize)]
struct PieceAt {
    offset: u64,
    total: u64,
}

async fn take_piece(
    State(app): State<App>,
    Path(sha256): Path<String>,
    Query(at): Query<PieceAt>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &body).await?;
    let taking = app.clone();
    let taken = tokio::task::spawn_blocking(move || {
        taking.blobs().take(device.install, &sha256, at.offset, at.total, &body)
    });
    let offset = taken.await.map_err(|why| ApiError::new(RefusalCode::Busy, why))??;
    Ok(([(OFFSET_HEADER, offset.to_string())], ()).into_response())
}

async fn piece_offset(
    State(app): State<App>,
    Path(sha256): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let device = device(&app, &method, &uri, &headers, &[]).await?;
    let offset = app.blobs().offset(device.install, &sha256)?;
    Ok(([(OFFSET_HEADER, offset.to_string())], ()).into_response())
}

/// Who asks: the install's token, and the signature of its key over this very request, checked before the body is
/// unpacked.
async fn device(
    app: &App,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Device, ApiError> {
    let unknown = || ApiError::new(RefusalCode::Token, "this phone is not known here: enrol again");
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let install = text(INSTALL_HEADER).and_then(|id| id.parse().ok()).map(InstallId).ok_or_else(unknown)?;
    let token = text("authorization").and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(unknown)?;
    let device = match app.known_device(install, token) {
        Some(device) => device,
        None => {
            let given = token.to_owned();
            let found = app.db().read(move |tx| authenticate(tx, install, &given)).await?;
            let device = found.ok_or_else(unknown)?;
            app.remember_device(token, &device);
            device
        }
    };
    let path = uri.path_and_query().map_or(uri.path(), axum::http::uri::PathAndQuery::as_str);
    let signed = sign::Request { method: method.as_str(), path, install, body };
    let signature = text(SIGNATURE_HEADER).ok_or_else(unknown)?;
    signed.verify(&device.key, signature).map_err(|why| ApiError::new(RefusalCode::Token, why))?;
    Ok(device)
}
