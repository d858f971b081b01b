//! Child processes that never outlive the emulator: workers of the Functions host, `--run`, Data API Builder, watchers,
//! installers.
//!
//! - [`service`]: one program, what it prints, whether it is ready, its end
//! - [`group`]: one child in a process group of its own, stopped as a whole
//! - [`program_path`]: whether a program can be started by its name
//! - [`descriptors`]: how many files we and they may open
//! - [`socket_owner`]: whether they, and nobody else of this machine, are at the other end of a connection
//! - [`guard`]: a second process that kills the groups that we left behind, however we ended

pub mod descriptors;
mod group;
pub mod guard;
mod program_path;
pub mod service;
mod socket_owner;

pub(crate) use group::describe;
pub use guard::{Guard, guard_main};
pub(crate) use program_path::is_on_path;
pub(crate) use service::{Service, free_port};
pub use service::{ServiceState, Supervised};
pub(crate) use socket_owner::{is_strangers_connection, is_strangers_port};
