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

fn addresses(of: &[&str]) -> ResolvedSocketAddrs {
    let mut addrs = LookedUpLate.empty();
    for at in of {
        addrs.push(at.parse().unwrap());
    }
    addrs
}

#[test]
fn the_families_of_addresses_take_turns() {
    for (found, turns) in [
        (&["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"], ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1"]),
        (
            &["1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1", "[::1]:1"],
            ["1.1.1.1:1", "[::1]:1", "2.2.2.2:1", "3.3.3.3:1"],
        ),
        (&["[::2]:1", "[::1]:1", "[::4]:1", "[::3]:1"], ["[::2]:1", "[::1]:1", "[::4]:1", "[::3]:1"]),
    ] {
        let mut addrs = addresses(found);
        by_turns(&mut addrs);
        assert_eq!(addrs, addresses(&turns), "{found:?}");
    }
}

#[test]
fn every_address_is_called_shortly_before_any_is_waited_for() {
    let found = addresses(&["[::1]:1", "[::2]:1", "1.1.1.1:1"]);
    let turns = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1"]);
    let other = addresses(&["1.1.1.1:1", "[::2]:1", "[::1]:1"]);
    let alone = addresses(&["[::1]:1"]);
    for (found, answers_in, rounds) in [
        (&found, 1, vec![(turns.clone(), SHORT_ROUND)]),
        (&found, 2, vec![(turns.clone(), SHORT_ROUND), (other.clone(), 1)]),
        (&found, 3, vec![(turns, SHORT_ROUND), (other, 1)]),
        (&alone, 1, vec![(alone.clone(), 1)]),
        (&alone, 2, vec![(alone.clone(), 1)]),
    ] {
        let mut called = Vec::new();
        let answer = in_rounds(found.clone(), |addrs, part| {
            called.push((addrs, part));
            if called.len() == answers_in { Ok(()) } else { Err(Error::HostNotFound) }
        });
        assert_eq!(answer.is_ok(), answers_in <= rounds.len());
        assert_eq!(called, rounds);
    }
}

/// An address that swallows what is sent to it: its queue is full, with these connections. Linux answers no more of them then.
#[cfg(target_os = "linux")]
fn swallowing() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let patience = Duration::from_millis(300);
    let queue = std::iter::from_fn(|| TcpStream::connect_timeout(&address, patience).ok()).take(10_000);
    let queue = queue.collect();
    (listener, queue)
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "what the short round costs is seconds of the real clock")]
fn an_address_that_swallows_everything_costs_a_part_of_the_short_round() {
    let (swallowing, _queue) = swallowing();
    let answering = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = [&swallowing, &answering].map(|listener| listener.local_addr().unwrap().to_string());
    let began = std::time::Instant::now();
    let way = Way::new(Arc::new(super::super::trust::trust(None, None).unwrap()));
    let details = ConnectionDetails {
        uri: &Uri::from_static("https://xundian.example"),
        addrs: LookedUpLate.empty(),
        config: &Config::default(),
        request_level: false,
        resolver: &LookedUpLate,
        now: Instant::Exact(began),
        timeout: NextTimeout { after: Duration::from_secs(6).into(), ..NextTimeout::default() },
        current_time: Arc::new(Instant::now),
        run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
        register_shutdown: Arc::new(|_| Ok(())),
    };
    let called = |addrs, part| way.called(&details, addrs, part);
    assert!(in_rounds(addresses(&[&at[0], &at[1]]), called).unwrap().is_some());
    // 0.4 s of 6; without the short round it were 4.
    let cost = began.elapsed();
    assert!((200..3500).contains(&cost.as_millis()), "{cost:?}");
}
