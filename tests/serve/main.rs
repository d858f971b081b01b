//! `cygnet serve`: every deployed environment at its host, through the front door of the real binary.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

#[path = "../emulator/mod.rs"]
mod emulator;

mod app;
mod functions;
mod guests;
mod hosts;
mod lasting;
mod life;
mod password;
