//! `cygnet explain`: builds the environment that would serve, asks, prints.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use crate::backend::{Backend, BackendKind, Limits, Upstream};
use crate::data_api::DataApi;
use crate::devserver::DevServer;
use crate::environment::load::{Configuration, Loader};
use crate::environment::search_paths::Found;
use crate::environment::{Current, State};
use crate::explain::request::ExplainRequest;
use crate::explain::{explain, serving, text};
use crate::finding::render;
use crate::pipeline::AppState;
use crate::settings::folders::absolute;
use crate::settings::{self, ApiSetting, DataApiSetting, Settings, TlsSetting};
use crate::terminal::Stream;

use super::exit::ExitCode;
use super::location_args::LocationArgs;
use super::report::{self, Failure};

/// What was typed after `cygnet explain`.
#[derive(Debug, Clone, Default, Args)]
pub struct ExplainArgs {
    /// Method and path, or the path alone: `/admin`, `POST /api/items?x=1`
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    pub request: Vec<String>,

    /// A role of the signed-in user; several with several options
    #[arg(short, long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,

    /// A header of the request
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,

    /// The staticwebapp.config.json to explain by, or a swa-cli.config.json
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<String>,

    /// Print the explanation as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Judge the caller as Azure does at its edge: IP ranges and required headers
    #[arg(long)]
    pub strict: bool,

    /// Treat the request as coming from this address
    #[arg(long, value_name = "ADDR", value_parser = settings::parse::address)]
    pub client_ip: Option<IpAddr>,

    #[command(flatten)]
    location: LocationArgs,
}

/// Explains and prints.
///
/// # Errors
/// The request cannot be one, the settings cannot be resolved, the configuration is invalid.
pub fn run(args: &ExplainArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let (method, path) = match args.request.as_slice() {
        [method, path] => (method.as_str(), path.as_str()),
        [path] => ("GET", path.as_str()),
        _ => return Err(usage("a path is needed".to_owned())),
    };
    let question = ExplainRequest::new(method, path, &args.roles, &args.headers).map_err(usage)?;
    let cwd = std::env::current_dir().unwrap_or_default();
    let (config, swa_cli) = match &args.config {
        Some(file) if is_swa_cli(&absolute(&cwd, file)) => (None, Some(file.as_str())),
        Some(file) => (Some(existing(absolute(&cwd, file))?), None),
        None => (None, None),
    };
    let settings = args.location.resolve(swa_cli, earlier)?;
    let loader = Loader::new(settings.app.config_search_paths(), backend(&settings)?)
        .with_content_rules(&settings.content_rules())
        .with_data_api(data_api(&settings)?)
        .with_dev_server(dev_server(&settings)?);
    let mut found = match config {
        Some(file) => Found::named(file),
        None => loader.search_paths.find(),
    };
    // Places are shown as they would be typed.
    found.file = found.file.map(|file| match file.strip_prefix(&cwd) {
        Ok(short) => short.to_path_buf(),
        Err(_) => file,
    });
    if let Some(unused) = found.unused() {
        report::PRINTER.write(Stream::Stderr, &format!("{}\n\n", render(None, &unused)));
    }
    let loaded = loader.build(Configuration::of(found));
    let state = match loaded.state {
        State::Broken(broken) => {
            for found in &broken.findings {
                report::data(&format!("{}\n\n", render(Some(&broken.source), found)));
            }
            return Err(Failure {
                message: "the configuration is invalid, so every request is answered with 500"
                    .to_owned(),
                hint: Some("fix the file; `cygnet check` shows all findings".to_owned()),
                code: ExitCode::CannotStart,
            });
        }
        serving => Arc::new(serving),
    };
    let shared = Arc::new(AppState {
        current: Current::new(Arc::clone(&state)),
        strict: args.strict || settings.server.strict.value,
        client_ip: args.client_ip.or(settings.server.client_ip.value),
        limits: Limits::default(),
        live: None,
        prod_errors: settings.server.prod_errors.value,
        own_host: format!("localhost:{}", settings.server.port.value),
        secure: settings.server.tls.value != TlsSetting::Off,
        personas: Arc::new(settings.personas()),
        access: None,
    });
    let Some(environment) = serving(&state) else {
        return Ok(ExitCode::CannotStart);
    };
    let api = api_in_words(&settings);
    let told = actix_web::rt::System::new()
        .block_on(explain(shared, environment, &question, &api))
        .map_err(|error| usage(error.to_string()))?;
    report::data(&if args.json {
        // Strings, numbers and lists always serialize.
        serde_json::to_string_pretty(&told).unwrap_or_default() + "\n"
    } else {
        text::text(&told)
    });
    Ok(ExitCode::Stopped)
}

/// Whether there is an API is all that counts here; nothing is sent to it. A folder of functions is not started: a
/// server stands in for it.
fn backend(settings: &Settings) -> Result<Backend, Failure> {
    let url = match &settings.api.target.value {
        ApiSetting::None => return Ok(Backend::None),
        ApiSetting::Url { url, .. } => url.to_string(),
        ApiSetting::Folder(_) => "http://localhost:7071".to_owned(),
    };
    let upstream =
        Upstream::parse(&url, BackendKind::Managed).map_err(|error| usage(error.to_string()))?;
    Ok(Backend::BringYourOwn(upstream))
}

/// As [`backend`]: nothing is started and nothing is sent.
fn data_api(settings: &Settings) -> Result<Option<DataApi>, Failure> {
    let url = match &settings.data_api.value {
        DataApiSetting::None => return Ok(None),
        DataApiSetting::Url(url) => url.to_string(),
        DataApiSetting::Folder { .. } => "http://localhost:5000".to_owned(),
    };
    DataApi::at(&url)
        .map(Some)
        .map_err(|error| usage(error.to_string()))
}

/// As [`backend`].
fn dev_server(settings: &Settings) -> Result<Option<DevServer>, Failure> {
    let url = settings.app.devserver_url.as_ref();
    url.map(|url| DevServer::new(url, None, None))
        .transpose()
        .map_err(|error| usage(error.to_string()))
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
        false => Err(usage(format!("`{}` does not exist", file.display()))),
    }
}

fn usage(message: String) -> Failure {
    Failure {
        message,
        hint: Some(
            "cygnet explain [METHOD] PATH [--role ROLE]… [--header \"NAME: VALUE\"]…".to_owned(),
        ),
        code: ExitCode::Usage,
    }
}
