//! The Rust of the worker protocol is checked in, so that a build needs no compiler of protocol buffers; it must be
//! what `proto/function_rpc.proto` makes. `CYGNET_UPDATE_GENERATED=1` writes it anew.

use std::path::Path;

const GENERATED: &str = "src/functions/worker/grpc/proto/azure_functions_rpc_messages.rs";

#[test]
fn generated_protocol_is_that_of_the_interface() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let interface = protox::compile(
        [root.join("proto/function_rpc.proto")],
        [root.join("proto")],
    );
    let made = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .build_client(false)
        .build_transport(false)
        // Bodies are handed on, not copied.
        .bytes(".")
        .out_dir(made.path())
        .compile_fds(interface.unwrap())
        .unwrap();
    let made = made.path().join("azure_functions_rpc_messages.rs");
    let made = std::fs::read_to_string(made).unwrap();
    let path = root.join(GENERATED);
    if std::env::var_os("CYGNET_UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        made == checked_in,
        "{GENERATED} is not what the interface makes: CYGNET_UPDATE_GENERATED=1 cargo test generated_protocol"
    );
}
