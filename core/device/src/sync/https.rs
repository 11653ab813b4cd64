//! How a connection is made: a name looked up, TCP, and TLS for whom `trust` believes. ureq speaks HTTP over it and keeps it.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Instant;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, TcpConnector, Transport,
    TransportAdapter,
};

/// Gives no address: ureq asks for one with every request, and a name is looked up for a new connection only, by [`Way`].
#[derive(Debug)]
pub(super) struct LookedUpLate;

impl Resolver for LookedUpLate {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// The way to a server.
#[derive(Debug)]
pub(super) struct Way {
    tls: Arc<ClientConfig>,
    names: DefaultResolver,
    tcp: TcpConnector,
}

impl Way {
    pub(super) fn new(tls: Arc<ClientConfig>) -> Self {
        Self { tls, names: DefaultResolver::default(), tcp: TcpConnector::default() }
    }

    fn secured(&self, details: &ConnectionDetails, tcp: Box<dyn Transport>) -> Result<Tls, Error> {
        let connection = ClientConnection::new(self.tls.clone(), name_of(details.uri)?);
        let mut sock = TransportAdapter::new(tcp, details.current_time.clone());
        sock.set_timeout(left(details));
        let mut stream = StreamOwned::new(connection.map_err(io::Error::other)?, sock);
        stream.conn.complete_io(&mut stream.sock)?;
        let (input, output) = (details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Tls { stream, buffers: LazyBuffers::new(input, output) })
    }
}

impl Connector for Way {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Self::Out>, Error> {
        let found = ConnectionDetails {
            addrs: self.names.resolve(details.uri, details.config, details.timeout)?,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        let Some(tcp) = self.tcp.connect(&found, None::<()>)? else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Box::new(tcp)));
        }
        Ok(Some(Box::new(self.secured(details, Box::new(tcp))?)))
    }
}

/// Whose name the certificate must bear.
fn name_of(uri: &Uri) -> Result<ServerName<'static>, Error> {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    ServerName::try_from(host.to_owned()).map_err(|why| Error::BadUri(why.to_string()))
}

/// What the steps before have left of the time in which a connection must stand.
fn left(details: &ConnectionDetails) -> NextTimeout {
    let spent = match (details.now, (details.current_time)()) {
        (Instant::Exact(began), Instant::Exact(now)) => now.saturating_duration_since(began),
        _ => std::time::Duration::ZERO,
    };
    NextTimeout { after: details.timeout.after.saturating_sub(spent).into(), ..details.timeout }
}

/// A connection under TLS.
struct Tls {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Transport for Tls {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(self.stream.flush()?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf()).map_err(broken)?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// To ureq a broken connection ends an answer that names no length. Under TLS whoever has said everything says goodbye.
fn broken(why: io::Error) -> Error {
    match why.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => {
            Error::Other(why.into())
        }
        _ => why.into(),
    }
}

#[cfg(test)]
mod tests {
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
}
