//! `cygnet deploy` and the verbs beside it: what is refused, what is made, what survives.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod commands;
mod faults;
mod life;
mod project;
mod refusals;
