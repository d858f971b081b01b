//! `--print-config`: name, value and source of every setting.

use super::descriptor::Descriptor;
use super::options;
use super::value::{Setting, ValueSource};
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

#[rustfmt::skip]
fn rows(settings: &Settings) -> Vec<Row> {
    let Settings { app, api, data_api, server, project, verbosity, .. } = settings;
    let config_file = project.config_file.as_ref();
    let configuration = project.configuration.as_deref();
    let worker = api.functions_worker.as_ref();
    vec![
        ("config", config_file.map_or("none".to_owned(), |file| file.display().to_string()), String::new()),
        ("configName", configuration.unwrap_or("none").to_owned(), String::new()),
        row(&options::APP_LOCATION, &app.location, |folder| folder.display()),
        row(&options::OUTPUT_LOCATION, &app.output_location, |folder| folder.display()),
        row_or(&options::APP_DEVSERVER_URL, app.devserver_url.as_ref(), |url| url, "none"),
        row_or(&options::RUN, app.run.as_ref(), |command| command, "none"),
        row(&options::DEVSERVER_TIMEOUT, &app.devserver_timeout, |limit| or_none(limit.map(|it| format!("{} s", it.as_secs())))),
        row_or(&options::SWA_CONFIG_LOCATION, app.config_location.as_ref(), |folder| folder.display(), "the app location"),
        row(&options::FOLLOW_LINKS, &app.follow_links, |follows| follows),
        row(api_option(&api.target), &api.target, shown_api),
        row(&options::API_KIND, &api.kind, |kind| kind),
        row(&options::API_TIMEOUT, &api.timeout, |limit| or_none(limit.map(|it| format!("{} s", it.as_secs())))),
        row(&options::API_PORT, &api.port, |port| port),
        row(&options::API_HOST, &api.host, |host| host),
        row(&options::API_DEBUG, &api.debug, |port| or_none(*port)),
        row(&options::ENVIRONMENT, &api.overlay, |overlay| &overlay.name),
        row(&options::IGNORE_LINK, &api.ignore_link, |ignore| ignore),
        row_or(&options::FUNCTIONS_WORKER, worker, |folder| folder.display(), "none"),
        row(&options::NO_INSTALL, &api.install, |install| !install),
        row(data_api_option(data_api), data_api, shown_data_api),
        row(&options::PORT, &server.port, |port| port),
        row(&options::HOST, &server.host, |host| host),
        row(&options::ALLOW_HOST, &server.allow_host, |hosts| shown_list(hosts)),
        row(&options::INSPECT_FROM, &server.inspect_from, |ranges| shown_list(ranges)),
        row(&options::NO_INSPECT, &server.inspect, |inspect| !inspect),
        row(&options::SSL, &server.tls, shown_tls),
        row(&options::OPEN, &server.open, |open| open),
        row(&options::STRICT, &server.strict, |strict| strict),
        row(&options::CLIENT_IP, &server.client_ip, |ip| ip.map_or("the caller's".to_owned(), |ip| ip.to_string())),
        row(&options::PROD_ERRORS, &server.prod_errors, |bare| bare),
        row(&options::AUTH, &settings.auth, |choices| match choices.is_empty() {
            true => "mock".to_owned(),
            false => shown_list(choices),
        }),
        ("watch", server.watch.value.to_string(), server.watch.source.to_string()),
        row(&options::NO_LIVE_RELOAD, &server.live_reload, |live| !live),
        row(&options::YES, &settings.assume_yes, |yes| yes),
        row(&options::JSON, &settings.json, |json| json),
        row(&options::VERBOSE, verbosity, |verbosity| verbosity),
    ]
}

fn row<'a, T, S: ToString>(
    option: &Descriptor,
    setting: &'a Setting<T>,
    shown: impl Fn(&'a T) -> S,
) -> Row {
    let value = shown(&setting.value).to_string();
    (option.key, value, setting.source.to_string())
}

fn row_or<'a, T, S: ToString>(
    option: &Descriptor,
    setting: Option<&'a Setting<T>>,
    shown: impl Fn(&'a T) -> S,
    absent: &str,
) -> Row {
    match setting {
        Some(setting) => row(option, setting, shown),
        None => (
            option.key,
            absent.to_owned(),
            ValueSource::Default.to_string(),
        ),
    }
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn shown_list<T: ToString>(list: &[T]) -> String {
    let names: Vec<String> = list.iter().map(T::to_string).collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

fn api_option(api: &ApiSetting) -> &'static Descriptor {
    match api {
        ApiSetting::None | ApiSetting::Folder(_) => &options::API_LOCATION,
        ApiSetting::Url { .. } => &options::API_DEVSERVER_URL,
    }
}

fn shown_api(api: &ApiSetting) -> String {
    match api {
        ApiSetting::None => "none".to_owned(),
        ApiSetting::Folder(folder) => folder.display().to_string(),
        ApiSetting::Url { url, .. } => url.to_string(),
    }
}

fn data_api_option(data_api: &DataApiSetting) -> &'static Descriptor {
    match data_api {
        DataApiSetting::None | DataApiSetting::Folder { .. } => &options::DATA_API_LOCATION,
        DataApiSetting::Url(_) => &options::DATA_API_DEVSERVER_URL,
    }
}

fn shown_data_api(data_api: &DataApiSetting) -> String {
    match data_api {
        DataApiSetting::None => "none".to_owned(),
        DataApiSetting::Folder { folder, .. } => folder.display().to_string(),
        DataApiSetting::Url(url) => url.to_string(),
    }
}

fn shown_tls(tls: &TlsSetting) -> String {
    match tls {
        TlsSetting::Off => "false".to_owned(),
        TlsSetting::SelfMade => "true".to_owned(),
        TlsSetting::Files { cert, .. } => format!("true, with {}", cert.display()),
    }
}
