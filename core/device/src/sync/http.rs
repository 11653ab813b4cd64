//! The transport of a real phone: HTTPS by ureq, plain HTTP to this machine only.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
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

/// A request without an answer after this is lost.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server by its address; copies share their connections.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    agent: Agent,
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
        Self::waiting(base, authority, heard, TIMEOUT)
    }

    /// As [`HttpTransport::heard_at`], with a patience of its own.
    pub(super) fn waiting(
        base: &str,
        authority: Option<&[u8]>,
        heard: Option<Millis>,
        timeout: Duration,
    ) -> Result<Self, TransportError> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base
            .parse()
            .map_err(|why| TransportError(format!("`{base}` is no address of a server: {why}")))?;
        let is_here = matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if uri.scheme_str() != Some("https") && !(uri.scheme_str() == Some("http") && is_here) {
            return Err(TransportError("plain HTTP is refused: use https".to_owned()));
        }
        let way = Way::new(Arc::new(trust(authority, heard)?));
        Ok(Self { agent: Agent::with_parts(config(timeout), way, LookedUpLate), base })
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
        self.agent.run(asked.body(body)?)
    }
}

/// Every status is an answer. None is followed elsewhere: only this server is given what proves who the phone is.
fn config(timeout: Duration) -> Config {
    Agent::config_builder()
        .timeout_global(Some(timeout))
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
mod tests {
    use std::io::{ErrorKind, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;

    use uuid::Uuid;
    use xundian_domain::InstallId;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Something that takes one connection, and how a phone calls it.
    fn listening<T: Send + 'static>(
        to: impl FnOnce(TcpStream) -> T + Send + 'static,
    ) -> (String, JoinHandle<T>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        (address, std::thread::spawn(move || to(listener.accept().unwrap().0)))
    }

    /// The head of the next request of a connection.
    fn head(stream: &mut TcpStream) -> String {
        let (mut asked, mut byte) = (Vec::new(), [0u8; 1]);
        while !asked.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            asked.push(byte[0]);
        }
        String::from_utf8(asked).unwrap()
    }

    fn pull() -> Request {
        Request { method: "GET", path: "/v1/pull".to_owned(), body: Vec::new() }
    }

    /// What a phone makes of exactly these bytes, behind which the connection ends.
    fn told(answer: Vec<u8>) -> Result<Response, TransportError> {
        let (address, answering) = listening(move |mut stream| {
            head(&mut stream);
            stream.write_all(&answer).unwrap();
        });
        let response = HttpTransport::new(&address).unwrap().send(&pull(), None);
        answering.join().unwrap();
        response
    }

    /// What a phone hears from something that answers one request so.
    fn heard(head: &str, body: &str) -> Response {
        let length = body.len();
        told(
            format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
                .into_bytes(),
        )
        .unwrap()
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
        for refused in [
            "http://xundian.example",
            "http://127.0.0.1.example",
            "http://127.0.0.1@xundian.example",
            "http://[::2]",
            "ftp://127.0.0.1",
            "https://巡店.example",
            "https://",
            "xundian",
            "",
        ] {
            assert!(HttpTransport::new(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_companys_certificate_that_is_none_is_said_and_not_left_out() {
        let broken = b"-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n";
        let refused = HttpTransport::trusting("https://xundian.example", Some(broken)).unwrap_err();
        assert!(refused.to_string().contains("certificate"), "{refused}");
    }

    #[test]
    fn who_leads_elsewhere_is_not_followed_and_told_of() {
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let by = Credentials {
            install: InstallId(Uuid::from_u128(7)),
            token: "token".to_owned(),
            signature: "signature".to_owned(),
        };
        for status in [301, 302, 303, 307, 308] {
            let there = format!("http://{}/login", elsewhere.local_addr().unwrap());
            let (address, answering) = listening(move |mut stream| {
                let asked = head(&mut stream);
                stream.read_exact(&mut [0; 5]).unwrap();
                write!(stream, "HTTP/1.1 {status} There\r\nlocation: {there}\r\n").unwrap();
                write!(stream, "content-length: 6\r\n\r\n<html>").unwrap();
                asked
            });
            let push = Request { method: "POST", path: "/v1/push".to_owned(), body: b"facts".to_vec() };
            let response = HttpTransport::new(&address).unwrap().send(&push, Some(&by)).unwrap();
            assert_eq!((response.status, &response.body[..]), (status, &b"<html>"[..]));
            let asked = answering.join().unwrap();
            assert!(asked.starts_with("POST /v1/push HTTP/1.1\r\n"), "{asked}");
            for said in ["authorization: Bearer token", "content-length: 5", "content-type: application/zstd"]
            {
                assert!(asked.contains(&format!("\r\n{said}\r\n")), "{said} in {asked}");
            }
            assert!(!asked.contains("accept-encoding") && !asked.contains("user-agent"), "{asked}");
            let came = elsewhere.accept().unwrap_err();
            assert_eq!(came.kind(), ErrorKind::WouldBlock, "{status} was followed");
        }
    }

    #[test]
    fn a_proxy_of_the_environment_is_not_asked() {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "sync::http::tests::copies_share_a_connection_that_is_kept"]);
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            again.env(name, "http://127.0.0.1:9");
        }
        let said = again.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains("1 passed"), "{text}");
    }

    #[test]
    fn copies_share_a_connection_that_is_kept() {
        let (address, answering) = listening(|mut stream| {
            for _ in 0..3 {
                head(&mut stream);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrows").unwrap();
            }
        });
        let mut line = HttpTransport::waiting(&address, None, None, 5 * SECOND).unwrap();
        for mut line in [line.clone(), line.clone()] {
            assert_eq!(line.send(&pull(), None).unwrap().body, b"rows");
        }
        assert_eq!(line.send(&pull(), None).unwrap().body, b"rows");
        answering.join().unwrap();
    }

    #[test]
    fn an_answer_that_is_cut_is_none() {
        for cut in [
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nrows",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nrows\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nrows",
            "HTTP/1.1 200 OK\r\ncontent-le",
            "",
        ] {
            assert!(told(cut.into()).is_err(), "{cut:?}");
        }
        let whole = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nrows\r\n0\r\n\r\n";
        assert_eq!(told(whole.into()).unwrap().body, b"rows");
    }

    #[test]
    fn no_more_is_read_than_an_answer_may_have() {
        const PIECES: usize = 4 * PULL_BYTES / (1 << 16);
        let mut most = format!("HTTP/1.1 200 OK\r\ncontent-length: {PULL_BYTES}\r\n\r\n").into_bytes();
        most.resize(most.len() + PULL_BYTES, b'x');
        assert_eq!(told(most).unwrap().body.len(), PULL_BYTES);

        let (address, answering) = listening(|mut stream| {
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            (0..PIECES).take_while(|_| stream.write_all(&[b'x'; 1 << 16]).is_ok()).count()
        });
        let refused = HttpTransport::new(&address).unwrap().send(&pull(), None).unwrap_err();
        assert!(refused.to_string().contains("too large"), "{refused}");
        assert!(answering.join().unwrap() < PIECES, "it was heard out");
    }

    #[test]
    fn who_never_ends_is_not_waited_for() {
        let (address, answering) = listening(|mut stream| {
            head(&mut stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n").unwrap();
            for _ in 0..400 {
                std::thread::sleep(SECOND / 50);
                if stream.write_all(b"x").is_err() {
                    break;
                }
            }
        });
        let mut line = HttpTransport::waiting(&address, None, None, SECOND / 5).unwrap();
        let lost = line.send(&pull(), None).unwrap_err();
        assert!(lost.to_string().contains("timeout"), "{lost}");
        answering.join().unwrap();
    }

    #[test]
    fn a_line_that_cannot_be_made_says_why() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let refused = HttpTransport::new(&format!("http://{gone}")).unwrap().send(&pull(), None).unwrap_err();
        assert!(refused.to_string().contains("refused") && !refused.is_clock(), "{refused}");
    }
}
