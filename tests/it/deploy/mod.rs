//! `cygnet deploy` and the verbs beside it: what is refused, what is made, what survives.

mod commands;
mod faults;
mod life;
#[cfg(unix)]
mod links;
mod project;
#[cfg(target_os = "linux")]
mod reflinks;
mod refusals;
