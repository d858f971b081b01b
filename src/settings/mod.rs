//! What the user asked for, and where each value came from.
//!
//! Three kinds of type, never mixed: [`StartArgs`] is what was typed, the configuration file and the environment are layers
//! of text, and [`Settings`] is what it all means (resolved, validated, absolute). In the order of the work:
//!
//! | step | file |
//! |---|---|
//! | two-letter flags such as `-is` become long ones | [`argv`] |
//! | the command line, as typed | [`args`] |
//! | the process's environment, and `.env` | [`process_env`], [`dotenv`] |
//! | `swa-cli.config.json`: text → one configuration with a position for every value | [`mod@file`] |
//! | the table of all options, from which all else is made | [`options`], of [`descriptor`]s |
//! | flag > `configurations.X.start` > `configurations.X` > variable > default | [`layers`] |
//! | text → value, the same for every layer | [`parse`], [`types`] |
//! | layers → [`Settings`]: folders found, dev server and API chosen | [`mod@resolve`], [`app_folders`], [`folders`], [`dev_server`], [`api`], [`data_api`], [`tls`] |
//! | `--environment`: what is borrowed of a deployed environment | [`environment_overlay`] |
//! | options without an effect of their own | [`compat`] |
//! | `--print-config` | [`table`] |
//!
//! [`resolve::resolve`] reads the disk but changes nothing, not even the current folder: the chdir rule of the official
//! CLI (relative paths start at the folder of the configuration file) is [`ProjectSettings::base_dir`].

pub mod api;
mod app_folders;
pub mod args;
pub mod argv;
pub mod caller_range;
pub mod compat;
pub mod data_api;
pub mod descriptor;
pub mod dev_server;
pub mod dotenv;
pub mod environment_overlay;
pub mod error;
pub mod file;
pub mod folders;
pub mod layers;
pub mod options;
pub mod parse;
pub mod process_env;
pub mod resolve;
pub mod table;
pub mod tls;
pub mod types;
pub mod value;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use crate::artefact::content_folder::ContentRules;
use crate::auth::real::{
    AppSettings as SettingValues, AuthChoice, Registrar, SealError, SharedSignIn, asks_for_real,
};
use crate::check::{Api, AppTarget};
use crate::environment::personas::PersonaFiles;
use crate::environment::search_paths::ConfigSearchPaths;
use crate::functions::ApiHost;
use crate::http::HostPattern;
use crate::link::BackendKind;

pub use api::{ApiSetting, LinkName};
pub use args::StartArgs;
pub use caller_range::CallerRange;
pub use data_api::DataApiSetting;
pub use environment_overlay::EnvironmentOverlay;
pub use error::SettingsError;
pub use process_env::ProcessEnv;
pub use resolve::resolve;
pub use tls::TlsSetting;
pub use types::{Verbosity, WatchMode};
pub use value::{Setting, ValueSource};

/// Everything `start` needs to know, by whom it concerns; every path is absolute and every folder named here exists,
/// `app.location` aside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is served.
    pub app: AppSettings,
    /// What answers `/api`.
    pub api: ApiSettings,
    /// What answers `/data-api`.
    pub data_api: Setting<DataApiSetting>,
    /// How it is served.
    pub server: ServerSettings,
    /// Which providers sign in for real.
    pub auth: Setting<Vec<AuthChoice>>,
    /// What the settings were made from.
    pub project: ProjectSettings,
    /// How much is said.
    pub verbosity: Setting<Verbosity>,
    /// Whether what is recommended is started without asking, where nobody has said what to serve.
    pub assume_yes: Setting<bool>,
    /// Whether to print these settings before starting.
    pub print_config: Setting<bool>,
    /// Whether a program reads standard output.
    pub json: Setting<bool>,
}

impl Settings {
    /// Where the project declares personas.
    pub fn personas(&self) -> PersonaFiles {
        PersonaFiles::new(
            self.project.base_dir.clone(),
            self.project.config_file.clone(),
        )
    }

    /// What `cygnet check` looks at.
    pub fn app_target(&self) -> AppTarget {
        AppTarget {
            search_paths: self.app.config_search_paths(),
            content: self.content_rules(),
            api: match &self.api.target.value {
                ApiSetting::None => Api::None,
                ApiSetting::Url { .. } => Api::Elsewhere,
                ApiSetting::Folder(folder) => Api::Folder(folder.clone()),
            },
            plan: None,
        }
    }

    /// What makes the providers that sign in for real; `None` if none is asked to.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn registrar(&self) -> Result<Option<Registrar>, SealError> {
        if !asks_for_real(&self.auth.value) {
            return Ok(None);
        }
        let shared = SharedSignIn::new(self.project.state_dir.as_deref())?;
        let overlay = &self.api.overlay.value;
        let values =
            SettingValues::new(overlay.app_settings.clone(), self.project.child_env.clone());
        let scope = self.project.base_dir.display().to_string();
        Ok(Some(Registrar::new(
            self.auth.value.clone(),
            values,
            scope,
            Arc::new(shared),
        )))
    }

    /// What says, beside the folder itself, which files of [`AppSettings::output_location`] are content.
    pub fn content_rules(&self) -> ContentRules {
        let content = &self.app.output_location.value;
        let projects = [&self.project.base_dir, &self.app.location.value];
        let project = projects.into_iter().find(|it| content.starts_with(it));
        ContentRules {
            api: self.api.folder().map(Path::to_path_buf),
            project: project.cloned(),
            follows_links: self.app.follow_links.value,
        }
    }
}

