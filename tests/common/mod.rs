//! What the test programs share. Each uses a part of it.
#![allow(dead_code)]

pub mod deployed;
pub mod emulator;
pub mod linked;
