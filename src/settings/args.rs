//! The command line of `start`, exactly as typed: what was not typed is `None`.

use std::net::IpAddr;
use std::time::Duration;

use clap::{ArgAction, Args};
use http::Uri;

use crate::functions::ApiHost;
use crate::link::BackendKind;

use super::compat::CompatArgs;
use super::data_api::DataApiArgs;
use super::parse;
use super::tls::TlsArgs;
use super::types::Verbosity;

const APP: &str = "App";
const API: &str = "API";
const SERVER: &str = "Server";
const REQUESTS: &str = "Requests";
const RELOAD: &str = "Reload";
const CONFIGURATION: &str = "Settings";

/// What was typed after `cygnet` or `cygnet start`.
#[derive(Debug, Clone, Default, Args)]
pub struct StartArgs {
    /// A configuration of swa-cli.config.json, the folder to serve, or the URL of the app's dev server
    #[arg(value_name = "CONFIG-NAME | FOLDER | URL")]
    pub target: Option<String>,

    /// Folder with the source of the app [default: .]
    #[arg(short, long, value_name = "FOLDER", help_heading = APP)]
    pub app_location: Option<String>,

    /// Folder with the built app, to serve; relative to the app location, else to the base folder [default: .]
    #[arg(short = 'O', long, value_name = "FOLDER", help_heading = APP)]
    pub output_location: Option<String>,

    /// URL of the dev server that serves the app, in place of a folder
    #[arg(short = 'D', long, value_name = "URL", value_parser = parse::url, help_heading = APP)]
    pub app_devserver_url: Option<Uri>,

    /// Command that starts the dev server (`npm:dev`, `npx:vite`, a file, or words for the shell), in the app location
    #[arg(short, long, value_name = "COMMAND", help_heading = APP)]
    pub run: Option<String>,

    /// Seconds after which a dev server that does not answer is complained about, 0 for never [default: 60]
    #[arg(short = 't', long, value_name = "SECONDS", value_parser = parse::timeout, help_heading = APP)]
    pub devserver_timeout: Option<Timeout>,

    /// Folder with staticwebapp.config.json [default: the app location]
    #[arg(short = 'w', long, value_name = "FOLDER", help_heading = APP)]
    pub swa_config_location: Option<String>,

    /// Folder with the Functions app that answers /api, or the URL of one that runs
    #[arg(short = 'i', long, value_name = "FOLDER | URL", help_heading = API)]
    pub api_location: Option<String>,

    /// URL of the server that answers /api (also -is)
    #[arg(long, visible_alias = "api-url", value_name = "URL", value_parser = parse::url, help_heading = API)]
    pub api_devserver_url: Option<Uri>,

    /// What stands at the URL of the API, as Azure would link it [default: functions]
    #[arg(long, value_name = "KIND", value_enum, help_heading = API)]
    pub api_kind: Option<BackendKind>,

    /// Seconds that the API may take to answer, 0 for no limit [default: 45]
    #[arg(long, value_name = "SECONDS", value_parser = parse::timeout, help_heading = API)]
    pub api_timeout: Option<Timeout>,

    /// Port at which the functions of the API folder can be called directly too, 0 to pick a free one [default: 7071, if free]
    #[arg(short = 'j', long, value_name = "PORT", value_parser = parse::port, help_heading = API)]
    pub api_port: Option<u16>,

    /// What runs the functions of the API folder [default: auto, by the app's files]
    #[arg(long, value_name = "HOST", value_enum, help_heading = API)]
    pub api_host: Option<ApiHost>,

    /// Port at which a debugger can join the functions (Node.js inspector, debugpy); no limit of time then, and no reload
    #[arg(long, value_name = "PORT", value_parser = parse::port, help_heading = API)]
    pub api_debug: Option<u16>,

    /// Deployed environment whose application settings and link are used, as `cygnet environments list` names it
    #[arg(long, value_name = "ID", help_heading = API)]
    pub environment: Option<String>,

    /// Folder of a language worker of Azure Functions (with worker.config.json) that runs the API folder
    #[arg(long, value_name = "FOLDER", help_heading = API)]
    pub functions_worker: Option<String>,

    /// Do not install missing dependencies of the API
    #[arg(long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = API)]
    pub no_install: Option<bool>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub compat: CompatArgs,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub data_api: DataApiArgs,

