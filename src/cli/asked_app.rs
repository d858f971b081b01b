//! The app for verbs that ask what it answers without serving it: the environment that `start` would serve, with
//! stand-ins for whatever would have to run.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::backend::{Backend, BackendKind, Limits, Upstream};
use crate::data_api::DataApi;
use crate::devserver::DevServer;
use crate::environment::load::{Configuration, Loader};
use crate::environment::search_paths::Found;
use crate::environment::{Current, Environment, State};
use crate::explain::serving;
use crate::finding::render;
use crate::pipeline::AppState;
use crate::settings::folders::absolute;
use crate::settings::{self, ApiSetting, DataApiSetting, Settings, TlsSetting};
use crate::terminal::Stream;

use super::exit::ExitCode;
use super::guide;
use super::location_args::LocationArgs;
use super::report::{self, Failure};

/// Which app is asked, and how callers are judged.
#[derive(Debug, Clone, Default, Args)]
pub struct AskArgs {
    /// The staticwebapp.config.json to go by, or a swa-cli.config.json
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<String>,

    /// Enforce for local callers too what Azure enforces at its edge: IP ranges and required headers
    #[arg(long)]
    pub strict: bool,

    /// Treat requests as coming from this address
    #[arg(long, value_name = "ADDR", value_parser = settings::parse::address)]
    pub client_ip: Option<IpAddr>,

    #[command(flatten)]
    location: LocationArgs,
}

/// An app that can be asked.
pub(super) struct AskedApp {
    /// What requests share.
    pub(super) shared: Arc<AppState>,
    /// What answers `/api`, in words.
    pub(super) api: String,
    /// Where everything is.
    pub(super) settings: Settings,
    state: Arc<State>,
}

impl AskedApp {
    /// What answers.
    ///
    /// # Errors
    /// The configuration is invalid; [`AskArgs::load`] has said so.
    pub(super) fn environment(&self) -> Result<&Environment, Failure> {
        serving(&self.state).ok_or_else(invalid)
    }
}

impl AskArgs {
    /// Where everything is.
    ///
    /// # Errors
    /// As for `start`; a file that was named is missing.
    pub(super) fn settings(&self, earlier: &settings::StartArgs) -> Result<Settings, Failure> {
        let swa_cli = match self.configuration()? {
            Some(_) => None,
            None => self.config.as_deref(),
        };
        let mut settings = self.location.resolve(swa_cli, earlier)?;
        guide::complete_unasked(&mut settings, earlier);
        Ok(settings)
    }

    /// The `staticwebapp.config.json` that was named, if it was one.
    fn configuration(&self) -> Result<Option<PathBuf>, Failure> {
        let Some(file) = &self.config else {
            return Ok(None);
        };
        let file = absolute(&current_folder(), file);
        match is_swa_cli(&file) {
            true => Ok(None),
            false => existing(file).map(Some),
        }
    }

    /// Builds the app. Nothing is started, and nothing will be sent.
    ///
    /// # Errors
    /// The configuration is invalid; its findings were printed to standard error.
    pub(super) fn load(&self, settings: Settings) -> Result<AskedApp, Failure> {
        let cwd = current_folder();
        let loader = Loader::new(settings.app.config_search_paths(), backend(&settings)?)
            .with_content_rules(&settings.content_rules())
            .with_data_api(data_api(&settings)?)
            .with_dev_server(dev_server(&settings)?);
        let mut found = match self.configuration()? {
            Some(file) => Found::named(file),
            None => loader.search_paths.find(),
        };
        // Places are shown as they would be typed.
        found.file = found.file.map(|file| shown_from(&cwd, file));
        let say = |text: String| report::PRINTER.write(Stream::Stderr, &format!("{text}\n\n"));
        if let Some(unused) = found.unused() {
            say(render(None, &unused));
        }
        let loaded = loader.build(Configuration::of(found));
        if let State::Broken(broken) = &loaded.state {
            for found in &broken.findings {
                say(render(Some(&broken.source), found));
            }
            return Err(invalid());
        }
        let state = Arc::new(loaded.state);
        Ok(AskedApp {
            shared: Arc::new(AppState {
                current: Current::new(Arc::clone(&state)),
                strict: self.strict || settings.server.strict.value,
                client_ip: self.client_ip.or(settings.server.client_ip.value),
                limits: Limits::default(),
                live: None,
                prod_errors: settings.server.prod_errors.value,
                own_host: format!("localhost:{}", settings.server.port.value),
                secure: settings.server.tls.value != TlsSetting::Off,
                personas: Arc::new(settings.personas()),
                access: None,
            }),
            api: api_in_words(&settings),
            settings,
            state,
        })
    }
}

