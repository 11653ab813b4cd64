//! `/v1`: what phones ask, over HTTP. The answers are made by `sync::service`; here are headers and threads only.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
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
use crate::sync::service::{Answered, Asked, answer};

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