    /// Port to listen on, 0 to pick a free one [default: 4280]
    #[arg(short, long, value_parser = parse::port, help_heading = SERVER)]
    pub port: Option<u16>,

    /// Host name or address to listen on [default: localhost]
    #[arg(short = 'q', long, value_parser = parse::host, help_heading = SERVER)]
    pub host: Option<String>,

    /// Open the app in the browser
    #[arg(short, long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = SERVER)]
    pub open: Option<bool>,

    #[command(flatten)]
    #[allow(missing_docs)]
    pub tls: TlsArgs,

    /// Enforce for local callers too what Azure enforces at its edge: IP ranges and required headers
    #[arg(long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = REQUESTS)]
    pub strict: Option<bool>,

    /// Judge requests as coming from this address
    #[arg(long, value_name = "ADDR", value_parser = parse::address, help_heading = REQUESTS)]
    pub client_ip: Option<IpAddr>,

    /// Do not reload what is edited
    #[arg(long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", conflicts_with = "poll", help_heading = RELOAD)]
    pub no_watch: Option<bool>,

    /// Do not reload open pages when content changes, and show no overlay in them
    #[arg(long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = RELOAD)]
    pub no_live_reload: Option<bool>,

    /// Look for changes again and again, where the system does not report them (network drives, some containers)
    #[arg(long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = RELOAD)]
    pub poll: Option<bool>,

    /// Configuration file of the command line; relative paths start at its folder [default: swa-cli.config.json]
    #[arg(short, long, value_name = "FILE", help_heading = CONFIGURATION)]
    pub config: Option<String>,

    /// Configuration to take from it (also -cn) [default: the first]
    #[arg(long, value_name = "NAME", help_heading = CONFIGURATION)]
    pub config_name: Option<String>,

    /// Print all settings and where each comes from, then start
    #[arg(short = 'g', long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true", help_heading = CONFIGURATION)]
    pub print_config: Option<bool>,

    /// How much to say [default: log; info when given alone]
    #[arg(short = 'V', long, value_name = "PREFIX", value_enum, ignore_case = true, num_args = 0..=1, default_missing_value = "info", action = ArgAction::Set, help_heading = CONFIGURATION)]
    pub verbose: Option<Verbosity>,
}

/// The type of `--api-timeout` and `--devserver-timeout`: a limit, or none. An alias, so that clap does not take the inner `Option` for
/// "perhaps not typed".
pub type Timeout = Option<Duration>;

impl StartArgs {
    /// These arguments, and those of `earlier` where these have none: `cygnet -V silly start ./dist` is
    /// `cygnet start ./dist -V silly`.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            target: self.target.or(earlier.target),
            app_location: self.app_location.or(earlier.app_location),
            output_location: self.output_location.or(earlier.output_location),
            app_devserver_url: self.app_devserver_url.or(earlier.app_devserver_url),
            run: self.run.or(earlier.run),
            devserver_timeout: self.devserver_timeout.or(earlier.devserver_timeout),
            swa_config_location: self.swa_config_location.or(earlier.swa_config_location),
            api_location: self.api_location.or(earlier.api_location),
            api_devserver_url: self.api_devserver_url.or(earlier.api_devserver_url),
            api_kind: self.api_kind.or(earlier.api_kind),
            api_timeout: self.api_timeout.or(earlier.api_timeout),
            api_port: self.api_port.or(earlier.api_port),
            api_host: self.api_host.or(earlier.api_host),
            api_debug: self.api_debug.or(earlier.api_debug),
            environment: self.environment.or(earlier.environment),
            functions_worker: self.functions_worker.or(earlier.functions_worker),
            no_install: self.no_install.or(earlier.no_install),
            compat: self.compat.or(earlier.compat),
            data_api: self.data_api.or(earlier.data_api),
            tls: self.tls.or(earlier.tls),
            port: self.port.or(earlier.port),
            host: self.host.or(earlier.host),
            open: self.open.or(earlier.open),
            strict: self.strict.or(earlier.strict),
            client_ip: self.client_ip.or(earlier.client_ip),
            no_watch: self.no_watch.or(earlier.no_watch),
            no_live_reload: self.no_live_reload.or(earlier.no_live_reload),
            poll: self.poll.or(earlier.poll),
            config: self.config.or(earlier.config),
            config_name: self.config_name.or(earlier.config_name),
            print_config: self.print_config.or(earlier.print_config),
            verbose: self.verbose.or(earlier.verbose),
        }
    }
}
