//! What is said at start.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::environment::State;
use crate::environment::load::Loaded;
use crate::functions::{HostConfig, runtime_of};
use crate::link::BackendKind;
use crate::settings::{ApiSetting, DataApiSetting, Settings, ValueSource};
use crate::terminal::Printer;

use super::listen::Listeners;
use super::tls::Tls;

/// The lines around the start line.
#[derive(Debug)]
pub struct Summary {
    content: String,
    configuration: String,
    api: String,
    data_api: Option<String>,
    tls: Option<String>,
    trust: Option<(String, Option<String>)>,
    url: String,
    notes: Vec<&'static str>,
}

const UNJUDGED: &str = "note: `networking` and `forwardingGateway` are not applied to requests from this machine; use --strict or --client-ip ADDR to apply them";
/// AP-85: the documentation of local development means the app's own functions, in a debugger or in Core Tools.
const ASSUMED_KIND: &str = "note: the API at a URL is taken for a linked Functions app, which sees the caller's `authorization` and a token of the app; if these are the managed functions under a debugger, use --api-kind managed: they see neither on Azure (AP-25, AP-85)";

impl Summary {
    /// Collects what is to be said.
    pub fn new(
        settings: &Settings,
        loaded: &Loaded,
        listeners: &Listeners,
        tls: Option<&Tls>,
        functions: Option<&HostConfig>,
    ) -> Self {
        let mut content = match &settings.app.devserver_url {
            None if settings.app.finds_dev_server => {
                "the dev server whose URL the command prints".to_owned()
            }
            None => short(
                &settings.app.output_location.value,
                &settings.project.base_dir,
            ),
            Some(url) => format!("{} (dev server, {})", url.value, url.source),
        };
        if let Some(run) = &settings.app.run {
            content.push_str(&format!(
                "\n  run            {} ({})",
                run.value, run.source
            ));
        }
        let configuration = match (&loaded.state, &loaded.found.file) {
            (_, None) => "none (no staticwebapp.config.json was found)".to_string(),
            (State::Serving(environment), Some(file)) => {
                let rules = environment.rules.config().routes.len();
                format!(
                    "{} ({rules} {})",
                    short(file, &settings.project.base_dir),
                    if rules == 1 { "rule" } else { "rules" }
                )
            }
            (State::Broken(_), Some(file)) => {
                format!("{} (INVALID)", short(file, &settings.project.base_dir))
            }
        };
        let api = match &settings.api.target.value {
            ApiSetting::None => "none: /api is static content like the rest".to_string(),
            ApiSetting::Folder(folder) => format!(
                "{} (managed functions{}{}, {})",
                short(folder, &settings.project.base_dir),
                functions.map(runtime).unwrap_or_default(),
                functions
                    .and_then(|config| config.own_port)
                    .map_or_else(String::new, |port| format!(
                        ", also at http://localhost:{port}"
                    )),
                settings.api.target.source
            ),
            ApiSetting::Url { url, kind } => {
                let what = match kind {
                    BackendKind::Managed => "managed functions".to_owned(),
                    kind => format!("bring your own, {kind}"),
                };
                format!("{url} ({what}, {})", settings.api.target.source)
            }
        };
        let data_api = match &settings.data_api.value {
            DataApiSetting::None => None,
            DataApiSetting::Url(url) => Some(format!("{url} ({})", settings.data_api.source)),
            DataApiSetting::Folder { folder, .. } => Some(format!(
                "{} (Data API Builder, {})",
                short(folder, &settings.project.base_dir),
                settings.data_api.source
            )),
        };
        let judged = settings.server.strict.value || settings.server.client_ip.value.is_some();
        let is_unjudged = match &loaded.state {
            State::Serving(environment) => environment.rules.has_network_rules() && !judged,
            State::Broken(_) => false,
        };
        let is_assumed = matches!(settings.api.target.value, ApiSetting::Url { .. })
            && !matches!(settings.api.target.source, ValueSource::Link(_))
            && settings.api.kind.source == ValueSource::Default;
        let notes = [(is_unjudged, UNJUDGED), (is_assumed, ASSUMED_KIND)];
        let notes = notes
            .into_iter()
            .filter_map(|(holds, note)| holds.then_some(note));
        Self {
            content,
            configuration,
            api,
            data_api,
            tls: tls.map(|tls| tls.shown.clone()),
            trust: tls.and_then(trust),
            url: listeners.url(),
            notes: notes.collect(),
        }
    }

    /// Prints it. Tools such as the VS Code extension wait for the start line, so that one is always printed.
    pub fn print(&self, took: Duration, printer: Printer) {
        let mut text = String::new();
        if !printer.is_quiet() {
            let data_api = self
                .data_api
                .as_ref()
                .map_or(String::new(), |shown| format!("  data-api       {shown}\n"));
            let tls = self
                .tls
                .as_ref()
                .map_or(String::new(), |shown| format!("  certificate    {shown}\n"));
            let version = env!("CARGO_PKG_VERSION");
            let _ = write!(
                text,
                "Cygnet {version}, a local emulator of Azure Static Web Apps\n\n  content        {}\n  configuration  {}\n  api            {}\n{data_api}{tls}  ready in       {} ms\n\n",
                self.content,
                self.configuration,
                self.api,
                took.as_millis()
            );
            if let Some((trust, hint)) = &self.trust {
                printer.advise(trust, hint.as_deref());
            }
            for note in &self.notes {
                printer.note(note);
            }
        }
        text.push_str(&started(&self.url));
        if !printer.is_quiet() {
            text.push('\n');
        }
        printer.data(&text);
    }
}

/// How to make browsers believe the certificate. Said at length when its authority is new.
fn trust(tls: &Tls) -> Option<(String, Option<String>)> {
    let (authority, is_new) = tls.authority.as_ref()?;
    let authority = authority.display();
    Some(if *is_new {
        let hint = format!(
            "browsers warn until they trust it; nothing was changed in your system. `cygnet certs trust` makes browsers trust it; for Node.js set NODE_EXTRA_CA_CERTS={authority}, for curl --cacert {authority}"
        );
        let made = format!("note: a certificate authority was created for this user: {authority}");
        (made, Some(hint))
    } else {
        let known = format!("note: the certificate's authority is {authority}");
        (known, None)
    })
}

fn short(path: &Path, base: &Path) -> String {
    match path.strip_prefix(base) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_string(),
        Ok(relative) => relative.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

/// In which language the functions are taken to be written, and why. What cannot be run is told by the host itself.
fn runtime(config: &HostConfig) -> String {
    match runtime_of(config) {
        Ok(choice) => format!(" in {} because {}", choice.runtime, choice.why),
        Err(_) => String::new(),
    }
}

/// The line that tools such as the VS Code extension wait for.
pub(super) fn started(url: &str) -> String {
    format!("Azure Static Web Apps emulator started at {url}. Press CTRL+C to exit.\n")
}
