//! Child processes that never outlive the emulator, for the Functions host and for `--run`.
//!
//! - [`group`]: one child in a process group of its own, stopped as a whole
//! - [`guard`]: a second process that kills the groups that we left behind, however we ended

pub(crate) mod group;
pub mod guard;

pub(crate) use group::{GroupChild, describe, each_line};
pub use guard::{Guard, guard_main};
