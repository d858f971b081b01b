//! HTTPS on the real binary: the made certificate and the user's own, and what browsers, APIs and cookies see of it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use crate::common::program::with_slashes;
use crate::emulator::{Emulator, eventually, site, write};
use crate::support::RawUpstream;
use base64::Engine as _;
use rcgen::{CertificateParams, KeyPair};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding, PrivateKeyInfo};
use rsa::rand_core::OsRng;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const READY: &str = "Azure Static Web Apps emulator started at https://localhost:";

/// An emulator that serves `folder` by HTTPS and keeps its state in `state`.
pub fn start(folder: &Path, state: &Path, args: &[&str]) -> Emulator {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(args)
        .arg("--ssl")
        .env("CYGNET_STATE_DIR", state);
    Emulator::run(command, folder)
}

/// One request over HTTP/1.1 that trusts the authority in `ca` only; the head and body as text.
pub fn ask(port: u16, ca: &Path, name: &'static str, request: &str) -> Result<String, String> {
    let mut roots = RootCertStore::empty();
    for cert in CertificateDer::pem_file_iter(ca).unwrap() {
        roots.add(cert.unwrap()).unwrap();
    }
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from(name).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket
        .set_read_timeout(Some(crate::emulator::PATIENCE))
        .unwrap();
    let mut stream = StreamOwned::new(client, socket);
    stream
        .write_all(request.as_bytes())
        .map_err(|error| error.to_string())?;
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    let mut answer = Vec::new();
    // A close without a TLS goodbye is how HTTP/1.1 servers end.
    if let Err(error) = stream.read_to_end(&mut answer)
        && answer.is_empty()
    {
        return Err(error.to_string());
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Who signs in at a host gets a cookie for HTTPS alone, and not from a page by HTTP (AU-21).
pub fn sign_in_is_for_https(port: u16, ca: &Path, host: &'static str) {
    let body = "userDetails=ada";
    let sign_in = format!(
        "POST /.auth/login/github HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: https://{host}:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let signed_in = ask(port, ca, host, &sign_in).unwrap();
    assert!(signed_in.starts_with("HTTP/1.1 302 "), "{signed_in}");
    let cookie = signed_in
        .lines()
        .find(|line| line.starts_with("set-cookie: StaticWebAppsAuthCookie="))
        .unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
    // The same host by another scheme is another origin.
    let foreign = sign_in.replace("Origin: https:", "Origin: http:");
    let refused = ask(port, ca, host, &foreign).unwrap();
    assert!(refused.starts_with("HTTP/1.1 403 "), "{refused}");
}

fn get(port: u16, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_made_certificate_serves_https_on_every_loopback_name() {
    let (folder, home) = (
        site(Some(r#"{"trailingSlash": "always"}"#)),
        tempfile::tempdir().unwrap(),
    );
    write(folder.path(), "about.html", "about");
    let upstream = RawUpstream::start(|mut stream, _| {
        let head = crate::support::read_head(&mut stream).unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            head.len()
        );
        let _ = stream.write_all(answer.as_bytes());
        let _ = stream.write_all(head.as_bytes());
    });
    let state = home.path().join("state");
    let emulator = start(
        folder.path(),
        &state,
        &["--api-devserver-url", &upstream.url()],
    );
    let output = emulator.output();
    assert!(
        output.contains(&format!("{READY}{}. Press CTRL+C to exit.", emulator.port)),
        "{output}"
    );
    let ca = state.join("tls/authority.pem");
    // On the other stream, which may be read later.
    let named = with_slashes(&format!("NODE_EXTRA_CA_CERTS={}", ca.display()));
    eventually("the way to trust it", || {
        with_slashes(&emulator.output()).contains(&named)
    });
    for name in ["localhost", "127.0.0.1", "::1"] {
        let answer = ask(emulator.port, &ca, name, &get(emulator.port, "/")).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("home"),
            "{answer}"
        );
    }
    assert!(ask(emulator.port, &ca, "other.test", &get(emulator.port, "/")).is_err());

    let port = emulator.port;
    let moved = ask(port, &ca, "localhost", &get(port, "/about")).unwrap();
    assert!(!moved.contains("http://"), "{moved}");
    let api = ask(port, &ca, "localhost", &get(port, "/api/x?y=1")).unwrap();
    assert!(
        api.contains(&format!(
            "x-ms-original-url: https://localhost:{port}/api/x?y=1"
        )),
        "{api}"
    );
    sign_in_is_for_https(port, &ca, "localhost");
}

#[test]
fn each_permitted_name_has_a_certificate_of_its_own_and_no_other_name_has_one() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let ca = home.path().join("tls/authority.pem");
    drop(start(folder.path(), home.path(), &[]));
    let names = ["--allow-host", "app.test", "--allow-host", "*.zone.test"];
    let emulator = start(folder.path(), home.path(), &names);
    // An authority that was made for other names is replaced, which whoever trusts it must know.
    emulator.wait_for_output("the former one was not made for `app.test`");
    emulator.wait_for_output("cygnet certs trust");
    let port = emulator.port;
    let page = |name: &'static str| {
        let request = get(port, "/").replace("localhost", name);
        ask(port, &ca, name, &request)
    };
    for name in [
        "pr-12.localhost",
        "app.test",
        "a.zone.test",
        "a.b.zone.test",
    ] {
        let answer = page(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{name}: {answer}");
    }
    // By the host rules; the last one only by the limits of the authority.
    for name in [
        "evil.example",
        "a.app.test",
        "zone.test",
        "x.azurewebsites.net",
    ] {
        page(name).expect_err(name);
    }
    emulator.wait_for_output("--allow-host x.azurewebsites.net");
    assert!(!emulator.output().contains("evil.example"));
    drop(emulator);
    let emulator = start(folder.path(), home.path(), &[]);
    assert!(
        !emulator.output().contains("made anew"),
        "it is good for fewer names too"
    );
}

#[test]
fn the_made_certificate_is_kept_readable_by_its_owner_only_and_used_again() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let (state, tls) = (home.path().join("state"), home.path().join("state/tls"));
    drop(start(folder.path(), &state, &[]));
    let authority = fs::read(tls.join("authority.pem")).unwrap();
    let leaf = fs::read(tls.join("localhost.pem")).unwrap();
    #[cfg(unix)]
    if !crate::emulator::is_of_windows() {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in fs::read_dir(&tls).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
    }
    let emulator = start(folder.path(), &state, &[]);
    assert!(
        !emulator.output().contains("was made"),
        "{}",
        emulator.output()
    );
    assert_eq!(authority, fs::read(tls.join("authority.pem")).unwrap());
    assert_eq!(leaf, fs::read(tls.join("localhost.pem")).unwrap());
}

#[test]
fn plain_http_at_the_tls_port_is_told_the_address_and_does_no_harm() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let emulator = start(folder.path(), home.path(), &[]);
    let mut stream = emulator.connect();
    stream
        .write_all(get(emulator.port, "/").as_bytes())
        .unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
    let url = format!("https://localhost:{}", emulator.port);
    assert!(told.contains(&url), "{told}");
    let mut garbage = emulator.connect();
    garbage.write_all(&[0x16, 3, 1, 0, 4, 1, 2, 3, 4]).unwrap();
    assert!(crate::support::closes_within(
        &mut garbage,
        Duration::from_secs(5)
    ));
    let ca = home.path().join("tls/authority.pem");
    let answer = ask(emulator.port, &ca, "localhost", &get(emulator.port, "/")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// The text of a PEM file.
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[test]
fn keys_in_every_pem_form_are_taken() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let dir = home.path();
    let certificate = |key: &KeyPair, out: &str| {
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        write(dir, out, params.self_signed(key).unwrap().pem());
    };
    let ec = KeyPair::generate().unwrap();
    certificate(&ec, "ec.pem");
    write(dir, "pkcs8.key", ec.serialize_pem());
    // SEC 1's form of a key (RFC 5915) is what PKCS #8 wraps.
    let whole = ec.serialize_der();
    let sec1 = PrivateKeyInfo::try_from(&whole[..]).unwrap().private_key;
    write(dir, "sec1.key", pem("EC PRIVATE KEY", sec1));
    let rsa = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
    let text = rsa.to_pkcs8_pem(LineEnding::LF).unwrap();
    certificate(&KeyPair::from_pem(&text).unwrap(), "rsa.pem");
    write(
        dir,
        "pkcs1.key",
        rsa.to_pkcs1_pem(LineEnding::LF).unwrap().as_bytes(),
    );
    for (form, cert, key) in [
        ("EC PRIVATE", "ec.pem", "sec1.key"),
        ("PRIVATE", "ec.pem", "pkcs8.key"),
        ("RSA PRIVATE", "rsa.pem", "pkcs1.key"),
    ] {
        let text = fs::read_to_string(dir.join(key)).unwrap();
        assert!(text.contains(&format!("BEGIN {form} KEY")), "{text}");
        let (cert, key) = (dir.join(cert), dir.join(key));
        let emulator = start(
            folder.path(),
            &dir.join("unused"),
            &["-e", cert.to_str().unwrap(), "-k", key.to_str().unwrap()],
        );
        let answer = ask(emulator.port, &cert, "localhost", &get(emulator.port, "/")).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert!(
        !dir.join("unused/tls").exists(),
        "nothing is kept for one's own certificate"
    );
}

#[test]
fn certificates_that_cannot_be_used_end_the_start_with_a_hint() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let made = |name: &str| {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        write(home.path(), &format!("{name}.pem"), made.cert.pem());
        write(
            home.path(),
            &format!("{name}.key"),
            made.signing_key.serialize_pem(),
        );
    };
    made("a");
    made("b");
    write(home.path(), "not.pem", "hello");
    for (cert, key, said) in [
        ("a.pem", "b.key", "does not belong to the certificate"),
        ("a.pem", "missing.key", "the private key"),
        ("missing.pem", "a.key", "the certificate"),
        ("not.pem", "a.key", "holds no certificate in PEM form"),
        ("a.pem", "not.pem", "holds no private key in PEM form"),
    ] {
        let path = |name: &str| home.path().join(name).display().to_string();
        let ended = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(["start", "--port", "0", "--host", "localhost", "--ssl"])
            .args(["--ssl-cert", &path(cert), "--ssl-key", &path(key)])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{stderr}");
        assert!(
            stderr.contains(said) && stderr.contains("hint: "),
            "{said}: {stderr}"
        );
    }
}

#[test]
fn a_state_folder_that_cannot_be_written_is_said() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    write(home.path(), "file", "");
    let ended = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(["--port", "0", "--host", "localhost", "--ssl"])
        .env("CYGNET_STATE_DIR", home.path().join("file"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("cannot be kept in") && stderr.contains("CYGNET_STATE_DIR"),
        "{stderr}"
    );
}