/// The folder that paths are typed from.
pub(super) fn current_folder() -> PathBuf {
    std::env::current_dir().unwrap_or_default()
}

/// A path as it would be typed in a folder.
pub(super) fn shown_from(folder: &Path, path: PathBuf) -> PathBuf {
    match path.strip_prefix(folder) {
        Ok(short) => short.to_path_buf(),
        Err(_) => path,
    }
}

fn invalid() -> Failure {
    Failure {
        message: "the configuration is invalid, so every request is answered with 500".to_owned(),
        hint: Some("fix the file; `cygnet check` shows all findings".to_owned()),
        code: ExitCode::CannotStart,
        ..Failure::default()
    }
}

/// Whether there is an API is all that counts here; nothing is sent to it. A folder of functions is not started: a
/// server stands in for it.
fn backend(settings: &Settings) -> Result<Backend, Failure> {
    let url = match &settings.api.target.value {
        ApiSetting::None => return Ok(Backend::None),
        ApiSetting::Url { url, .. } => url.to_string(),
        ApiSetting::Folder(_) => "http://localhost:7071".to_owned(),
    };
    let upstream = Upstream::parse(&url, BackendKind::Managed).map_err(|error| wrong(&error))?;
    Ok(Backend::BringYourOwn(upstream))
}

/// As [`backend`]: nothing is started and nothing is sent.
fn data_api(settings: &Settings) -> Result<Option<DataApi>, Failure> {
    let url = match &settings.data_api.value {
        DataApiSetting::None => return Ok(None),
        DataApiSetting::Url(url) => url.to_string(),
        DataApiSetting::Folder { .. } => "http://localhost:5000".to_owned(),
    };
    let data_api = DataApi::at(&url).map_err(|error| wrong(&error))?;
    Ok(Some(data_api))
}

/// As [`backend`].
fn dev_server(settings: &Settings) -> Result<Option<DevServer>, Failure> {
    if settings.app.finds_dev_server {
        return Ok(Some(DevServer::awaited(None, None)));
    }
    let url = settings.app.devserver_url.as_ref();
    url.map(|url| DevServer::new(url, None, None))
        .transpose()
        .map_err(|error| wrong(&error))
}

fn api_in_words(settings: &Settings) -> String {
    match &settings.api.target.value {
        ApiSetting::None => "none".to_owned(),
        ApiSetting::Url { url, kind } => format!("{url} ({kind})"),
        ApiSetting::Folder(folder) => format!("the functions in {}", folder.display()),
    }
}

/// `--config` names either file: the settings of the command line have `configurations`.
fn is_swa_cli(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    serde_json::from_str::<serde_json::Value>(&text)
        .is_ok_and(|value| value.get("configurations").is_some())
}

fn existing(file: PathBuf) -> Result<PathBuf, Failure> {
    match file.is_file() {
        true => Ok(file),
        false => Err(wrong(&format!("`{}` does not exist", file.display()))),
    }
}

fn wrong(why: &dyn std::fmt::Display) -> Failure {
    Failure {
        message: why.to_string(),
        hint: None,
        code: ExitCode::Usage,
        ..Failure::default()
    }
}