/// The app: its folders, or its dev server.
#[derive(Debug, Clone)]
pub struct AppSettings {
    /// The folder of the app's source. It may be missing when [`AppSettings::output_location`] is found without it.
    pub location: Setting<PathBuf>,
    /// The content root.
    pub output_location: Setting<PathBuf>,
    /// The folder of `staticwebapp.config.json`, when one was named.
    pub config_location: Option<Setting<PathBuf>>,
    /// Whether symbolic links may lead out of the project.
    pub follow_links: Setting<bool>,
    /// The `http` or `https` URL of the dev server that serves the app; nothing is served from
    /// [`AppSettings::output_location`] then.
    pub devserver_url: Option<Setting<Uri>>,
    /// The command to run beside the emulator, in one of the forms of `--run`; never empty.
    pub run: Option<Setting<String>>,
    /// Whether what [`AppSettings::run`] starts is a dev server that serves the app and prints its URL, as nobody named
    /// the URL, or a folder.
    pub finds_dev_server: bool,
    /// How long the dev server may take to answer until that is complained about; `None`: for ever.
    pub devserver_timeout: Setting<Option<Duration>>,
}

impl AppSettings {
    /// The dev server, if one serves the app: its URL, or the command that will print that.
    pub fn dev_server(&self) -> Option<String> {
        let url = self.devserver_url.as_ref().map(|url| url.value.to_string());
        let found = self.run.as_ref().filter(|_| self.finds_dev_server);
        url.or_else(|| found.map(|run| format!("at the URL that `{}` prints", run.value)))
    }

    /// Where `staticwebapp.config.json` is looked for.
    pub fn config_search_paths(&self) -> ConfigSearchPaths {
        let configured = self.config_location.as_ref();
        ConfigSearchPaths {
            config_location: configured.map(|folder| folder.value.clone()),
            app_location: self.location.value.clone(),
            app_is_named: self.location.source != ValueSource::Default,
            output_location: self.output_location.value.clone(),
            has_dev_server: self.dev_server().is_some(),
        }
    }
}

/// The API, and how its functions are run.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// What answers.
    pub target: Setting<ApiSetting>,
    /// What stands at a URL of [`ApiSettings::target`]; the same as the `kind` there, with its source.
    pub kind: Setting<BackendKind>,
    /// How long it may take to answer; `None` waits for ever.
    pub timeout: Setting<Option<Duration>>,
    /// The port at which the functions can be called directly; 0 picks a free one.
    pub port: Setting<u16>,
    /// What runs the functions of a folder.
    pub host: Setting<ApiHost>,
    /// More arguments of `func start`.
    pub func_args: Setting<String>,
    /// The port of the debugger of the functions' language.
    pub debug: Setting<Option<u16>>,
    /// The folder of the language worker that runs the functions, when one was named.
    pub functions_worker: Option<Setting<PathBuf>>,
    /// Whether missing dependencies may be installed.
    pub install: Setting<bool>,
    /// The link that the API of [`ApiSettings::target`] stands beside, which nobody allowed (AP-1).
    pub beside_link: Option<LinkName>,
    /// Whether a link is as good as none.
    pub ignore_link: Setting<bool>,
    /// What is borrowed of a deployed environment.
    pub overlay: Setting<EnvironmentOverlay>,
}

impl ApiSettings {
    /// The folder of the managed functions, if there are any.
    pub fn folder(&self) -> Option<&Path> {
        match &self.target.value {
            ApiSetting::Folder(folder) => Some(folder),
            ApiSetting::None | ApiSetting::Url { .. } => None,
        }
    }
}

/// The listeners, and how callers are judged.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The port to listen on; 0 lets the system pick.
    pub port: Setting<u16>,
    /// The host name or address to listen on.
    pub host: Setting<String>,
    /// Hosts that requests may be for, beside those that always are.
    pub allow_host: Setting<Vec<HostPattern>>,
    /// From where the inspector may be asked besides this machine.
    pub inspect_from: Setting<Vec<CallerRange>>,
    /// Whether requests are remembered, and shown at `/.cygnet/`.
    pub inspect: Setting<bool>,
    /// Whether and how to serve by HTTPS.
    pub tls: Setting<TlsSetting>,
    /// Whether to open the browser once the server listens.
    pub open: Setting<bool>,
    /// Whether everything that production enforces at the edge is enforced for local callers too.
    pub strict: Setting<bool>,
    /// The address that requests are judged as coming from, in place of the caller's own.
    pub client_ip: Setting<Option<IpAddr>>,
    /// Whether error pages say no more than Azure's.
    pub prod_errors: Setting<bool>,
    /// How changes on the disk are noticed.
    pub watch: Setting<WatchMode>,
    /// Whether open pages learn of changes; they only do while changes are noticed ([`ServerSettings::watch`]).
    pub live_reload: Setting<bool>,
}

/// The folder of the project and what was read there.
#[derive(Debug, Clone)]
pub struct ProjectSettings {
    /// Where relative paths start: the folder of the configuration file, else the current folder.
    pub base_dir: PathBuf,
    /// The configuration file that was read.
    pub config_file: Option<PathBuf>,
    /// The name of the configuration taken from it.
    pub configuration: Option<String>,
    /// Variables of the `.env` file that the real environment does not have; child processes get them too.
    pub child_env: Vec<(String, String)>,
    /// Where what outlives a run is kept, such as the local certificate authority; `None` without a home folder. It
    /// need not exist.
    pub state_dir: Option<PathBuf>,
}
