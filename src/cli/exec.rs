//! `cygnet exec`: a command with an emulator beside it, for end-to-end tests.

use std::ffi::OsString;

use clap::Args;
use serde_json::{Value, json};

use crate::server::{self, CommandLine, Ended};
use crate::settings::{Settings, StartArgs, ValueSource};
use crate::terminal::{Printer, Stream, kept};

use super::exit::ExitCode;
use super::guide::Asks;
use super::report::{self, Failure};
use super::start;

/// What was typed after `cygnet exec`.
#[derive(Debug, Clone, Args)]
pub struct ExecArgs {
    #[command(flatten)]
    start: StartArgs,

    /// The command, which gets the address in CYGNET_URL, SWA_URL and PORT
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Starts everything on a free port, runs the command once all is ready, ends everything, and ends as the command did.
/// What the emulator says is shown only if something failed.
///
/// # Errors
/// Whatever keeps the emulator or the command from starting.
pub fn run(args: ExecArgs, earlier: StartArgs) -> Result<ExitCode, Failure> {
    let printer = Printer::kept();
    let mut words = args.command.into_iter();
    let start_args = args.start.merge(earlier);
    let is_for_programs = start::wants_json(&start_args);
    let command = CommandLine {
        // clap demands one word.
        program: words.next().unwrap_or_default(),
        args: words.collect(),
        prints_to: match is_for_programs {
            true => Stream::Stderr,
            false => Stream::Stdout,
        },
    };
    // Nobody is asked, so nobody says no.
    let Some(settings) = start::settings(&start_args, Asks::Never, |_| printer)? else {
        return Ok(ExitCode::Stopped);
    };
    let ended = server::exec(&for_tests(settings), &command, printer).map_err(Failure::from);
    if !ended.as_ref().is_ok_and(|ended| ended.exit_code == 0) {
        let said = kept::take();
        report::PRINTER.note(format_args!("--- what the emulator said:\n{said}---"));
    }
    let ended = ended?;
    if is_for_programs {
        report::json(ended_json(&ended));
    }
    Ok(ExitCode::Of(ended.exit_code))
}

/// What `--json` prints when the command has ended. Times are in milliseconds, `null` if it never began.
fn ended_json(ended: &Ended) -> Value {
    json!({
        "url": ended.url,
        "port": ended.port,
        "readyMs": ended.times.map(|times| times.ready.as_millis()),
        "commandMs": ended.times.map(|times| times.command.as_millis()),
        "exitCode": ended.exit_code,
    })
}

/// Ports are free ones unless somebody chose, so that several may run at once, and pages are as they will be deployed.
fn for_tests(mut settings: Settings) -> Settings {
    let free = |port: &mut crate::settings::Setting<u16>| {
        if port.source == ValueSource::Default {
            port.value = 0;
        }
    };
    free(&mut settings.server.port);
    free(&mut settings.api.port);
    if settings.server.live_reload.source == ValueSource::Default {
        settings.server.live_reload.value = false;
    }
    settings
}
