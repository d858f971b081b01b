//! What lies in the folder of a Functions app, as plain data; nothing is started.
//!
//! 1. [`discovery`] — one look at all of it: [`local_settings`], [`host_json`] ([`host_json_env`], [`custom_handler`]), each
//!    `function.json`
//! 2. [`language_worker`], [`runtime`] — what runs the app, and what speaks for it ([`worker_config`], [`dotnet`])
//! 3. [`package`] — `package.json`
//!
//! [`validate`] finds what keeps the folder from being deployed. [`jsonc`] reads the files, [`setting_names`] judges names of settings,
//! [`run_options`] is what the user asked for.

pub(crate) mod custom_handler;
pub(crate) mod discovery;
pub(crate) mod dotnet;
pub(crate) mod host_json;
mod host_json_env;
pub(crate) mod jsonc;
pub(crate) mod language_worker;
pub(crate) mod local_settings;
pub(crate) mod package;
pub mod run_options;
pub(crate) mod runtime;
pub mod setting_names;
pub(crate) mod validate;
pub(crate) mod worker_config;
