//! How a connection is made: a name looked up, TCP, and TLS for whom `trust` believes. ureq speaks HTTP over it and keeps it.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
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

/// The short round over all addresses of a server has this part of the time: 3 s of 30. ureq gives each address half of what
/// the one before it had.
const SHORT_ROUND: u32 = 10;

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

    /// The first of these addresses that answers within a part of the time that is left.
    fn called(
        &self,
        details: &ConnectionDetails,
        addrs: ResolvedSocketAddrs,
        part: u32,
    ) -> Result<Option<<TcpConnector as Connector>::Out>, Error> {
        let left = left(details);
        let part = ConnectionDetails {
            addrs,
            now: (details.current_time)(),
            timeout: NextTimeout { after: left.after / part, ..left },
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        self.tcp.connect(&part, None::<()>)
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
        let addrs = self.names.resolve(details.uri, details.config, details.timeout)?;
        let Some(tcp) = in_rounds(addrs, |addrs, part| self.called(details, addrs, part))? else {
            return Ok(None);
        };
        if !details.needs_tls() {
            return Ok(Some(Box::new(tcp)));
        }
        Ok(Some(Box::new(self.secured(details, Box::new(tcp))?)))
    }
}

/// Calls every address for a short while before any is waited for: where IPv6 swallows what is sent to it, IPv4 answers after
/// two seconds and not after twenty. The second round begins with the other family, if there is one.
fn in_rounds<T>(
    mut addrs: ResolvedSocketAddrs,
    mut called: impl FnMut(ResolvedSocketAddrs, u32) -> Result<T, Error>,
) -> Result<T, Error> {
    by_turns(&mut addrs);
    if addrs.len() > 1 {
        if let Ok(quickly) = called(addrs.clone(), SHORT_ROUND) {
            return Ok(quickly);
        }
        addrs.rotate_left(1);
    }
    called(addrs, 1)
}

/// The families take turns, so that one that goes nowhere keeps the other waiting for one address alone.
fn by_turns(addrs: &mut [SocketAddr]) {
    let is_first = addrs.first().is_some_and(SocketAddr::is_ipv6);
    let mut seen = [0; 2];
    let mut turns: Vec<_> = addrs
        .iter()
        .map(|at| {
            let family = usize::from(at.is_ipv6() != is_first);
            seen[family] += 1;
            (seen[family], family, *at)
        })
        .collect();
    turns.sort_by_key(|(turn, family, _)| (*turn, *family));
    for (place, (.., at)) in addrs.iter_mut().zip(turns) {
        *place = at;
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
mod tests;
