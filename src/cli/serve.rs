//! `cygnet serve`: the deployed environments, each at its host.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::deployments::ProjectArgs;
use super::exit::ExitCode;
use super::report::Failure;
use super::start::start_log;
use crate::backend::Limits;
use crate::deployment::model::ServedAt;
use crate::environment::personas::PersonaFiles;
use crate::server::serve::{self, ServeRequest};
use crate::server::sites::builder::Common;
use crate::settings::args::{OptionArgs, OptionSet};
use crate::settings::descriptor::Descriptor;
use crate::settings::layers::Layers;
use crate::settings::{ProcessEnv, StartArgs, options, tls};
use crate::terminal::Printer;

/// What was typed after `cygnet serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    options: OptionArgs<ServeOptions>,

    /// Seconds without a call after which managed functions are stopped, 0 for never; the next call starts them
    #[arg(long, value_name = "SECONDS", default_value_t = 1200)]
    idle: u64,

    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Default)]
struct ServeOptions;

impl OptionSet for ServeOptions {
    fn options() -> &'static [&'static Descriptor] {
        static OPTIONS: [&Descriptor; 15] = [
            &options::PORT.descriptor,
            &options::HOST.descriptor,
            &options::ALLOW_HOST.descriptor,
            &options::INSPECT_FROM.descriptor,
            &options::NO_INSPECT.descriptor,
            &options::SSL.descriptor,
            &options::SSL_CERT.descriptor,
            &options::SSL_KEY.descriptor,
            &options::API_TIMEOUT.descriptor,
            &options::NO_INSTALL.descriptor,
            &options::STRICT.descriptor,
            &options::CLIENT_IP.descriptor,
            &options::PROD_ERRORS.descriptor,
            &options::AUTH.descriptor,
            &options::VERBOSE.descriptor,
        ];
        &OPTIONS
    }

    fn heading(_: &Descriptor) -> Option<&'static str> {
        None
    }
}

/// Serves until it is asked to stop.
pub fn run(args: &ServeArgs, _earlier: &StartArgs) -> Result<ExitCode, Failure> {
    // The file and the variables are about the app of this folder, not about what was deployed from it.
    let layers = Layers {
        typed: &args.options.typed,
        configuration: None,
        process_env: &ProcessEnv::default(),
        base: Path::new(""),
    };
    let verbosity = layers.get(&options::VERBOSE)?.value;
    let printer = Printer::background(verbosity.into()).for_programs(args.project.json);
    start_log(verbosity, printer);
    let mut notices = Vec::new();
    let tls = tls::choose(&layers, &mut notices)?.value;
    for notice in &notices {
        printer.warning(&notice.message, notice.hint.as_deref());
    }
    let port = layers.get(&options::PORT)?.value;
    let strict = layers.get(&options::STRICT)?.value;
    let paths = args.project.paths()?;
    serve::run(&ServeRequest {
        host: layers.get(&options::HOST)?.value,
        allow_host: layers.get(&options::ALLOW_HOST)?.value,
        inspect: !layers.get(&options::NO_INSPECT)?.value,
        inspect_from: layers.get(&options::INSPECT_FROM)?.value,
        port,
        tls,
        auth: layers.get(&options::AUTH)?.value,
        common: Common {
            personas: Arc::new(PersonaFiles::new(paths.project().to_path_buf(), None)),
            paths,
            // What it listens on is known later.
            at: ServedAt {
                port,
                secure: false,
            },
            sign_in: None,
            strict,
            client_ip: layers.optional(&options::CLIENT_IP)?.value,
            prod_errors: layers.get(&options::PROD_ERRORS)?.value,
            limits: Limits {
                timeout: layers.get(&options::API_TIMEOUT)?.value,
                is_strict: strict,
                ..Limits::default()
            },
            install: !layers.get(&options::NO_INSTALL)?.value,
            idle: match args.idle {
                0 => Duration::MAX,
                seconds => Duration::from_secs(seconds),
            },
            printer,
        },
    })?;
    Ok(ExitCode::Stopped)
}
