//! The chdir rule, the content root, and what answers `/api`.

use std::path::PathBuf;

use cygnet::link::BackendKind;
use cygnet::settings::descriptor::Visibility;
use cygnet::settings::{ApiSetting, ValueSource, options, table};

use super::project::Project;

const DIST: &str =
    r#"{"configurations": {"app": {"outputLocation": "dist", "apiLocation": "api"}}}"#;

fn output(project: &Project, words: &[&str]) -> PathBuf {
    project.start(words).quiet().app.output_location.value
}

#[test]
fn relative_paths_start_at_the_folder_of_the_configuration_file() {
    let project = Project::new(&["sub/dist", "sub/api", "sub/other", "sub/conf", "other"])
        .file("sub/swa-cli.config.json", DIST)
        .env("SWA_RUNTIME_CONFIG_LOCATION", "conf");
    let words = ["--config", "sub/swa-cli.config.json"];
    let settings = project.start(&words).quiet();
    assert_eq!(settings.project.base_dir, project.path("sub"));
    assert_eq!(settings.app.location.value, project.path("sub"));
    assert_eq!(settings.app.output_location.value, project.path("sub/dist"));
    assert_eq!(
        settings.api.target.value,
        ApiSetting::Folder(project.path("sub/api"))
    );
    assert_eq!(
        settings.app.config_location.unwrap().value,
        project.path("sub/conf")
    );
    // What is typed too: the official CLI changes its current folder.
    let words = ["other", "--config", "sub/swa-cli.config.json"];
    assert_eq!(output(&project, &words), project.path("sub/other"));
}

#[test]
fn without_a_configuration_file_they_start_at_the_current_folder() {
    let project = Project::new(&["dist"]);
    let settings = project.start(&["./x/../dist/."]).quiet();
    assert_eq!(settings.app.output_location.value, project.path("dist"));
    assert_eq!(settings.app.output_location.source, ValueSource::Positional);
    assert_eq!(
        (settings.project.config_file, settings.project.base_dir),
        (None, project.path(""))
    );
}

#[test]
fn the_content_root_is_sought_in_the_app_location_first() {
    let project = Project::new(&["app/dist", "dist", "app", "base"]);
    assert_eq!(output(&project, &["-a", "app"]), project.path("app"));
    assert_eq!(
        output(&project, &["-a", "app", "-O", "dist"]),
        project.path("app/dist")
    );
    assert_eq!(
        output(&project, &["-a", "app", "-O", "base"]),
        project.path("base")
    );
    assert_eq!(
        output(&project, &["dist", "-a", "app"]),
        project.path("app/dist")
    );
    let absolute = project.path("base");
    assert_eq!(
        output(&project, &["-a", "app", "-O", absolute.to_str().unwrap()]),
        absolute
    );
}

