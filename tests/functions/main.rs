//! The Functions host with what it hosts: Node.js and Python, with their packages from npm and PyPI, and the four backends
//! that are linked in the languages of their libraries.
//! Unix only: its apps have their packages by links, and processes are known by their numbers. `tests/windows.sh` runs what goes
//! through the front door against `cygnet.exe`, from Linux.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "clippy.toml spares tests, not their helpers"
)]
#![allow(
    clippy::type_complexity,
    reason = "tables of cases say their shape once"
)]

#[path = "../common/mod.rs"]
mod common;
mod support;

use common::{deployed, emulator, linked};

mod backend_libraries;
mod custom;
mod each_language;
mod environments;
mod grpc;
mod inspector;
mod installs;
mod lifecycle;
mod limits;
mod live;
mod load;
mod many;
mod node;
mod node_as_official;
mod official_workers;
mod output;
mod packages;
mod port;
mod port_framing;
mod processes;
mod python;
mod python_as_official;
mod python_stream;
mod roles_source;
mod same;
mod slow_starts;
mod start;
mod typescript;
