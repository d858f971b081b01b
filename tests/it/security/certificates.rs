//! The certificate authority of `--ssl`, which people are asked to trust: it is worth nothing for hosts of others.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use crate::emulator::{Emulator, site};

fn start(folder: &Path, state: &Path) -> Emulator {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.arg("--ssl").env("CYGNET_STATE_DIR", state);
    Emulator::run(command, folder)
}

fn read(state: &Path, name: &str) -> String {
    fs::read_to_string(state.join("tls").join(name)).unwrap()
}

/// Whether a client that trusts the authority takes a certificate for a host.
fn takes(authority: &str, leaf: &str, host: &'static str) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider);
    let leaf = CertificateDer::from_pem_slice(leaf.as_bytes()).unwrap();
    let name = ServerName::try_from(host).unwrap();
    let verifier = verifier.build().unwrap();
    let verified = verifier.verify_server_cert(&leaf, &[], &name, &[], UnixTime::now());
    verified.map(drop)
}

#[test]
fn the_authority_signs_for_this_machine_only() {
    let (folder, state) = (site(None), tempfile::tempdir().unwrap());
    drop(start(folder.path(), state.path()));
    let authority = read(state.path(), "authority.pem");
    let key = KeyPair::from_pem(&read(state.path(), "authority-key.pem")).unwrap();
    let issuer = Issuer::from_ca_cert_pem(&authority, key).unwrap();
    let signed = |host: &str| {
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        params.signed_by(&key, &issuer).unwrap().pem()
    };
    for host in [
        "localhost",
        "shop.localhost",
        "127.0.0.1",
        "127.3.2.1",
        "::1",
    ] {
        takes(&authority, &signed(host), host).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    for host in ["example.com", "notlocalhost", "192.0.2.7", "2001:db8::1"] {
        assert!(takes(&authority, &signed(host), host).is_err(), "{host}");
    }
    let made = read(state.path(), "localhost.pem");
    for host in ["localhost", "127.0.0.1", "::1"] {
        takes(&authority, &made, host).unwrap_or_else(|error| panic!("{host}: {error}"));
    }
}

/// As earlier versions made it.
#[test]
fn an_authority_for_any_host_is_made_anew_and_that_is_said() {
    let (folder, state) = (site(None), tempfile::tempdir().unwrap());
    drop(start(folder.path(), state.path()));
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let any = params.self_signed(&key).unwrap().pem();
    fs::write(state.path().join("tls/authority.pem"), &any).unwrap();
    let key = key.serialize_pem();
    fs::write(state.path().join("tls/authority-key.pem"), key).unwrap();
    let emulator = start(folder.path(), state.path());
    emulator.wait_for_output("the local certificate authority is made anew");
    emulator.wait_for_output("trusts the new one in its place");
    drop(emulator);
    assert_ne!(read(state.path(), "authority.pem"), any);
    let again = start(folder.path(), state.path());
    assert!(!again.output().contains("made anew"), "{}", again.output());
}
