//! Whom a phone believes, and by which clock it judges: its own, and where that refuses a certificate, the server's.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};
use xundian_domain::stamp::Millis;

use super::driver::TransportError;

/// Whom a phone believes: the roots that browsers ship, carried along, and the company's own. The system's store is not asked:
/// on Android that wants a Java machine behind the library, and dies at the first call without one. `heard` is the server's
/// time as it was last known.
pub(super) fn trust(authority: Option<&[u8]>, heard: Option<Millis>) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(authority.unwrap_or_default()) {
        let unusable =
            |why: String| TransportError(format!("the company's certificate cannot be used: {why}"));
        let certificate = certificate.map_err(|why| unusable(why.to_string()))?;
        roots.add(certificate).map_err(|why| unusable(why.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let judge = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let judge = judge.map_err(|why| TransportError(why.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|why| TransportError(why.to_string()))?;
    let verifier = Arc::new(ByTwoClocks { judge, heard: heard.and_then(unix_time) });
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn unix_time(at: Millis) -> Option<UnixTime> {
    let since = Duration::from_millis(u64::try_from(at.0).ok()?);
    Some(UnixTime::since_unix_epoch(since))
}

/// Judges as ever, and a certificate that is refused for its time alone once more, in full, at the time that the server had
/// when it was last heard: the clock of a phone may be wrong by a year, and its facts must go up all the same. The price: a
/// certificate that ran out after that time is still believed, by phones whose own clock refuses it.
#[derive(Debug)]
struct ByTwoClocks {
    judge: Arc<WebPkiServerVerifier>,
    heard: Option<UnixTime>,
}

impl ServerCertVerifier for ByTwoClocks {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judge =
            |at| self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at);
        match (judge(now), self.heard) {
            (Err(why), Some(heard)) if is_out_of_time(&why) => judge(heard),
            (judged, _) => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.judge.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.judge.root_hint_subjects()
    }
}

fn is_out_of_time(why: &Error) -> bool {
    matches!(
        why,
        Error::InvalidCertificate(
            CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. }
        )
    )
}

/// No answer came, and why. A certificate that was refused for its time lies in what carried it.
pub(super) fn no_answer(why: &ureq::Error) -> TransportError {
    let carried = match why {
        ureq::Error::Io(error) => error.get_ref().and_then(|content| content.downcast_ref::<Error>()),
        _ => None,
    };
    match carried.filter(|refused| is_out_of_time(refused)) {
        Some(refused) => TransportError::clock(refused),
        None => TransportError(why.to_string()),
    }
}
