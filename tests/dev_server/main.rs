//! Dev-server mode through the front door: the real binary before upstreams of raw bytes. The real dev servers have
//! their own tests, `dev_servers_npm`.
//!
//! - `answers`: rules, fallback, overrides, headers over what the dev server says
//! - `sockets`: WebSockets
//! - `waiting`: a dev server that is not up, and where it listens
//! - `command`: `--run`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod command;
#[path = "../emulator/mod.rs"]
mod emulator;
mod site;
mod sockets;
#[path = "../support/mod.rs"]
mod support;
mod waiting;
