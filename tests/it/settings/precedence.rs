//! Flag > `configurations.X.start` > `configurations.X` > variable > `.env` > default, for every option.

use cygnet::settings::{
    ApiSetting, DataApiSetting, Setting, Settings, TlsSetting, ValueSource, options,
};

use super::project::Project;

/// One option with a different value in each layer.
struct Case {
    key: &'static str,
    flag: &'static [&'static str],
    /// JSON of the `start` block, then of the configuration.
    file: [&'static str; 2],
    /// The variable, and its values in the environment and in `.env`.
    env: (&'static str, &'static str, &'static str),
    /// What each layer's value means, strongest first: flag, start, configuration, environment, `.env`, default.
    meant: [&'static str; 6],
    read: fn(&Settings) -> (String, &ValueSource),
}

fn last_folder(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn api(settings: &Settings) -> (String, &ValueSource) {
    let value = match &settings.api.target.value {
        ApiSetting::None => "none".to_owned(),
        ApiSetting::Folder(path) => last_folder(path),
        ApiSetting::Url { url, .. } => url.to_string(),
    };
    (value, &settings.api.target.source)
}

fn data_api(settings: &Settings) -> (String, &ValueSource) {
    let value = match &settings.data_api.value {
        DataApiSetting::None => "none".to_owned(),
        DataApiSetting::Folder { folder, .. } => last_folder(folder),
        DataApiSetting::Url(url) => url.to_string(),
    };
    (value, &settings.data_api.source)
}

fn or_none<T: ToString>(setting: &Option<Setting<T>>) -> (String, &ValueSource) {
    match setting {
        Some(setting) => (setting.value.to_string(), &setting.source),
        None => ("none".to_owned(), &ValueSource::Default),
    }
}

macro_rules! case {
    ($key:literal, $flag:expr, $file:expr, $env:expr, $meant:expr, $read:expr) => {
        Case {
            key: $key,
            flag: &$flag,
            file: $file,
            env: $env,
            meant: $meant,
            read: $read,
        }
    };
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    vec![
        case!("appLocation", ["--app-location", "a1"], [r#""a2""#, r#""a3""#], ("SWA_CLI_APP_LOCATION", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "project"], |s| (last_folder(&s.app.location), &s.app.location.source)),
        case!("outputLocation", ["-O", "a1"], [r#""a2""#, r#""a3""#], ("SWA_CLI_OUTPUT_LOCATION", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "project"], |s| (last_folder(&s.app.output_location), &s.app.output_location.source)),
        case!("appDevserverUrl", ["-D", "http://h:1"], [r#""http://h:2""#, r#""http://h:3""#],
            ("SWA_CLI_APP_DEVSERVER_URL", "http://h:4", "http://h:5"),
            ["http://h:1/", "http://h:2/", "http://h:3/", "http://h:4/", "http://h:5/", "none"], |s| or_none(&s.app.devserver_url)),
        case!("run", ["-r", "a"], [r#""b""#, r#""c""#], ("SWA_CLI_STARTUP_COMMAND", "d", "e"),
            ["a", "b", "c", "d", "e", "none"], |s| or_none(&s.app.run)),
        case!("devserverTimeout", ["-t", "0"], ["2", r#""3""#], ("SWA_CLI_SERVER_TIMEOUT", "4", "5"),
            ["None", "Some(2s)", "Some(3s)", "Some(4s)", "Some(5s)", "Some(60s)"],
            |s| (format!("{:?}", s.app.devserver_timeout.value), &s.app.devserver_timeout.source)),
        case!("apiLocation", ["-i", "a1"], [r#""a2""#, r#""a3""#], ("SWA_CLI_API_LOCATION", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "none"], api),
        case!("apiDevserverUrl", ["-is", "http://h:1"], [r#""http://h:2""#, r#""http://h:3""#],
            ("SWA_CLI_API_DEVSERVER_URL", "http://h:4", "http://h:5"),
            ["http://h:1/", "http://h:2/", "http://h:3/", "http://h:4/", "http://h:5/", "none"], api),
        case!("apiKind", ["--api-kind", "managed"], [r#""app-service""#, r#""container-apps""#],
            ("CYGNET_API_KIND", "api-management", "managed"),
            ["managed", "app-service", "container-apps", "api-management", "managed", "functions"],
            |s| (s.api.kind.to_string(), &s.api.kind.source)),
        case!("swaConfigLocation", ["-w", "a1"], [r#""a2""#, r#""a3""#], ("SWA_RUNTIME_CONFIG_LOCATION", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "none"], |s| match &s.app.config_location {
                Some(folder) => (last_folder(folder), &folder.source),
                None => ("none".to_owned(), &ValueSource::Default),
            }),
        case!("dataApiLocation", ["-db", "a1"], [r#""a2""#, r#""a3""#], ("SWA_CLI_DATA_API_LOCATION", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "none"], data_api),
        case!("dataApiDevserverUrl", ["-ds", "http://h:1"], [r#""http://h:2""#, r#""http://h:3""#],
            ("SWA_CLI_DATA_API_DEVSERVER_URL", "http://h:4", "http://h:5"),
            ["http://h:1/", "http://h:2/", "http://h:3/", "http://h:4/", "http://h:5/", "none"], data_api),
        case!("ssl", ["-s"], ["false", "true"], ("SWA_CLI_APP_SSL", "0", "1"),
            ["true", "false", "true", "false", "true", "false"],
            |s| ((s.server.tls.value != TlsSetting::Off).to_string(), &s.server.tls.source)),
        case!("port", ["-p", "1"], ["2", "3"], ("SWA_CLI_PORT", "4", "5"),
            ["1", "2", "3", "4", "5", "4280"], |s| (s.server.port.to_string(), &s.server.port.source)),
        case!("host", ["-q", "h1"], [r#""h2""#, r#""h3""#], ("SWA_CLI_HOST", "h4", "h5"),
            ["h1", "h2", "h3", "h4", "h5", "localhost"], |s| (s.server.host.to_string(), &s.server.host.source)),
        case!("allowHost", ["--allow-host", "h1"], [r#"["h2", ".h2"]"#, r#""h3,*.h3""#], ("CYGNET_ALLOW_HOST", "h4", "h5"),
            ["h1", "h2 .h2", "h3 *.h3", "h4", "h5", ""], |s| {
                let names: Vec<String> = s.server.allow_host.value.iter().map(ToString::to_string).collect();
                (names.join(" "), &s.server.allow_host.source)
            }),
        case!("inspectFrom", ["--inspect-from", "10.0.0.1"], [r#"["10.0.0.2", "any"]"#, r#""10.0.0.3,10.0.1.0/24""#],
            ("CYGNET_INSPECT_FROM", "10.0.0.4", "10.0.0.5"),
            ["10.0.0.1", "10.0.0.2 any", "10.0.0.3 10.0.1.0/24", "10.0.0.4", "10.0.0.5", ""], |s| {
                let ranges: Vec<String> = s.server.inspect_from.value.iter().map(ToString::to_string).collect();
                (ranges.join(" "), &s.server.inspect_from.source)
            }),
        case!("noInspect", ["--no-inspect"], ["false", "true"], ("CYGNET_NO_INSPECT", "0", "true"),
            ["false", "true", "false", "true", "false", "true"], |s| (s.server.inspect.to_string(), &s.server.inspect.source)),
        case!("open", ["--open=false"], ["true", "false"], ("SWA_CLI_OPEN_BROWSER", "true", "1"),
            ["false", "true", "false", "true", "true", "false"], |s| (s.server.open.to_string(), &s.server.open.source)),
        case!("verbose", ["-V", "silly"], [r#""silent""#, r#""info""#], ("SWA_CLI_DEBUG", "silly", "SILENT"),
            ["silly", "silent", "info", "silly", "silent", "log"], |s| (s.verbosity.to_string(), &s.verbosity.source)),
        case!("followLinks", ["--follow-links"], ["false", "true"], ("CYGNET_FOLLOW_LINKS", "0", "true"),
            ["true", "false", "true", "false", "true", "false"], |s| (s.app.follow_links.to_string(), &s.app.follow_links.source)),
        case!("auth", ["--auth", "real"], [r#"["aad=real", "mock"]"#, r#""google=real,real""#], ("CYGNET_AUTH", "mock", "aad=mock"),
            ["real", "aad=real mock", "google=real real", "mock", "aad=mock", ""], |s| {
                let choices: Vec<String> = s.auth.value.iter().map(ToString::to_string).collect();
                (choices.join(" "), &s.auth.source)
            }),
        case!("prodErrors", ["--prod-errors"], ["false", "true"], ("CYGNET_PROD_ERRORS", "0", "true"),
            ["true", "false", "true", "false", "true", "false"], |s| (s.server.prod_errors.to_string(), &s.server.prod_errors.source)),
        case!("strict", ["--strict"], ["false", "true"], ("CYGNET_STRICT", "0", "true"),
            ["true", "false", "true", "false", "true", "false"], |s| (s.server.strict.to_string(), &s.server.strict.source)),
        case!("clientIp", ["--client-ip", "::1"], [r#""10.0.0.2""#, r#""10.0.0.3""#], ("CYGNET_CLIENT_IP", "10.0.0.4", "10.0.0.5"),
            ["Some(::1)", "Some(10.0.0.2)", "Some(10.0.0.3)", "Some(10.0.0.4)", "Some(10.0.0.5)", "None"],
            |s| (format!("{:?}", s.server.client_ip.value), &s.server.client_ip.source)),
        case!("apiTimeout", ["--api-timeout", "0"], ["2", r#""3""#], ("CYGNET_API_TIMEOUT", "4", "5"),
            ["None", "Some(2s)", "Some(3s)", "Some(4s)", "Some(5s)", "Some(45s)"],
            |s| (format!("{:?}", s.api.timeout.value), &s.api.timeout.source)),
        case!("functionsWorker", ["--functions-worker", "a1"], [r#""a2""#, r#""a3""#], ("CYGNET_FUNCTIONS_WORKER", "a4", "a5"),
            ["a1", "a2", "a3", "a4", "a5", "none"], |s| match &s.api.functions_worker {
                Some(folder) => (last_folder(folder), &folder.source),
                None => ("none".to_owned(), &ValueSource::Default),
            }),
        case!("apiHost", ["--api-host", "node"], [r#""python""#, r#""custom""#], ("CYGNET_API_HOST", "func", "NODE"),
            ["node", "python", "custom", "func", "node", "auto"], |s| (s.api.host.to_string(), &s.api.host.source)),
        case!("apiDebug", ["--api-debug", "1"], ["2", r#""3""#], ("CYGNET_API_DEBUG", "4", "5"),
            ["Some(1)", "Some(2)", "Some(3)", "Some(4)", "Some(5)", "None"],
            |s| (format!("{:?}", s.api.debug.value), &s.api.debug.source)),
        case!("noInstall", ["--no-install"], ["false", "true"], ("CYGNET_NO_INSTALL", "false", "1"),
            ["false", "true", "false", "true", "false", "true"], |s| (s.api.install.to_string(), &s.api.install.source)),
        case!("ignoreLink", ["--ignore-link"], ["false", "true"], ("CYGNET_IGNORE_LINK", "false", "1"),
            ["true", "false", "true", "false", "true", "false"], |s| (s.api.ignore_link.to_string(), &s.api.ignore_link.source)),
        case!("noWatch", ["--no-watch"], ["false", "true"], ("CYGNET_NO_WATCH", "undefined", "1"),
            ["off", "native", "off", "native", "off", "native"], |s| (s.server.watch.to_string(), &s.server.watch.source)),
        case!("noLiveReload", ["--no-live-reload"], ["false", "true"], ("CYGNET_NO_LIVE_RELOAD", "0", "1"),
            ["false", "true", "false", "true", "false", "true"], |s| (s.server.live_reload.to_string(), &s.server.live_reload.source)),
        case!("poll", ["--poll"], ["false", "true"], ("CYGNET_POLL", "null", "1"),
            ["poll", "native", "poll", "native", "poll", "native"], |s| (s.server.watch.to_string(), &s.server.watch.source)),
    ]
}

#[test]
fn each_option_is_taken_from_the_strongest_layer_that_has_it() {
    for case in cases() {
        for layer in 0..6 {
            let at = format!("{} in layer {layer}", case.key);
            let project = project_of(&case, layer);
            let words = if layer == 0 { case.flag } else { &[] };
            let settings = project.start(words).quiet();
            let (value, source) = (case.read)(&settings);
            assert_eq!(value, case.meant[layer], "{at}");
            assert!(is_layer(source, layer), "{at}: {source:?}");
        }
    }
}

/// The project with the values of `layer` and of all weaker layers.
fn project_of(case: &Case, layer: usize) -> Project {
    let folders = ["a1", "a2", "a3", "a4", "a5"].map(|name| format!("project/{name}"));
    let mut project = Project::new(&folders.each_ref().map(String::as_str));
    project.around.cwd = project.path("project");
    let (key, [start, shared]) = (case.key, case.file);
    let start = if layer <= 1 {
        format!(r#""{key}": {start}"#)
    } else {
        String::new()
    };
    let shared = if layer <= 2 {
        format!(r#", "{key}": {shared}"#)
    } else {
        String::new()
    };
    let config = format!(r#"{{"configurations": {{"x": {{"start": {{{start}}}{shared}}}}}}}"#);
    let mut project = project.file("project/swa-cli.config.json", &config);
    let (name, env, dotenv) = case.env;
    if layer <= 3 {
        project = project.env(name, env);
    }
    if layer <= 4 {
        project = project.dotenv(&format!("{name}={dotenv}"));
    }
    project
}

fn is_layer(source: &ValueSource, layer: usize) -> bool {
    match source {
        ValueSource::Flag(_) => layer == 0,
        ValueSource::ConfigFile { start_block, .. } => layer == if *start_block { 1 } else { 2 },
        ValueSource::Env(_) => layer == 3,
        ValueSource::DotEnv(_) => layer == 4,
        ValueSource::Default => layer == 5,
        ValueSource::Positional | ValueSource::Link(_) | ValueSource::Detected => false,
    }
}

/// Options whose layers cannot be seen one by one: the module `drop_in` has them; `environment` names something that must
/// be deployed (`tests/serve`).
const ELSEWHERE: [&str; 7] = [
    "printConfig",
    "apiPort",
    "environment",
    "funcArgs",
    "dataApiPort",
    "sslCert",
    "sslKey",
];

/// A new option has to be given its row above.
#[test]
fn every_option_has_a_case() {
    let tested: Vec<&str> = cases().iter().map(|case| case.key).collect();
    for option in options::ALL.iter().filter(|it| it.is_read_from_file) {
        assert!(
            tested.contains(&option.key) || ELSEWHERE.contains(&option.key),
            "{}",
            option.key
        );
    }
    for case in cases() {
        let option = options::ALL.iter().find(|option| option.key == case.key);
        assert_eq!(option.unwrap().env, Some(case.env.0), "{}", case.key);
    }
}

#[test]
fn print_config_is_a_flag_or_a_key() {
    let config = r#"{"configurations": {"x": {"printConfig": true}}}"#;
    let project = Project::new(&[]).config(config);
    assert!(project.start(&[]).quiet().print_config.value);
    assert!(
        !project
            .start(&["--print-config=false"])
            .quiet()
            .print_config
            .value
    );
    assert!(Project::new(&[]).start(&["-g"]).quiet().print_config.value);
    assert!(!Project::new(&[]).start(&[]).quiet().print_config.value);
}

#[test]
fn an_empty_variable_is_none() {
    let project = Project::new(&[])
        .env("SWA_CLI_PORT", "")
        .dotenv("SWA_CLI_PORT=6000");
    let port = project.start(&[]).quiet().server.port;
    assert_eq!(
        (port.value, port.source),
        (6000, ValueSource::DotEnv("SWA_CLI_PORT"))
    );
}

#[test]
fn in_a_container_the_default_host_is_loopback_too() {
    let outcome = Project::new(&[]).docker().start(&[]);
    assert_eq!(outcome.settings.unwrap().server.host.value, "localhost");
    assert!(outcome.notices[0].message.contains("--host 0.0.0.0"));
}

#[test]
fn of_poll_and_no_watch_the_stronger_layer_counts() {
    let mode = |config: &str, words: &[&str]| {
        let project = Project::new(&[]).config(config);
        project.start(words).quiet().server.watch.value.to_string()
    };
    let no_watch = r#"{"configurations": {"x": {"noWatch": true}}}"#;
    let poll = r#"{"configurations": {"x": {"poll": true}}}"#;
    let both = r#"{"configurations": {"x": {"poll": true, "noWatch": true}}}"#;
    assert_eq!(mode(no_watch, &["--poll"]), "poll");
    assert_eq!(mode(poll, &["--no-watch"]), "off");
    assert_eq!(mode(both, &[]), "off");
    assert_eq!(mode(both, &["--no-watch=false"]), "poll");
}
