//! What is said at start.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::environment::State;
use crate::environment::load::Loaded;
use crate::functions::{HostConfig, runtime_of};
use crate::link::BackendKind;
use crate::pipeline::OWN_PATHS;
use crate::settings::{ApiSetting, DataApiSetting, Settings, ValueSource};
use crate::terminal::style::{DIM, HINT as URL};
use crate::terminal::{Printer, layout};

use super::listen::Listeners;
use super::tls::Tls;

/// The lines around the start line.
#[derive(Debug)]
pub struct Summary {
    rows: Vec<(&'static str, String)>,
    awaited: Vec<&'static str>,
    trust: Option<(String, Option<String>)>,
    url: String,
    notes: Vec<&'static str>,
}

/// Where the second column begins.
const COLUMN: usize = 17;
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
        let app = &settings.app;
        let content = match (&app.dev_server(), &app.devserver_url) {
            (Some(name), Some(url)) => format!("{name} (dev server, {})", url.source),
            (Some(name), None) => format!("dev server {name}"),
            (None, _) => short(&app.output_location.value, &settings.project.base_dir),
        };
        let run = app.run.as_ref();
        let run = run.map(|run| format!("{} ({})", run.value, run.source));
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
        let inspects = settings.server.inspect.value;
        let inspector = inspects.then(|| format!("{}{OWN_PATHS}", listeners.url()));
        let rows = [
            ("content", Some(content)),
            ("run", run),
            ("configuration", Some(configuration)),
            ("api", Some(api)),
            ("data-api", data_api),
            ("certificate", tls.map(|tls| tls.shown.clone())),
            ("inspector", inspector),
        ];
        let rows = rows
            .into_iter()
            .filter_map(|(name, row)| Some((name, row?)));
        Self {
            rows: rows.collect(),
            awaited: awaited(settings),
            trust: tls.and_then(trust),
            url: listeners.url(),
            notes: notes.collect(),
        }
    }

    /// Whether anything must start before the app can be used.
    pub fn waits(&self) -> bool {
        !self.awaited.is_empty()
    }

    /// Prints it. Tools such as the VS Code extension wait for the start line, so that one is always printed.
    pub fn print(&self, took: Duration, printer: Printer) {
        let mut text = String::new();
        if printer.is_for_people() {
            let version = env!("CARGO_PKG_VERSION");
            let url = &self.url;
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "Cygnet {version}, a local emulator of Azure Static Web Apps\n\n  {URL}{url}{URL:#}\n\n"
            );
            let width = layout::width();
            let last = match self.waits() {
                true => ("starting", self.awaited.join(", ")),
                false => ("ready in", format!("{} ms", took.as_millis())),
            };
            for (name, row) in self.rows.iter().chain([&last]) {
                let row = layout::hanging(row, COLUMN, width);
                let _ = writeln!(text, "  {DIM}{name:13}{DIM:#}  {row}");
            }
            text.push('\n');
        }
        if let Some((trust, hint)) = &self.trust {
            printer.advise(trust, hint.as_deref());
        }
        for note in &self.notes {
            printer.note(note);
        }
        text.push_str(&started(&self.url));
        if printer.is_for_people() {
            text.push('\n');
        }
        printer.data(&text);
    }
}

/// What must start first.
fn awaited(settings: &Settings) -> Vec<&'static str> {
    let has_api = settings.api.target.value != ApiSetting::None;
    let has_data_api = settings.data_api.value != DataApiSetting::None;
    let waits = [
        (has_api, "the API"),
        (has_data_api, "the database connection"),
        (settings.app.dev_server().is_some(), "the dev server"),
    ];
    waits
        .into_iter()
        .filter_map(|(waits, name)| waits.then_some(name))
        .collect()
}

/// That everything answers, after `took`.
pub(super) fn ready(took: Duration, url: &str) -> String {
    let milliseconds = took.as_millis();
    let took = match milliseconds {
        ..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", took.as_secs_f32()),
    };
    format!("ready in {took}: {URL}{url}{URL:#}\n")
}

/// How to make browsers believe the certificate. Said at length when its authority is new.
pub(super) fn trust(tls: &Tls) -> Option<(String, Option<String>)> {
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
