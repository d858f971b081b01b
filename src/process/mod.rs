//! Child processes that never outlive the emulator: workers of the Functions host, `--run`, Data API Builder, watchers,
//! installers.
//!
//! - [`ask()`]: a short question to a program, and its answer
//! - [`service`]: one program, what it prints, whether it is ready, its end
//! - [`program`]: programs by their names, as a shell finds them
//! - `group`: one child in a process group of its own, stopped as a whole; `job` is the same on Windows
//! - `descriptors`: how many files we and they may open
//! - [`socket_owner`]: whether they, and nobody else of this machine, are at the other end of a connection
//! - [`port_holder()`]: which program has a port that we want
//! - `terminal_guard`: a process that restores the terminal when we were killed
//! - `guard`: a second process that kills the groups that we left behind, however we ended; on Windows the system does

mod ask;
#[cfg(unix)]
pub mod descriptors;
#[cfg(unix)]
mod group;
#[cfg(unix)]
mod guard;
#[cfg(windows)]
mod job;
mod port_holder;
pub(crate) mod program;
pub mod service;
#[cfg(target_os = "linux")]
mod socket_owner;
#[cfg(unix)]
mod terminal_guard;
/// Elsewhere nothing is known, and nothing is refused.
#[cfg(not(target_os = "linux"))]
mod socket_owner {
    use std::net::SocketAddr;

    pub(crate) fn is_strangers_connection(_: SocketAddr, _: SocketAddr) -> bool {
        false
    }

    pub(crate) fn is_strangers_port(_: u16) -> bool {
        false
    }

    pub(crate) fn listener(_: u16) -> Option<(u32, String)> {
        None
    }
}

pub(crate) use ask::ask;
#[cfg(unix)]
use group::GroupChild;
#[cfg(unix)]
pub(crate) use group::describe;
#[cfg(unix)]
pub use guard::{GUARD_ARGUMENT, Guard, guard_main};
#[cfg(windows)]
pub use job::Guard;
#[cfg(windows)]
pub(crate) use job::{GroupChild, describe};
pub(crate) use port_holder::port_holder;
pub(crate) use service::{Service, free_port};
pub use service::{ServiceState, Supervised};
pub(crate) use socket_owner::{is_strangers_connection, is_strangers_port};
#[cfg(unix)]
pub use terminal_guard::{TERMINAL_GUARD_ARGUMENT, TerminalGuard, terminal_guard_main};
