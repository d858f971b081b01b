//! `cygnet serve`: the deployed environments, each at its host.

use std::net::IpAddr;
use std::time::Duration;

use clap::Args;

use super::deployments::ProjectArgs;
use super::exit::ExitCode;
use super::report::Failure;
use super::start::start_log;
use crate::backend::Limits;
use crate::server::serve::{self, Wanted};
use crate::server::sites::builder::Common;
use crate::settings::args::Timeout;
use crate::settings::{self, Verbosity, parse};
use crate::terminal::Printer;

/// What was typed after `cygnet serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Port of all hosts, 0 to pick a free one
    #[arg(short, long, value_parser = parse::port, default_value = "4280")]
    port: u16,

    /// Host name or address to listen on
    #[arg(short = 'q', long, value_parser = parse::host, default_value = "localhost")]
    host: String,

    /// Seconds that an API may take to answer, 0 for no limit [default: 45]
    #[arg(long, value_name = "SECONDS", value_parser = parse::timeout)]
    api_timeout: Option<Timeout>,

    /// Seconds without a call after which managed functions are stopped, 0 for never; the next call starts them
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    idle: u64,

    /// Do not install missing dependencies of the functions
    #[arg(long)]
    no_install: bool,

    /// Enforce for local callers too what Azure enforces at its edge, and send API responses when they are complete
    #[arg(long)]
    strict: bool,

    /// Judge requests as coming from this address
    #[arg(long, value_name = "ADDR", value_parser = parse::address)]
    client_ip: Option<IpAddr>,

    /// How much to say [default: log; info when given alone]
    #[arg(short = 'V', long, value_name = "PREFIX", value_enum, ignore_case = true, num_args = 0..=1, default_missing_value = "info")]
    verbose: Option<Verbosity>,

    #[command(flatten)]
    project: ProjectArgs,
}

/// Serves until it is asked to stop.
///
/// # Errors
/// Whatever keeps it from starting.
pub fn run(args: &ServeArgs, _earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let verbosity = args.verbose.unwrap_or_default();
    let printer = Printer::background(verbosity.into());
    start_log(verbosity, printer);
    let limits = Limits::default();
    serve::run(&Wanted {
        host: args.host.clone(),
        port: args.port,
        common: Common {
            paths: args.project.paths(),
            port: args.port,
            strict: args.strict,
            client_ip: args.client_ip,
            limits: Limits {
                timeout: args.api_timeout.unwrap_or(limits.timeout),
                buffers_responses: args.strict,
                ..limits
            },
            install: !args.no_install,
            idle: match args.idle {
                0 => Duration::MAX,
                seconds => Duration::from_secs(seconds),
            },
            printer,
        },
    })?;
    Ok(ExitCode::Stopped)
}
