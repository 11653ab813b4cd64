//! The transport of a real phone: HTTPS by reqwest, plain HTTP to this machine only.

use std::io::Read;
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use xundian_domain::stamp::Millis;
use xundian_protocol::limits::{PULL_BYTES, SMALL_BYTES};
use xundian_protocol::sign::{INSTALL_HEADER, SIGNATURE_HEADER};
use xundian_protocol::{Refusal, RefusalCode, codec};

use super::action::{Request, Response};
use super::driver::{Credentials, Transport, TransportError};
use super::trust::{no_answer, trust};

/// A request without an answer after this is lost.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server by its address; copies share their connections.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    client: reqwest::blocking::Client,
    base: String,
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
        let base = base.trim_end_matches('/').to_owned();
        let lost = |why: reqwest::Error| TransportError(why.to_string());
        let url = reqwest::Url::parse(&base)
            .map_err(|why| TransportError(format!("`{base}` is no address of a server: {why}")))?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(TransportError("plain HTTP is refused: use https".to_owned()));
        }
        let builder = reqwest::blocking::Client::builder().timeout(TIMEOUT).no_proxy();
        let client = builder.tls_backend_preconfigured(trust(authority, heard)?).build().map_err(lost)?;
        Ok(Self { client, base })
    }
}

/// Seconds of the header `Retry-After`; a date there is not read, because this phone's clock may be wrong.
fn pause_of(headers: &HeaderMap) -> Option<u32> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn is_refusal(body: &[u8]) -> bool {
    codec::decode::<Refusal>(body, SMALL_BYTES).is_ok() || serde_json::from_slice::<Refusal>(body).is_ok()
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
        let url = format!("{}{}", self.base, request.path);
        let mut builder = match request.method {
            "POST" => self.client.post(url).body(request.body.clone()),
            "PUT" => self.client.put(url).body(request.body.clone()),
            _ => self.client.get(url),
        };
        if let Some(by) = by {
            builder = builder
                .bearer_auth(&by.token)
                .header(INSTALL_HEADER, by.install.to_string())
                .header(SIGNATURE_HEADER, &by.signature);
        }
        let builder = builder.header("content-type", "application/zstd");
        let answer = builder.send().map_err(|why| no_answer(&why))?;
        let (status, pause_s) = (answer.status().as_u16(), pause_of(answer.headers()));
        // Whatever stands on the way and answers without end: no more is read than an answer may have.
        let most = u64::try_from(PULL_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut body = Vec::new();
        answer.take(most).read_to_end(&mut body).map_err(|why| TransportError(why.to_string()))?;
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
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// What a phone hears from something that answers one request so.
    fn heard(head: &str, body: &str) -> Response {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut asked, mut byte) = (Vec::new(), [0u8; 1]);
            while !asked.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                asked.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let request = Request { method: "GET", path: "/v1/pull".to_owned(), body: Vec::new() };
        let response = HttpTransport::new(&address).unwrap().send(&request, None).unwrap();
        answering.join().unwrap();
        response
    }

    #[test]
    fn a_proxy_that_asks_for_a_pause_is_understood_like_the_server() {
        for head in
            ["503 Service Unavailable\r\nRetry-After: 120", "429 Too Many Requests\r\nretry-after: 120"]
        {
            let response = heard(head, "<html>busy</html>");
            let refusal: Refusal = codec::decode(&response.body, SMALL_BYTES).unwrap();
            assert_eq!((refusal.code, refusal.retry_after_s), (RefusalCode::Busy, Some(120)), "{head}");
            assert_eq!(response.status.to_string(), head[..3]);
        }
    }

    #[test]
    fn whatever_says_no_pause_or_says_it_itself_stays_as_it_is() {
        let own = r#"{"code":"busy","reason":"quota","retry_after_s":7}"#;
        for (head, body) in [
            ("503 Service Unavailable\r\nRetry-After: 120", own),
            ("503 Service Unavailable\r\nRetry-After: Fri, 27 Nov 2026 12:00:00 GMT", "busy"),
            ("503 Service Unavailable", "busy"),
            ("200 OK\r\nRetry-After: 120", "rows"),
        ] {
            assert_eq!(heard(head, body).body, body.as_bytes(), "{head}");
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        assert!(HttpTransport::new("http://127.0.0.1:8080").is_ok());
        assert!(HttpTransport::new("https://xundian.example").is_ok());
        assert!(HttpTransport::new("http://[::1]:8080").is_ok());
        for refused in
            ["http://xundian.example", "http://127.0.0.1.example", "ftp://127.0.0.1", "xundian", ""]
        {
            assert!(HttpTransport::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_companys_certificate_that_is_none_is_said_and_not_left_out() {
        let broken = b"-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n";
        let refused = HttpTransport::trusting("https://xundian.example", Some(broken)).unwrap_err();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }
}
