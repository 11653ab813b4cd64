//! The transport of a real phone: HTTPS by ureq, plain HTTP to this machine only.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use ureq::http::uri::Authority;
use ureq::http::{self, HeaderMap, Uri};
use ureq::{Agent, AsSendBody, Body};
use xundian_domain::stamp::Millis;
use xundian_protocol::limits::{PULL_BYTES, SMALL_BYTES};
use xundian_protocol::sign::{INSTALL_HEADER, SIGNATURE_HEADER};
use xundian_protocol::{Refusal, RefusalCode, codec};

use super::action::{Request, Response};
use super::driver::{Credentials, Transport, TransportError};
use super::https::{LookedUpLate, Way};
use super::trust::{no_answer, trust};

/// A request of which nothing moves for so long is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// What moves and does not end is lost after so many times its patience.
const IN_ALL: u32 = 10;
/// Bytes a second of a thin line. The system takes a body from us before such a line has carried it: by so much longer its
/// answer is waited for.
const THIN_LINE: usize = 4 << 10;
/// A connection that was idle for longer is not used again. Servers and balancers close theirs after 5 s and more, and a
/// request that meets this is lost.
const KEPT: Duration = Duration::from_secs(4);

/// A server by its address; copies share their connections.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    agent: Agent,
    base: String,
    patience: Duration,
}

impl HttpTransport {
    /// `https://…`, or `http://` to this machine.
    ///
    /// # Errors
    /// Plain HTTP to another machine, or no usable TLS.
    pub fn new(base: &str) -> Result<Self, TransportError> {
        Self::trusting(base, None)
    }

    /// As [`HttpTransport::new`], for a company with a certificate authority of its own (PEM).
    ///
    /// # Errors
    /// As there, or the certificate cannot be read.
    pub fn trusting(base: &str, authority: Option<&[u8]>) -> Result<Self, TransportError> {
        Self::heard_at(base, authority, None)
    }

    /// As [`HttpTransport::trusting`], for a phone that heard this server before: a certificate that the phone's own clock
    /// refuses for its time alone is judged once more at `heard`, see [`crate::phone::Phone::server_time`]. One that expired
    /// after that time is so still believed, but only by a phone whose own clock refuses it; whatever else speaks against a
    /// certificate counts as ever. What is refused for its time in the end is told by [`TransportError::is_clock`].
    ///
    /// # Errors
    /// As there.
    pub fn heard_at(
        base: &str,
        authority: Option<&[u8]>,
        heard: Option<Millis>,
    ) -> Result<Self, TransportError> {
        Self::waiting(base, authority, heard, PATIENCE)
    }

    /// As [`HttpTransport::heard_at`], with a patience of its own.
    pub(super) fn waiting(
        base: &str,
        authority: Option<&[u8]>,
        heard: Option<Millis>,
        patience: Duration,
    ) -> Result<Self, TransportError> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base
            .parse()
            .map_err(|why| TransportError(format!("`{base}` is no address of a server: {why}")))?;
        let is_here = matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if uri.scheme_str() != Some("https") && !(uri.scheme_str() == Some("http") && is_here) {
            return Err(TransportError("plain HTTP is refused: use https".to_owned()));
        }
        if !uri.authority().is_some_and(is_plain) {
            return Err(TransportError("a server's address is its name and perhaps a port".to_owned()));
        }
        let way = Way::new(Arc::new(trust(authority, heard)?));
        Ok(Self { agent: Agent::with_parts(config(patience), way, LookedUpLate), base, patience })
    }

    fn ask(
        &self,
        request: &Request,
        by: Option<&Credentials>,
        body: impl AsSendBody,
    ) -> Result<http::Response<Body>, ureq::Error> {
        let mut asked = http::Request::builder()
            .method(request.method)
            .uri(format!("{}{}", self.base, request.path))
            .header(CONTENT_TYPE, "application/zstd");
        if let Some(by) = by {
            asked = asked
                .header(AUTHORIZATION, format!("Bearer {}", by.token))
                .header(INSTALL_HEADER, by.install.to_string())
                .header(SIGNATURE_HEADER, &by.signature);
        }
        let still = Some(self.patience_for(request.body.len()));
        let asked = self.agent.configure_request(asked.body(body)?);
        let asked = asked.timeout_per_write(still).timeout_recv_response(still).timeout_per_read(still);
        self.agent.run(asked.build())
    }

    /// How long nothing may move of a request with so many bytes.
    fn patience_for(&self, bytes: usize) -> Duration {
        let on_its_way = u64::try_from(bytes / THIN_LINE).map_or(Duration::MAX, Duration::from_secs);
        self.patience.saturating_add(on_its_way)
    }
}

/// A name and perhaps a port. Where the port is none, ureq would take the scheme's own.
fn is_plain(authority: &Authority) -> bool {
    let host = authority.host();
    match authority.port_u16() {
        Some(port) => authority.as_str() == format!("{host}:{port}"),
        None => authority.as_str() == host,
    }
}

/// Every status is an answer. None is followed elsewhere: only this server is given what proves who the phone is.
fn config(patience: Duration) -> Config {
    Agent::config_builder()
        .timeout_global(Some(patience * IN_ALL))
        .timeout_connect(Some(patience))
        .timeout_send_request(Some(patience))
        .max_idle_age(KEPT)
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent("")
        .build()
}

/// Seconds of the header `Retry-After`; a date there is not read, because this phone's clock may be wrong.
fn pause_of(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn is_refusal(body: &[u8]) -> bool {
    codec::decode::<Refusal>(body, SMALL_BYTES).is_ok() || codec::read::<Refusal>(body).is_ok()
}

/// A proxy before the server asks for a pause in its own words: here they become the server's, which engines understand.
fn in_our_words(answer: Response, pause_s: Option<u32>) -> Response {
    if pause_s.is_none() || !matches!(answer.status, 429 | 503) || is_refusal(&answer.body) {
        return answer;
    }
    let reason = "who stands before the server asks for a pause";
    let refusal = Refusal { retry_after_s: pause_s, ..Refusal::new(RefusalCode::Busy, reason) };
    match codec::encode(&refusal, SMALL_BYTES) {
        Ok(body) => Response { status: answer.status, body },
        Err(_) => answer,
    }
}

impl Transport for HttpTransport {
    fn send(&mut self, request: &Request, by: Option<&Credentials>) -> Result<Response, TransportError> {
        let answer = match request.method {
            "GET" => self.ask(request, by, ()),
            _ => self.ask(request, by, request.body.as_slice()),
        };
        let answer = answer.map_err(|why| no_answer(&why))?;
        let (status, pause_s) = (answer.status().as_u16(), pause_of(answer.headers()));
        // Whatever stands on the way and answers without end: no more is read than an answer may have.
        let most = u64::try_from(PULL_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut body = Vec::new();
        let mut reader = answer.into_body().into_reader().take(most);
        reader.read_to_end(&mut body).map_err(|why| TransportError(why.to_string()))?;
        if body.len() > PULL_BYTES {
            return Err(TransportError("the answer is too large".to_owned()));
        }
        Ok(in_our_words(Response { status, body }, pause_s))
    }

    fn wait(&mut self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }
}

#[cfg(test)]
mod tests;
