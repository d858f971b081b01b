//! Backends behind TLS on this machine: their self-signed certificates are taken.

use std::{
    io::{Read, Write},
    sync::{Arc, mpsc},
};

use crate::support::Edge;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// A TLS server with a certificate of its own making, for a name that nobody asks for; ends with the test.
fn tls_upstream() -> u16 {
    let made = rcgen::generate_simple_self_signed(["somebody.else".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (started, port) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            started.send(listener.local_addr().unwrap().port()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut head = Vec::new();
                    loop {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => return,
                        }
                        if head.ends_with(b"\r\n\r\n") {
                            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                            stream.write_all(answer).await.unwrap();
                            stream.flush().await.unwrap();
                            head.clear();
                        }
                    }
                });
            }
        });
    });
    port.recv().unwrap()
}

#[test]
fn a_self_signed_backend_on_this_machine_is_taken() {
    let port = tls_upstream();
    for host in ["127.0.0.1", "localhost"] {
        let edge = Edge::before(&format!("https://{host}:{port}"));
        for _ in 0..2 {
            let answer = edge.get("/api/x");
            assert_eq!((answer.status, &*answer.text()), (200, "ok"), "{host}");
        }
    }
}

#[test]
fn ap_42_a_scheme_that_the_backend_does_not_speak_is_a_failure_with_its_cause() {
    let port = tls_upstream();
    let edge = Edge::before(&format!("http://127.0.0.1:{port}"));
    assert_eq!(edge.get("/api/x").status, 500);
    edge.note(&format!("http://127.0.0.1:{port}"));

    let plain = crate::support::RawUpstream::start(|mut stream, _| {
        stream.read_exact(&mut [0]).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    let edge = Edge::before(&format!("https://{}", plain.address));
    let answer = edge.get("/api/x");
    assert_eq!(
        (answer.status, &*answer.text()),
        (500, "Backend call failure")
    );
    edge.note("cannot connect to https://");
}
