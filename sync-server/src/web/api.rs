//! `/v1`: what phones ask, over HTTP. The answers are made by `sync::service`; here are headers and threads only.

use std::net::{IpAddr, SocketAddr};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Extension, Router};
use xundian_domain::InstallId;
use xundian_protocol::blobs::OFFSET_HEADER;
use xundian_protocol::limits::PUSH_BYTES;
use xundian_protocol::sign::{INSTALL_HEADER, SIGNATURE_HEADER};

use crate::app::App;
use crate::sync::service::{Answered, Asked, Picture, answer};

/// After what broke off in the server a phone comes again after so many seconds: every 503 names a pause.
const BROKE_OFF_RETRY_S: u32 = 30;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/{*rest}", any(ask)).layer(DefaultBodyLimit::max(PUSH_BYTES))
}

/// Mark of a server that only a proxy reaches: what the proxy says about its callers is true.
#[derive(Debug, Clone, Copy)]
pub(super) struct BehindProxy;

type Caller = (Option<Extension<ConnectInfo<SocketAddr>>>, Option<Extension<BehindProxy>>);

/// Where a request comes from: the other end of the connection, or whom the proxy has named last.
fn source((connected, proxy): Caller, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = connected.map(|Extension(ConnectInfo(address))| address.ip());
    let named = || headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?.rsplit(',').next();
    proxy.and_then(|_| named()?.trim().parse().ok()).or(peer)
}

async fn ask(
    State(app): State<App>,
    caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: method.as_str().to_owned(),
        path: uri.path_and_query().map_or(uri.path(), axum::http::uri::PathAndQuery::as_str).to_owned(),
        install: text(INSTALL_HEADER).and_then(|id| id.parse().ok()).map(InstallId),
        token: text("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned),
        signature: text(SIGNATURE_HEADER).map(str::to_owned),
        body: body.to_vec(),
        from: source(caller, &headers),
    };
    worked_out(move || answer(&app, &asked), headers.get(header::IF_NONE_MATCH)).await
}

/// What the work gives, or that it broke off.
async fn worked_out(
    work: impl FnOnce() -> Answered + Send + 'static,
    known: Option<&HeaderValue>,
) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(answered) => response(answered, known),
        Err(_) => {
            let pause = [(header::RETRY_AFTER, HeaderValue::from(BROKE_OFF_RETRY_S))];
            (StatusCode::SERVICE_UNAVAILABLE, pause).into_response()
        }
    }
}

fn response(answered: Answered, known: Option<&HeaderValue>) -> Response {
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
    match answered.picture {
        Some(picture) => shown(response, &picture, known),
        None => response,
    }
}

/// A picture never changes under its name: whoever may see it may keep it, and whoever has it is not sent it again.
fn shown(mut response: Response, picture: &Picture, known: Option<&HeaderValue>) -> Response {
    let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", picture.sha256)) else { return response };
    if known == Some(&tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    let headers = response.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(picture.media_type));
    let for_ever = HeaderValue::from_static("private, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, for_ever);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(proxy: Option<BehindProxy>, named: &[&'static str]) -> Option<String> {
        let connected = Some(Extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 443)))));
        let mut headers = HeaderMap::new();
        for text in named {
            headers.append("x-forwarded-for", HeaderValue::from_static(text));
        }
        source((connected, proxy.map(Extension)), &headers).map(|address| address.to_string())
    }

    #[test]
    fn a_picture_may_be_kept_for_ever_and_is_not_sent_to_whoever_has_it() {
        let picture = Picture { sha256: "ab".repeat(32), media_type: "image/png" };
        let answered =
            Answered { status: 200, body: b"PNG".to_vec(), picture: Some(picture), ..Answered::default() };
        let first = response(answered.clone(), None);
        let said = |name: header::HeaderName| first.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((first.status(), said(header::CONTENT_TYPE)), (StatusCode::OK, Some("image/png")));
        assert!(said(header::CACHE_CONTROL).is_some_and(|kept| kept.contains("immutable")));
        let tag = HeaderValue::from_str(said(header::ETAG).unwrap()).unwrap();
        assert_eq!(response(answered.clone(), Some(&tag)).status(), StatusCode::NOT_MODIFIED);
        let other = HeaderValue::from_static("\"cd\"");
        assert_eq!(response(answered, Some(&other)).status(), StatusCode::OK);
        let message = response(Answered { status: 200, ..Answered::default() }, Some(&tag));
        assert_eq!(message.headers().get(header::CACHE_CONTROL).unwrap(), "no-store");
    }

    #[test]
    fn an_answer_that_broke_off_names_a_pause_as_every_503_does() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let broken = runtime.block_on(worked_out(|| panic!("a bug"), None));
        assert_eq!(broken.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(broken.headers().get(header::RETRY_AFTER).unwrap(), "30");
        let whole = runtime.block_on(worked_out(|| Answered { status: 200, ..Answered::default() }, None));
        assert_eq!((whole.status(), whole.headers().get(header::RETRY_AFTER)), (StatusCode::OK, None));
    }

    #[test]
    fn only_a_proxy_is_believed_where_a_request_comes_from() {
        let claimed = ["198.51.100.7"];
        assert_eq!(from(None, &claimed).as_deref(), Some("192.0.2.1"));
        assert_eq!(from(Some(BehindProxy), &claimed).as_deref(), Some("198.51.100.7"));
    }

    #[test]
    fn what_stood_there_before_the_proxy_is_not_believed() {
        let told = ["203.0.113.9", "203.0.113.8, 198.51.100.7"];
        assert_eq!(from(Some(BehindProxy), &told).as_deref(), Some("198.51.100.7"));
        assert_eq!(from(Some(BehindProxy), &["unknown"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(from(Some(BehindProxy), &[]).as_deref(), Some("192.0.2.1"));
    }
}
