//! What lies in the folder of a Functions app, as plain data; nothing is started.
//!
//! 1. [`discovery`] — one look at all of it: [`local_settings`], [`host_json`] ([`host_json_env`], [`custom_handler`]), each
//!    `function.json` ([`function_json`], [`function`], and [`inactive`], what of it does nothing here)
//! 2. [`language_worker`], [`language`] — which [`runtime`] runs the app, and what speaks for it ([`worker_config`], [`worker_settings`], [`dotnet`],
//!    [`python_interpreter`])
//! 3. [`package`] — `package.json`
//!
//! [`validate`] finds what keeps the folder from being deployed. [`jsonc`] reads the files, [`setting_names`] judges names of settings.

pub(crate) mod custom_handler;
pub(crate) mod discovery;
pub(crate) mod dotnet;
pub(crate) mod function;
pub(crate) mod function_json;
pub(crate) mod host_json;
mod host_json_env;
pub(crate) mod inactive;
pub(crate) mod jsonc;
pub(crate) mod language;
pub(crate) mod language_worker;
pub(crate) mod local_settings;
pub(crate) mod package;
pub(crate) mod python_interpreter;
pub(crate) mod runtime;
pub mod setting_names;
pub(crate) mod validate;
pub(crate) mod worker_config;
pub(crate) mod worker_settings;
