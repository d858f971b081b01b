//! Child processes that never outlive the emulator: workers of the Functions host, `--run`, Data API Builder, watchers,
//! installers.
//!
//! - [`service`]: one program, what it prints, whether it is ready, its end
//! - [`group`]: one child in a process group of its own, stopped as a whole
//! - [`descriptors`]: how many files we and they may open
//! - [`guard`]: a second process that kills the groups that we left behind, however we ended

pub mod descriptors;
mod group;
pub mod guard;
pub mod service;

pub(crate) use group::describe;
pub use guard::{Guard, guard_main};
pub(crate) use service::{Service, free_port};
pub use service::{ServiceState, Supervised};
