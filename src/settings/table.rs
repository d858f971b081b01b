//! `--print-config`: name, value and source of every setting.

use std::fmt::Display;
use std::time::Duration;

use super::descriptor::Descriptor;
use super::options;
use super::value::{Setting, Source};
use super::{ApiSetting, DataApiSetting, Settings, TlsSetting};

/// The table, one setting a line, names as in `swa-cli.config.json`. Ends with a line break.
pub fn table(settings: &Settings) -> String {
    let rows = rows(settings);
    let width = |column: fn(&Row) -> &str| {
        rows.iter()
            .map(|row| column(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(|row| row.0), width(|row| &row.1));
    let mut text = String::from("Options:\n");
    for (name, value, source) in &rows {
        let line = format!("  {name:names$}  {value:values$}  {source}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

type Row = (&'static str, String, String);

fn rows(settings: &Settings) -> Vec<Row> {
    let (api_option, api_value): (&Descriptor, _) = match &settings.api.target.value {
        ApiSetting::None => (&options::API_LOCATION, "none".to_owned()),
        ApiSetting::Folder(path) => (&options::API_LOCATION, path.display().to_string()),
        ApiSetting::Url { url, .. } => (&options::API_DEVSERVER_URL, url.to_string()),
    };
    let (data_api_option, data_api): (&Descriptor, _) = match &settings.data_api.value {
        DataApiSetting::None => (&options::DATA_API_LOCATION, "none".to_owned()),
        DataApiSetting::Folder { folder, .. } => {
            (&options::DATA_API_LOCATION, folder.display().to_string())
        }
        DataApiSetting::Url(url) => (&options::DATA_API_DEVSERVER_URL, url.to_string()),
    };
    let swa_config = match &settings.app.config_location {
        Some(folder) => row(&options::SWA_CONFIG_LOCATION, folder, folder.display()),
        None => (
            options::SWA_CONFIG_LOCATION.key,
            "the app location".to_owned(),
            Source::Default.to_string(),
        ),
    };
    let client_ip = match settings.server.client_ip.value {
        Some(address) => address.to_string(),
        None => "the caller's".to_owned(),
    };
    let ssl = match &settings.server.tls.value {
        TlsSetting::Off => "false".to_owned(),
        TlsSetting::SelfMade => "true".to_owned(),
        TlsSetting::Files { cert, .. } => format!("true, with {}", cert.display()),
    };
    let config_file = match &settings.project.config_file {
        Some(path) => path.display().to_string(),
        None => "none".to_owned(),
    };
    let configuration = settings.project.configuration.as_deref().unwrap_or("none");
    let s = settings;
    vec![
        ("config", config_file, String::new()),
        ("configName", configuration.to_owned(), String::new()),
        row(
            &options::APP_LOCATION,
            &s.app.location,
            s.app.location.display(),
        ),
        row(
            &options::OUTPUT_LOCATION,
            &s.app.output_location,
            s.app.output_location.display(),
        ),
        row_or_none(&options::APP_DEVSERVER_URL, s.app.devserver_url.as_ref()),
        row_or_none(&options::RUN, s.app.run.as_ref()),
        row(
            &options::DEVSERVER_TIMEOUT,
            &s.app.devserver_timeout,
            seconds(s.app.devserver_timeout.value),
        ),
        swa_config,
        row(api_option, &s.api.target, api_value),
        row(&options::API_KIND, &s.api.kind, s.api.kind.value),
        row(
            &options::API_TIMEOUT,
            &s.api.timeout,
            seconds(s.api.timeout.value),
        ),
        row(&options::API_PORT, &s.api.port, s.api.port.value),
        row(&options::API_HOST, &s.api.host, s.api.host.value),
        row(
            &options::API_DEBUG,
            &s.api.debug,
            s.api
                .debug
                .value
                .map_or_else(|| "none".to_owned(), |port| port.to_string()),
        ),
        row(
            &options::ENVIRONMENT,
            &s.api.overlay,
            &s.api.overlay.value.name,
        ),
        match &s.api.functions_worker {
            Some(folder) => row(&options::FUNCTIONS_WORKER, folder, folder.display()),
            None => (
                options::FUNCTIONS_WORKER.key,
                "none".to_owned(),
                Source::Default.to_string(),
            ),
        },
        row(&options::NO_INSTALL, &s.api.install, !s.api.install.value),
        row(data_api_option, &s.data_api, data_api),
        row(&options::PORT, &s.server.port, s.server.port.value),
        row(&options::HOST, &s.server.host, &s.server.host.value),
        row(&options::SSL, &s.server.tls, ssl),
        row(&options::OPEN, &s.server.open, s.server.open.value),
        row(&options::STRICT, &s.server.strict, s.server.strict.value),
        row(&options::CLIENT_IP, &s.server.client_ip, client_ip),
        (
            "watch",
            s.server.watch.value.to_string(),
            s.server.watch.source.to_string(),
        ),
        row(
            &options::NO_LIVE_RELOAD,
            &s.server.live_reload,
            !s.server.live_reload.value,
        ),
        row(&options::VERBOSE, &s.verbosity, s.verbosity.value),
    ]
}

fn seconds(limit: Option<Duration>) -> String {
    limit.map_or_else(
        || "none".to_owned(),
        |limit| format!("{} s", limit.as_secs()),
    )
}

fn row_or_none<T: Display>(option: &Descriptor, setting: Option<&Setting<T>>) -> Row {
    match setting {
        Some(setting) => row(option, setting, &setting.value),
        None => (option.key, "none".to_owned(), Source::Default.to_string()),
    }
}

fn row<T>(option: &Descriptor, setting: &Setting<T>, value: impl ToString) -> Row {
    (option.key, value.to_string(), setting.source.to_string())
}