#[test]
fn a_content_root_that_is_missing_is_an_error_that_says_who_named_it() {
    let project = Project::new(&["app"]).file("page.html", "");
    insta::assert_snapshot!(project.error(&["dist"]), @r#"
    1 The folder "[ROOT]/dist" is not found.
    hint: it is named by the argument; build the app first, or name another folder
    "#);
    insta::assert_snapshot!(project.error(&["-a", "app", "-O", "dist"]), @r#"
    1 The folder "[ROOT]/app/dist" is not found.
    hint: it is named by `--output-location`; build the app first, or name another folder
    "#);
    insta::assert_snapshot!(project.error(&["-O", "page.html"]), @r#"
    1 "[ROOT]/page.html" is not a folder.
    hint: it is named by `--output-location`; name the folder that holds it
    "#);
    insta::assert_snapshot!(project.error(&["-a", "ap"]), @r#"
    1 The folder "[ROOT]/ap" is not found.
    hint: it is named by `--app-location`; create it, or name another folder
    "#);
    insta::assert_snapshot!(Project::new(&[]).config(DIST).error(&[]), @r#"
    1 The folder "[ROOT]/dist" is not found.
    hint: it is named by `outputLocation` (swa-cli.config.json:1:47); build the app first, or name another folder
    "#);
    let project = Project::new(&[]).env("SWA_CLI_OUTPUT_LOCATION", "dist");
    insta::assert_snapshot!(project.error(&[]), @r#"
    1 The folder "[ROOT]/dist" is not found.
    hint: it is named by `SWA_CLI_OUTPUT_LOCATION`; build the app first, or name another folder
    "#);
}

#[test]
fn an_app_location_that_is_missing_is_a_warning_when_the_content_root_is_there() {
    let project = Project::new(&["dist"]);
    let outcome = project.start(&["dist", "-a", "src"]);
    assert_eq!(
        outcome
            .warnings()
            .iter()
            .map(|w| project.shown(w))
            .collect::<Vec<_>>(),
        [
            "The folder \"[ROOT]/src\" is not found (--app-location). | it is the app location; serving \"[ROOT]/dist\""
        ]
    );
    assert_eq!(
        outcome.settings.unwrap().app.output_location.value,
        project.path("dist")
    );
}

#[test]
fn a_folder_or_a_url_given_twice_is_a_usage_error() {
    let project = Project::new(&["dist"]);
    insta::assert_snapshot!(project.error(&["dist", "-O", "dist"]), @"
    2 cygnet start <outputLocation> cannot be used when --output-location option is also set.
    hint: You either have to use the positional argument or option, not both at the same time.
    ");
    insta::assert_snapshot!(project.error(&["http://localhost:3000", "-D", "http://localhost:4000"]), @"
    2 cygnet start <appDevserverUrl> cannot be used when --app-devserver-url option is also set.
    hint: You either have to use the positional argument or option, not both at the same time.
    ");
    let named = Project::new(&["dist"]).config(DIST);
    assert_eq!(
        named
            .start(&["app", "-O", "dist"])
            .settings
            .unwrap()
            .app
            .output_location
            .value,
        named.path("dist")
    );
}

#[test]
fn a_dev_server_needs_no_output_location_and_the_stronger_layer_chooses() {
    let url = |project: &Project, words: &[&str]| {
        let outcome = project.start(words);
        let warnings = outcome.warnings().len();
        let settings = outcome.settings.unwrap();
        let url = settings.app.devserver_url.map(|url| url.value.to_string());
        (url, settings.app.output_location.value, warnings)
    };
    let project = Project::new(&["dist"]);
    let told = Some("http://localhost:3000/".to_owned());
    let here = project.path("");
    assert_eq!(
        url(&project, &["http://localhost:3000"]),
        (told.clone(), here.clone(), 0)
    );
    assert_eq!(
        url(&project, &["-D", "http://localhost:3000", "-O", "missing"]),
        (told.clone(), here, 1),
        "the dev server wins over a folder, which is said"
    );
    let configured = Project::new(&["dist"]).config(
        r#"{ "configurations": { "x": { "appDevserverUrl": "http://localhost:3000", "outputLocation": "dist" } } }"#,
    );
    assert_eq!(url(&configured, &[]), (told, configured.path("dist"), 0));
    assert_eq!(
        url(&configured, &["dist"]),
        (None, configured.path("dist"), 1),
        "what is typed wins over what is written"
    );
}

#[test]
fn a_configuration_folder_that_is_missing_is_an_error() {
    // Serving without the rules that were asked for would open what they close.
    insta::assert_snapshot!(Project::new(&[]).error(&["-w", "conf"]), @r#"
    1 The folder "[ROOT]/conf" is not found.
    hint: it is named by `--swa-config-location`; create it, or name another folder
    "#);
    let project = Project::new(&[]).file("staticwebapp.config.json", "{}");
    insta::assert_snapshot!(project.error(&["-w", "staticwebapp.config.json"]), @r#"
    1 "[ROOT]/staticwebapp.config.json" is not a folder.
    hint: it is named by `--swa-config-location`; name the folder that holds it
    "#);
}

#[test]
fn a_missing_api_folder_is_a_warning_and_no_api() {
    let project = Project::new(&["dist"]).config(DIST);
    let outcome = project.start(&[]);
    assert_eq!(
        outcome
            .warnings()
            .iter()
            .map(|w| project.shown(w))
            .collect::<Vec<_>>(),
        [
            "Skipping Api because folder \"[ROOT]/api\" is missing | it is named by `apiLocation` \
          (swa-cli.config.json:1:70); create it, or name another folder, and start again"
        ]
    );
    assert_eq!(outcome.settings.unwrap().api.target.value, ApiSetting::None);
}

#[test]
fn a_url_as_api_location_is_a_url() {
    let settings = Project::new(&[])
        .start(&["-i", "http://localhost:7071", "--api-kind", "app-service"])
        .quiet();
    let expected = ApiSetting::Url {
        url: "http://localhost:7071".parse().unwrap(),
        kind: BackendKind::AppService,
    };
    assert_eq!(settings.api.target.value, expected);
    assert_eq!(
        settings.api.target.source,
        ValueSource::Flag("--api-location")
    );
}

#[test]
fn a_typed_api_location_wins_over_the_url_of_the_file() {
    let project = Project::new(&["dist", "api"]).config(
        r#"{"configurations": {"app": {"outputLocation": "dist", "apiDevserverUrl": "http://localhost:7071"}}}"#,
    );
    let outcome = project.start(&["--api-location", "api"]);
    let warnings = outcome.warnings();
    let expected = "is not used: API location `api` (--api-location) wins | remove one of the two";
    assert!(warnings[0].ends_with(expected), "{warnings:?}");
    let api = outcome.settings.unwrap().api.target.value;
    assert!(matches!(api, ApiSetting::Folder(_)), "{api:?}");
}

#[test]
fn of_an_api_folder_and_a_url_the_url_wins_with_a_warning() {
    let project = Project::new(&["dist", "api"]).config(DIST);
    let outcome = project.start(&["--api-url", "http://localhost:7071"]);
    assert_eq!(
        outcome.warnings(),
        [
            "API location `api` (swa-cli.config.json:1:70) is not used: API URL `http://localhost:7071/` \
          (--api-devserver-url) wins | remove one of the two"
        ]
    );
    assert!(matches!(
        outcome.settings.unwrap().api.target.value,
        ApiSetting::Url { .. }
    ));
}

#[test]
fn an_empty_api_takes_a_weaker_one_away() {
    let project = Project::new(&["dist", "api"]).config(DIST);
    let settings = project.start(&["--api-location", ""]).quiet();
    assert_eq!(settings.api.target.value, ApiSetting::None);
    let config = r#"{"configurations": {"x": {"apiDevserverUrl": "", "swaConfigLocation": ""}}}"#;
    let project = Project::new(&[])
        .config(config)
        .env("SWA_CLI_API_DEVSERVER_URL", "http://h:1");
    let settings = project.start(&[]).quiet();
    assert_eq!(
        (settings.api.target.value, settings.app.config_location),
        (ApiSetting::None, None)
    );
}

#[test]
fn a_kind_that_a_folder_cannot_be_is_a_warning() {
    let project = Project::new(&["api"]);
    assert_eq!(
        project
            .start(&["-i", "api", "--api-kind", "app-service"])
            .warnings()
            .len(),
        1
    );
    assert_eq!(
        project
            .start(&["-i", "api", "--api-kind", "managed"])
            .warnings()
            .len(),
        0
    );
}

#[test]
fn print_config_shows_every_value_and_its_source() {
    let project = Project::new(&["dist", "api"])
        .config(DIST)
        .env("SWA_CLI_HOST", "127.0.0.1")
        .dotenv("CYGNET_STRICT=true");
    let shown = |words: &[&str]| project.shown(table::table(&project.start(words).quiet()));
    // The folder's name has no fixed length, and values are padded to it.
    let spaces = regex::Regex::new("  +").unwrap();
    let table = shown(&["-p", "0", "--api-timeout=0"]);
    insta::assert_snapshot!(spaces.replace_all(&table, "  "), @"
    Options:
      config  [ROOT]/swa-cli.config.json
      configName  app
      appLocation  [ROOT]  default
      outputLocation  [ROOT]/dist  swa-cli.config.json:1:47
      appDevserverUrl  none  default
      run  none  default
      devserverTimeout  60 s  default
      swaConfigLocation  the app location  default
      followLinks  false  default
      apiLocation  [ROOT]/api  swa-cli.config.json:1:70
      apiKind  functions  default
      apiTimeout  none  --api-timeout
      apiPort  7071  default
      apiHost  auto  default
      apiDebug  none  default
      environment  default
      ignoreLink  false  default
      functionsWorker  none  default
      noInstall  false  default
      dataApiLocation  none  default
      port  0  --port
      host  127.0.0.1  SWA_CLI_HOST
      allowHost  none  default
      inspectFrom  none  default
      noInspect  false  default
      ssl  false  default
      open  false  default
      strict  true  CYGNET_STRICT in .env
      clientIp  the caller's  default
      prodErrors  false  default
      auth  mock  default
      watch  native  default
      noLiveReload  false  default
      yes  false  default
      json  false  default
      verbose  log  default
    ");
}

/// Options that have no row of their own, each with the row that shows them.
const SHOWN_BY_ANOTHER: &[(&str, &str)] = &[
    ("apiDevserverUrl", "apiLocation"),
    ("dataApiDevserverUrl", "dataApiLocation"),
    ("dataApiPort", "dataApiLocation"),
    ("sslCert", "ssl"),
    ("sslKey", "ssl"),
    ("noWatch", "watch"),
    ("poll", "watch"),
    // It is on, or there would be no table.
    ("printConfig", "config"),
];

#[test]
fn print_config_forgets_no_option() {
    let project = Project::new(&["dist"]);
    let table = table::table(&project.start(&["dist"]).quiet());
    let rows: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let all = options::ALL.iter();
    for option in all.filter(|option| option.visibility == Visibility::Shown) {
        let other = SHOWN_BY_ANOTHER.iter().find(|(key, _)| *key == option.key);
        let row = other.map_or(option.key, |(_, row)| row);
        assert!(rows.contains(&row), "{} has no row in {table}", option.key);
    }
}
