//! `cygnet deploy` and the verbs beside it: what is refused, what is made, what survives.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod commands;
mod faults;
mod life;
#[cfg(unix)]
mod links;
mod project;
mod refusals;
