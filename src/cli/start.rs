//! `cygnet start`, and `cygnet` alone: settings, then the server.

use log::Level;

use crate::settings::{self, ProcessEnv, Settings, StartArgs, Verbosity, options, table};

use super::exit::ExitCode;
use super::report::{self, Failure};

/// Resolves the settings and hands them to `serve`, which returns once it was asked to stop.
///
/// # Errors
/// Whatever keeps the emulator from starting; nothing was printed about it yet.
pub fn run(
    args: &StartArgs,
    serve: impl FnOnce(Settings) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let process_env = ProcessEnv::of_process()?;
    let mut notices = Vec::new();
    let resolved = settings::resolve(args, &process_env, &mut notices);
    let verbosity = match &resolved {
        Ok(settings) => settings.verbosity.value,
        Err(_) => args.typed().get(&options::VERBOSE).unwrap_or_default(),
    };
    start_log(verbosity);
    for notice in &notices {
        match notice.level {
            Level::Error | Level::Warn if verbosity != Verbosity::Silent => report::warning(notice),
            level => log::log!(level, "{}", notice.message),
        }
    }
    let settings = resolved?;
    if settings.print_config.value {
        report::data(&table::table(&settings));
    }
    serve(settings)?;
    Ok(ExitCode::Stopped)
}

/// Diagnostics go to standard error; `RUST_LOG` has the last word.
pub(super) fn start_log(verbosity: Verbosity) {
    let filter = match verbosity {
        Verbosity::Silly => "warn,cygnet=trace",
        Verbosity::Info => "warn,cygnet=info",
        Verbosity::Log => "warn",
        Verbosity::Silent => "error",
    };
    let environment = env_logger::Env::default().default_filter_or(filter);
    // A second start in one process (tests) keeps the first logger.
    let _ = env_logger::Builder::from_env(environment).try_init();
}
