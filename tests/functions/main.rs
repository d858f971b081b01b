//! The Functions host with what it hosts: Node.js and Python, with their packages from npm and PyPI, and the four backends
//! that are linked in the languages of their libraries.
// clippy.toml spares tests, not their helpers; a helper that nobody outside this crate can reach is still `pub` to its
// neighbours.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

#[path = "../common/mod.rs"]
mod common;
mod support;

use common::{deployed, emulator, linked};

mod backend_libraries;
mod custom;
mod deployed_functions;
mod grpc;
mod limits;
mod node;
mod port;
mod processes;
mod python;
mod python_processes;
mod python_stream;
mod same;
mod typescript;
