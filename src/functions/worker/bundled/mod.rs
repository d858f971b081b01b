//! Worker programs of our own: [`node`] and [`python`], spoken to alike.
//!
//! 1. what the app needs before it can start: [`install`] ([`package_manager`]), [`typescript`]; [`python_packages`] ([`python_installer`])
//! 2. [`bundled_worker`] ([`embedded_files`]) — one process from its command line to "ready"
//! 3. [`worker_http`], [`protocol`] — a call; [`events`] — its log

pub(crate) mod bundled_worker;
pub(crate) mod embedded_files;
pub(crate) mod events;
pub(crate) mod install;
pub(crate) mod node;
pub(crate) mod package_manager;
pub(crate) mod protocol;
pub(crate) mod python;
mod python_installer;
pub(crate) mod python_packages;
pub(crate) mod typescript;
pub(crate) mod worker_http;
