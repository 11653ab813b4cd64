//! `/v1`: what phones ask, over HTTP. The answers are made by `sync::service`; here are headers and threads only.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use xundian_domain::InstallId;
use xundian_protocol::blobs::OFFSET_HEADER;
use xundian_protocol::limits::PUSH_BYTES;
use xundian_protocol::sign::{INSTALL_HEADER, SIGNATURE_HEADER};

use crate::app::App;
use crate::sync::service::{Answered, Asked, answer};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/{*rest}", any(ask)).layer(DefaultBodyLimit::max(PUSH_BYTES))
}

async fn ask(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: method.as_str().to_owned(),
        path: uri.path_and_query().map_or(uri.path(), axum::http::uri::PathAndQuery::as_str).to_owned(),
        install: text(INSTALL_HEADER).and_then(|id| id.parse().ok()).map(InstallId),
        token: text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned),
        signature: text(SIGNATURE_HEADER).map(str::to_owned),
        body: body.to_vec(),
    };
    match tokio::task::spawn_blocking(move || answer(&app, &asked)).await {
        Ok(answered) => response(answered),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn response(answered: Answered) -> Response {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::BAD_REQUEST);
    let fixed = [(header::CONTENT_TYPE, "application/zstd"), (header::CACHE_CONTROL, "no-store")];
    let mut response = (status, fixed, answered.body).into_response();
    let headers = response.headers_mut();
    if let Some(offset) = answered.offset {
        headers.insert(OFFSET_HEADER, HeaderValue::from(offset));
    }
    if let Some(seconds) = answered.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
