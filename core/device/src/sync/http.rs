//! The transport of a real phone: HTTPS by reqwest, plain HTTP to this machine only.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use xundian_protocol::limits::PULL_BYTES;
use xundian_protocol::sign::{INSTALL_HEADER, SIGNATURE_HEADER};

use super::action::{Request, Response};
use super::driver::{Credentials, Transport, TransportError};

/// A request without an answer after this is lost.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server by its address.
#[derive(Debug)]
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
        let base = base.trim_end_matches('/').to_owned();
        let lost = |why: reqwest::Error| TransportError(why.to_string());
        let url = reqwest::Url::parse(&base)
            .map_err(|why| TransportError(format!("`{base}` is no address of a server: {why}")))?;
        let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
            return Err(TransportError("plain HTTP is refused: use https".to_owned()));
        }
        let builder = reqwest::blocking::Client::builder().timeout(TIMEOUT).no_proxy();
        let client = builder.tls_backend_preconfigured(trust(authority)?).build().map_err(lost)?;
        Ok(Self { client, base })
    }
}

/// Whom a phone believes: the roots that browsers ship, carried along, and the company's own. The system's store is not asked:
/// on Android that wants a Java machine behind the library, and dies at the first call without one.
fn trust(authority: Option<&[u8]>) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(authority.unwrap_or_default()) {
        let unusable =
            |why: String| TransportError(format!("the company's certificate cannot be used: {why}"));
        let certificate = certificate.map_err(|why| unusable(why.to_string()))?;
        roots.add(certificate).map_err(|why| unusable(why.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|why| TransportError(why.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
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
        let lost = |why: reqwest::Error| TransportError(why.to_string());
        let answer = builder.header("content-type", "application/zstd").send().map_err(lost)?;
        let status = answer.status().as_u16();
        // Whatever stands on the way and answers without end: no more is read than an answer may have.
        let most = u64::try_from(PULL_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut body = Vec::new();
        answer.take(most).read_to_end(&mut body).map_err(|why| TransportError(why.to_string()))?;
        if body.len() > PULL_BYTES {
            return Err(TransportError("the answer is too large".to_owned()));
        }
        Ok(Response { status, body })
    }

    fn wait(&mut self, ms: u64) {
        std::thread::sleep(Duration::from_millis(ms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
