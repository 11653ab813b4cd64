//! What a phone makes of whoever answers under TLS.

use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};
use xundian_domain::stamp::Millis;

use super::super::action::{Request, Response};
use super::super::driver::{Transport as _, TransportError};
use super::super::http::HttpTransport;
use super::*;

type Served = StreamOwned<ServerConnection, TcpStream>;

/// A server of one connection, with a certificate of its own making.
struct Server {
    address: String,
    authority: String,
    served: JoinHandle<()>,
}

impl Server {
    fn new(until: i32, to: impl FnOnce(Served) + Send + 'static) -> Self {
        let mut wanted = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        wanted.not_after = rcgen::date_time_ymd(until, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = wanted.self_signed(&key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let served = std::thread::spawn(move || {
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            to(StreamOwned::new(connection, listener.accept().unwrap().0));
        });
        Self { address, authority: certificate.pem(), served }
    }

    fn line(&self, heard: Option<Millis>) -> HttpTransport {
        let patience = Duration::from_secs(5);
        HttpTransport::waiting(&self.address, Some(self.authority.as_bytes()), heard, patience).unwrap()
    }
}

/// Takes the head of a request, if one comes.
fn head(stream: &mut Served) -> bool {
    let (mut asked, mut byte) = (Vec::new(), [0u8; 1]);
    while !asked.ends_with(b"\r\n\r\n") {
        if stream.read_exact(&mut byte).is_err() {
            return false;
        }
        asked.push(byte[0]);
    }
    true
}

fn ask(line: &mut HttpTransport) -> Result<Response, TransportError> {
    line.send(&Request { method: "POST", path: "/v1/push".to_owned(), body: Vec::new() }, None)
}

#[test]
fn who_is_believed_is_heard_over_one_connection() {
    let server = Server::new(2100, |mut stream| {
        for _ in 0..3 {
            assert!(head(&mut stream));
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n").unwrap();
            stream.write_all(&[b'x'; 200_000]).unwrap();
        }
    });
    let mut line = server.line(None);
    for _ in 0..3 {
        assert_eq!(ask(&mut line).unwrap().body.len(), 200_000);
    }
    server.served.join().unwrap();
}

#[test]
fn a_certificate_that_ran_out_is_a_matter_of_the_clock_and_a_strangers_is_not() {
    let server = Server::new(2001, |mut stream| assert!(!head(&mut stream)));
    let refused = ask(&mut server.line(None)).unwrap_err();
    assert!(refused.is_clock(), "{refused}");
    server.served.join().unwrap();

    let server = Server::new(2100, |mut stream| assert!(!head(&mut stream)));
    let refused = ask(&mut HttpTransport::new(&server.address).unwrap()).unwrap_err();
    assert!(!refused.is_clock() && refused.to_string().contains("certificate"), "{refused}");
    server.served.join().unwrap();

    let server = Server::new(2001, |mut stream| {
        assert!(head(&mut stream));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nrows").unwrap();
    });
    let in_its_time = Millis(946_684_800_000);
    assert_eq!(ask(&mut server.line(Some(in_its_time))).unwrap().body, b"rows");
    server.served.join().unwrap();
}

#[test]
fn an_answer_without_a_length_ends_with_a_goodbye_and_not_with_the_connection() {
    for says_goodbye in [true, false] {
        let server = Server::new(2100, move |mut stream| {
            assert!(head(&mut stream));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nrows").unwrap();
            if says_goodbye {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
            }
        });
        let answer = ask(&mut server.line(None));
        assert_eq!(answer.is_ok_and(|answer| answer.body == b"rows"), says_goodbye);
        server.served.join().unwrap();
    }
}

#[test]
fn who_takes_the_connection_and_is_silent_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (over, is_over) = std::sync::mpsc::channel();
    let silent = std::thread::spawn(move || {
        let connection = listener.accept().unwrap();
        // Long enough to be told from whom patience left, and no longer.
        is_over.recv_timeout(Duration::from_secs(5)).unwrap();
        drop(connection);
    });
    let patience = Duration::from_millis(200);
    let lost = ask(&mut HttpTransport::waiting(&address, None, None, patience).unwrap()).unwrap_err();
    assert!(lost.to_string().contains("timeout"), "{lost}");
    over.send(()).unwrap();
    silent.join().unwrap();
}

#[test]
fn a_number_is_a_name_too() {
    for (uri, name) in [
        ("https://xundian.example:8443", "xundian.example"),
        ("https://10.0.0.1", "10.0.0.1"),
        ("https://[::1]:8443", "::1"),
    ] {
        assert_eq!(name_of(&uri.parse().unwrap()).unwrap(), ServerName::try_from(name).unwrap());
    }
    assert!(name_of(&"https://_".parse().unwrap()).is_ok());
    assert!(name_of(&"https://a..b".parse().unwrap()).is_err());
}
