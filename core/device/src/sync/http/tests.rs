//! What a phone makes of whoever answers over plain HTTP on this machine.

mod patience;

use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use uuid::Uuid;
use xundian_domain::InstallId;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Something that takes one connection, and how a phone calls it.
fn listening<T: Send + 'static>(to: impl FnOnce(TcpStream) -> T + Send + 'static) -> (String, JoinHandle<T>) {
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
    for head in ["503 Service Unavailable\r\nRetry-After: 120", "429 Too Many Requests\r\nretry-after: 120"] {
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
        "https://xundian.example:84430",
        "https://xundian.example:8o80",
        "https://xundian.example:",
        "https://rep@xundian.example",
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
        for said in ["authorization: Bearer token", "content-length: 5", "content-type: application/zstd"] {
            assert!(asked.contains(&format!("\r\n{said}\r\n")), "{said} in {asked}");
        }
        assert!(!asked.contains("accept-encoding") && !asked.contains("user-agent"), "{asked}");
        let came = elsewhere.accept().unwrap_err();
        assert_eq!(came.kind(), ErrorKind::WouldBlock, "{status} was followed");
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    const PROXY: &str = "http://127.0.0.1:9";
    if std::env::var("ALL_PROXY").is_ok_and(|proxy| proxy == PROXY) {
        assert!(Agent::config_builder().build().proxy().is_some(), "ureq reads no environment any more");
        assert!(config(SECOND).proxy().is_none());
        return;
    }
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "sync::http::tests::a_proxy_of_the_environment_is_not_asked"]);
    let said = again.env("ALL_PROXY", PROXY).output().unwrap();
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
fn a_line_that_cannot_be_made_says_why() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = HttpTransport::new(&format!("http://{gone}")).unwrap().send(&pull(), None).unwrap_err();
    assert!(refused.to_string().contains("refused") && !refused.is_clock(), "{refused}");
}
