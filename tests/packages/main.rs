//! What needs the npm registry and minutes: dev servers as people install them, and this repository as a fresh clone.
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

use common::emulator;

mod bench;
mod dev_servers;
mod fresh_clone;
mod npm;
