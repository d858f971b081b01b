//! What the test programs share.
#![allow(dead_code, reason = "each program uses a part")]

pub mod deployed;
pub mod emulator;
pub mod framing;
pub mod http;
pub mod linked;
pub mod oidc;
pub mod page;
pub mod process;
pub mod program;
#[cfg(unix)]
pub mod pty;
pub mod python;
pub mod random;
pub mod sign_in;
pub mod unread;
pub mod walk;
