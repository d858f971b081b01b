//! Dev-server mode through the front door: the real binary before upstreams of raw bytes. The real dev servers have
//! their own tests, `packages`.
//!
//! - `answers`: rules, fallback, overrides, headers over what the dev server says
//! - `sockets`: WebSockets
//! - `waiting`: a dev server that is not up, and where it listens
//! - `command`: `--run`

mod answers;
mod command;
mod site;
mod sockets;
mod waiting;

pub(crate) use site::{page, server};
