//! From settings to a running emulator, and back to nothing: [`start`] reads in this order.
//!
//! 1. [`tls`]: the certificate, if HTTPS is asked for; [`listen`]: sockets (the port answers at once)
//! 2. [`upstreams`]: [`api`]: the backend that the settings name
//!    [`data_api`]: the database connection; [`dev_server`]: what serves the app in place of a folder, and `--run`
//! 3. [`crate::environment::load`]: the configuration; [`report`] says what is wrong with it
//! 4. [`http`] (behind TLS `https` and `http2`): workers that wait for clients within the `timeouts`, refuse hosts that are
//!    not ours (`misdirected`), and call [`crate::pipeline::handle`]
//!    [`sources`]: a folder that only a bundler understands is said to be one
//! 5. [`summary`]: what is served from where; [`request_log`]: one line a request
//! 6. [`app`]: what requests share; [`reload`]: what edits on the disk do; [`inspected`]: what the inspector learns of functions
//! 7. [`links`]: the links to backends, followed; [`backend_listener`]: the backends' own addresses; [`discovery`]: the keys of tokens
//! 8. [`control`]: how `cygnet status`, `wait` and `stop` find and reach it; [`readiness`]: whether all that the app needs answers;
//!    [`started`]: what `--json` prints of that;
//!    [`exec`]: a command beside it, if there is one; [`keys`]: what is pressed at a terminal
//! 9. [`signals`]: the end: backend processes first, then connections
//!
//! [`serve`] is the same for all deployed environments at once: [`sites`] picks one by host.

pub mod api;
mod app;
pub mod backend_listener;
pub mod control;
pub mod data_api;
pub mod dev_server;
pub mod discovery;
pub mod error;
pub mod exec;
pub mod http;
mod http2;
mod https;
mod inspected;
mod keys;
pub mod links;
pub mod listen;
mod misdirected;
pub mod readiness;
pub mod reload;
pub mod report;
pub mod request_log;
pub mod serve;
pub mod signals;
pub mod sites;
mod sources;
mod start;
mod started;
mod store_follower;
pub mod summary;
mod timeouts;
pub mod tls;
mod upstreams;

use std::time::Instant;

use crate::settings::Settings;
use crate::store::locator::Verb;
use crate::terminal::Printer;

pub use error::StartError;
pub use exec::{CommandLine, Ended, Times};
use signals::ShutdownSignals;
use start::{Started, start};

/// Runs the emulator until it is asked to stop.
///
/// # Errors
/// Whatever keeps it from starting; nothing that happens later ends it.
pub fn run(settings: &Settings) -> Result<(), StartError> {
    let printer =
        Printer::background(settings.verbosity.value.into()).for_programs(settings.json.value);
    start(
        settings,
        printer,
        Verb::Start,
        async |started: Started, signals: &mut ShutdownSignals| {
            tokio::select! {
                _ = signals.wait() => {}
                () = keys::until_quit(&started, printer) => {}
            }
        },
    )
    .map(drop)
}

/// Runs the emulator, and the command once everything is ready; ends with the command. Messages go to `printer`.
///
/// # Errors
/// Whatever keeps either from starting.
pub fn exec(
    settings: &Settings,
    command: &CommandLine,
    printer: Printer,
) -> Result<Ended, StartError> {
    let begun = Instant::now();
    let ended = start(
        settings,
        printer,
        Verb::Exec,
        async |started: Started, signals: &mut ShutdownSignals| {
            let ended = |exit_code: u8, times: Option<Times>| Ended {
                url: started.url.clone(),
                port: started.port,
                exit_code,
                times,
            };
            tokio::select! {
                ready = started.readiness.ready() => ready.map_err(|what| StartError::NotReady { what })?,
                // As a shell says that it was interrupted.
                _ = signals.wait() => return Ok(ended(130, None)),
            }
            let ready = begun.elapsed();
            let code = exec::run(command, (&started.url, started.port), signals).await?;
            Ok(ended(
                code,
                Some(Times {
                    ready,
                    command: begun.elapsed() - ready,
                }),
            ))
        },
    )?;
    ended.unwrap_or(Err(StartError::Ended))
}
