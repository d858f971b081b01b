//! TLS to a server: certificates of this machine's own programs are taken as they are, all others are verified.

use std::sync::{Arc, OnceLock};

use hyper_rustls::ConfigBuilderExt;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::Origin;

/// Whose certificates are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Everyone's: a server on this machine.
    AnyCertificate,
    /// Those that the system trusts.
    System,
}

impl Trust {
    pub(crate) fn of(origin: &Origin) -> Self {
        if origin.is_loopback() {
            Self::AnyCertificate
        } else {
            Self::System
        }
    }
}

/// The TLS settings of a client; made once, because reading the system's certificates takes time.
pub(crate) fn client_config(trust: Trust) -> Result<Arc<ClientConfig>, Error> {
    static ANY: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let slot = match trust {
        Trust::AnyCertificate => &ANY,
        Trust::System => &SYSTEM,
    };
    if let Some(config) = slot.get() {
        return Ok(Arc::clone(config));
    }
    let config = Arc::new(build(trust)?);
    Ok(Arc::clone(slot.get_or_init(|| config)))
}

fn build(trust: Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    if trust == Trust::AnyCertificate {
        return Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            .with_no_client_auth());
    }
    match builder.clone().with_native_roots() {
        Ok(builder) => Ok(builder.with_no_client_auth()),
        Err(error) => {
            log::warn!("the system's certificates cannot be read, using Mozilla's: {error}");
            Ok(builder.with_webpki_roots().with_no_client_auth())
        }
    }
}

/// Takes any certificate; only for addresses of this machine, where dev servers sign their own.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use rustls::{ClientConnection, ServerConfig, ServerConnection, pki_types::PrivateKeyDer};

    use super::*;

    /// A handshake in memory with a server that made its certificate itself.
    fn handshake(trust: Trust) -> Result<(), Error> {
        let made = rcgen::generate_simple_self_signed(["app.example".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        let name = ServerName::try_from("app.example").unwrap();
        let mut client = ClientConnection::new(client_config(trust)?, name)?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut bytes = Vec::new();
            client.write_tls(&mut bytes).unwrap();
            server.read_tls(&mut &*bytes).unwrap();
            server.process_new_packets()?;
            bytes.clear();
            server.write_tls(&mut bytes).unwrap();
            client.read_tls(&mut &*bytes).unwrap();
            client.process_new_packets()?;
        }
        Ok(())
    }

    #[test]
    fn self_signed_certificates_are_taken_from_this_machine_only() {
        assert_eq!(handshake(Trust::AnyCertificate), Ok(()));
        assert!(matches!(
            handshake(Trust::System),
            Err(Error::InvalidCertificate(_))
        ));
    }
}
