//! HTTP as the emulator speaks it itself; nothing in here knows Azure.
//!
//! - [`body`]: the body type that rooms hand to one another
//! - [`error`]: an error with its causes

pub mod body;
pub mod error;
