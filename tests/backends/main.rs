//! Linked backends through the real binary: `cygnet backends`, the front door, the gate.
#![allow(
    clippy::type_complexity,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod api_management;
mod commands;
#[path = "../emulator/mod.rs"]
mod emulator;
mod libraries;
mod locks;
mod site;
