//! HTTP as the emulator speaks it itself; nothing in here knows Azure.
//!
//! - [`body`]: the body type that rooms hand to one another

pub mod body;
