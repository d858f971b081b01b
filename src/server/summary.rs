//! What is said at start.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::environment::State;
use crate::environment::load::Loaded;
use crate::functions;
use crate::settings::{ApiSetting, Settings};

use super::listen::Listeners;
use super::report;

/// The lines around the start line.
#[derive(Debug)]
pub struct Summary {
    content: String,
    configuration: String,
    api: String,
    url: String,
    locked_out: bool,
}

impl Summary {
    /// Collects what is to be said; `api_runtime` is `platform.apiRuntime`, `own_port` that of the functions.
    pub fn new(
        settings: &Settings,
        loaded: &Loaded,
        listeners: &Listeners,
        api_runtime: Option<&str>,
        own_port: Option<u16>,
    ) -> Self {
        let mut content = match &settings.app_devserver_url {
            None => short(&settings.output_location.value, &settings.base_dir),
            Some(url) => format!("{} (dev server, {})", url.value, url.source),
        };
        if let Some(run) = &settings.run {
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
                    short(file, &settings.base_dir),
                    if rules == 1 { "rule" } else { "rules" }
                )
            }
            (State::Broken(_), Some(file)) => {
                format!("{} (INVALID)", short(file, &settings.base_dir))
            }
        };
        let api = match &settings.api.value {
            ApiSetting::None => "none: /api is static content like the rest".to_string(),
            ApiSetting::Folder(folder) => format!(
                "{} (managed functions{}{}, {})",
                short(folder, &settings.base_dir),
                runtime(folder, api_runtime),
                own_port.map_or_else(String::new, |port| format!(
                    ", also at http://localhost:{port}"
                )),
                settings.api.source
            ),
            ApiSetting::Url { url, kind } => {
                format!("{url} (bring your own, {kind}, {})", settings.api.source)
            }
        };
        let judged = settings.strict.value || settings.client_ip.value.is_some();
        let locked_out = match &loaded.state {
            State::Serving(environment) => environment.rules.has_gate() && !judged,
            State::Broken(_) => false,
        };
        Self {
            content,
            configuration,
            api,
            url: listeners.url(),
            locked_out,
        }
    }

    /// Prints it. Tools such as the VS Code extension wait for the start line, so that one is always printed.
    pub fn print(&self, took: Duration, says: bool) {
        let mut text = String::new();
        if says {
            let version = env!("CARGO_PKG_VERSION");
            let _ = write!(
                text,
                "Cygnet {version}, a local emulator of Azure Static Web Apps\n\n  content        {}\n  configuration  {}\n  api            {}\n  ready in       {} ms\n\n",
                self.content,
                self.configuration,
                self.api,
                took.as_millis()
            );
            if self.locked_out {
                report::note(
                    "note: `networking` and `forwardingGateway` do not judge requests from this machine; --strict or --client-ip ADDR make them",
                );
            }
        }
        let _ = writeln!(
            text,
            "Azure Static Web Apps emulator started at {}. Press CTRL+C to exit.",
            self.url
        );
        if says {
            text.push('\n');
        }
        let mut out = std::io::stdout().lock();
        // A closed output is no reason to end.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

fn short(path: &Path, base: &Path) -> String {
    match path.strip_prefix(base) {
        Ok(relative) if relative.as_os_str().is_empty() => ".".to_string(),
        Ok(relative) => relative.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

/// In which language the functions are taken to be written, and why. What cannot be run is told by the host itself.
fn runtime(folder: &Path, api_runtime: Option<&str>) -> String {
    match functions::runtime_of(folder, api_runtime) {
        Ok(choice) => format!(" in {} because {}", choice.runtime, choice.why),
        Err(_) => String::new(),
    }
}
