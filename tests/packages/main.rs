//! What needs the npm registry and minutes: dev servers as people install them, and this repository as a fresh clone.
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

use common::emulator;

mod dev_servers;
mod fresh_clone;
