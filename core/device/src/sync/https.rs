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
mod tests;
