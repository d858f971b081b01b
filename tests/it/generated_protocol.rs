//! The Rust of the worker protocol is checked in, so that a build needs no compiler of protocol buffers; it must be
//! what `proto/function_rpc.proto` makes. `CYGNET_UPDATE_GENERATED=1` writes it anew.

use std::path::Path;

use prost_types::FileDescriptorProto;
use prost_types::source_code_info::Location;

const GENERATED: &str = "src/functions/worker/grpc/proto/azure_functions_rpc_messages.rs";

#[test]
fn generated_protocol_is_that_of_the_interface() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut interface = protox::compile(
        [root.join("proto/function_rpc.proto")],
        [root.join("proto")],
    )
    .unwrap();
    interface.file.iter_mut().for_each(list_entries);
    let made = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .build_client(false)
        .build_server(false)
        .build_transport(false)
        // Bodies are handed on, not copied.
        .bytes(".")
        .out_dir(made.path())
        .compile_fds(interface)
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

/// Lists of entries are the same on the wire as maps, and keep the order of the caller: those of a call become lists.
fn list_entries(file: &mut FileDescriptorProto) {
    let mut places = Vec::new();
    for (at, message) in file.message_type.iter_mut().enumerate() {
        if !["RpcHttp", "InvocationRequest"].contains(&message.name()) {
            continue;
        }
        for (nested, entry) in message.nested_type.iter_mut().enumerate() {
            entry.options = None;
            // The compiler names no place for what the source does not spell out: the message, its key, its value.
            let path = [4, at, 3, nested].map(|step| i32::try_from(step).unwrap());
            let fields = [0, 1].map(|field| [&path[..], &[2, field]].concat());
            places.extend([path.to_vec()].into_iter().chain(fields));
        }
    }
    let Some(source) = &mut file.source_code_info else {
        return;
    };
    source
        .location
        .extend(places.into_iter().map(|path| Location {
            path,
            span: vec![0, 0, 0],
            ..Location::default()
        }));
    source.location.sort_by(|a, b| a.path.cmp(&b.path));
}
