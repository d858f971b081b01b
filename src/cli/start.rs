//! `cygnet start`, and `cygnet` alone: settings, then the server.

use crate::finding::Severity;
use crate::settings::{self, ProcessEnv, Settings, StartArgs, Verbosity, options, table};
use crate::terminal::{Printer, logger};

use super::exit::ExitCode;
use super::guide::{self, Asks};
use super::report::Failure;

/// Resolves the settings and hands them to `serve`, which returns once it was asked to stop.
///
/// # Errors
/// Whatever keeps the emulator from starting; nothing was printed about it yet.
pub fn run(
    args: &StartArgs,
    serve: impl FnOnce(Settings) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let is_for_programs = wants_json(args);
    let printer =
        |verbosity: Verbosity| Printer::background(verbosity.into()).for_programs(is_for_programs);
    let asks = match is_for_programs {
        true => Asks::Never,
        false => Asks::OnTerminal,
    };
    if let Some(settings) = settings(args, asks, printer)? {
        serve(settings)?;
    }
    Ok(ExitCode::Stopped)
}

/// Resolves the settings, and starts the log on the printer for them. `None`: the user was asked what to serve, and does
/// not want to start.
///
/// # Errors
/// As [`run`].
pub(super) fn settings(
    args: &StartArgs,
    asks: Asks,
    printer: impl FnOnce(Verbosity) -> Printer,
) -> Result<Option<Settings>, Failure> {
    let process_env = ProcessEnv::of_process()?;
    let mut notices = Vec::new();
    let resolved = settings::resolve(args, &process_env, &mut notices);
    let verbosity = match &resolved {
        Ok(settings) => settings.verbosity.value,
        Err(_) => args.typed().get(&options::VERBOSE).unwrap_or_default(),
    };
    let printer = printer(verbosity);
    start_log(verbosity, printer);
    for notice in &notices {
        match notice.severity {
            Severity::Note => log::debug!("{}", notice.message),
            _ => printer.warning(&notice.message, notice.hint.as_deref()),
        }
    }
    let mut settings = resolved?;
    if !guide::complete(&mut settings, args, asks, printer)? {
        return Ok(None);
    }
    if settings.print_config.value {
        printer.data(&table::table(&settings));
    }
    Ok(Some(settings))
}

/// Whether `--json` was typed.
pub(super) fn wants_json(args: &StartArgs) -> bool {
    args.typed().get(&options::JSON).unwrap_or_default()
}

/// Diagnostics go to standard error; `RUST_LOG` has the last word.
pub(super) fn start_log(verbosity: Verbosity, printer: Printer) {
    let filter = match verbosity {
        Verbosity::Silly => "warn,cygnet=trace",
        // Every malformed request is an error to actix, and anybody can send one.
        Verbosity::Info => "warn,actix_http=off,cygnet=info",
        Verbosity::Log => "warn,actix_http=off",
        Verbosity::Silent => "error,actix_http=off",
    };
    logger::start(filter, printer);
}
