//! HTTPS, the Data API, and options of the official CLI that are only accepted.

use cygnet::settings::{DataApiSetting, TlsSetting};

use super::project::Project;

#[test]
fn certificate_and_key_come_together_from_every_layer() {
    let project = Project::new(&[]).config(
        r#"{"configurations": {"x": {"ssl": true, "sslCert": "c.pem", "sslKey": "k.pem"}}}"#,
    );
    let files = |cert: &str, key: &str| TlsSetting::Files {
        cert: project.path(cert),
        key: project.path(key),
    };
    let tls = |words: &[&str]| project.start(words).quiet().server.tls.value;
    assert_eq!(tls(&[]), files("c.pem", "k.pem"));
    assert_eq!(
        tls(&["-e", "d.pem", "-k", "l.pem"]),
        files("d.pem", "l.pem")
    );
    assert_eq!(tls(&["--ssl-cert=", "--ssl-key="]), TlsSetting::SelfMade);

    let project = Project::new(&[])
        .env("SWA_CLI_APP_SSL", "true")
        .env("SWA_CLI_APP_SSL_CERT", "c.pem")
        .dotenv("SWA_CLI_APP_SSL_KEY=k.pem");
    let files = TlsSetting::Files {
        cert: project.path("c.pem"),
        key: project.path("k.pem"),
    };
    assert_eq!(project.start(&[]).quiet().server.tls.value, files);
}

#[test]
fn one_file_without_the_other_is_refused() {
    let project = Project::new(&[]);
    assert_eq!(
        project.error(&["--ssl", "--ssl-cert", "c.pem"]),
        "1 `--ssl-cert` is set, but --ssl-key is not\nhint: give --ssl-key too, or leave `--ssl-cert` out to use a certificate made here"
    );
    assert_eq!(
        project.env("SWA_CLI_APP_SSL_KEY", "k").error(&["-s"]),
        "1 `SWA_CLI_APP_SSL_KEY` is set, but --ssl-cert is not\nhint: give --ssl-cert too, or leave `SWA_CLI_APP_SSL_KEY` out to use a certificate made here"
    );
}

#[test]
fn files_without_ssl_are_said_to_be_unused() {
    let outcome = Project::new(&[]).start(&["--ssl-cert", "c.pem"]);
    assert_eq!(
        outcome.warnings(),
        [
            "The certificate `c.pem` (--ssl-cert) is not used: HTTPS is off. | add `--ssl`, or remove the certificate and its key"
        ]
    );
    assert_eq!(outcome.settings.unwrap().server.tls.value, TlsSetting::Off);
}

#[test]
fn the_data_api_is_a_folder_with_a_port_or_a_url() {
    let project = Project::new(&["db"]).env("SWA_CLI_DATA_API_PORT", "5001");
    let folder = DataApiSetting::Folder {
        folder: project.path("db"),
        port: Some(5001),
    };
    let settings = project.start(&["--data-api-location", "db"]).quiet();
    assert_eq!(settings.data_api.value, folder);
    let url = DataApiSetting::Url("http://h:1/".parse().unwrap());
    let settings = project.start(&["-db", "http://h:1"]).quiet();
    assert_eq!(settings.data_api.value, url);
    let both = project.start(&["-db", "db", "-ds", "http://h:1"]);
    assert_eq!(
        both.warnings(),
        [
            "Data API location `db` (--data-api-location) is not used: the server at http://h:1/ (--data-api-devserver-url) wins | remove one of the two"
        ]
    );
    assert_eq!(both.settings.unwrap().data_api.value, url);
}

#[test]
fn a_missing_data_api_folder_is_skipped() {
    let project = Project::new(&[]);
    let outcome = project.start(&["-db", "db"]);
    let [warning] = &outcome.warnings()[..] else {
        unreachable!("one warning");
    };
    assert!(
        project
            .shown(warning)
            .starts_with("Skipping Data Api because folder \"[ROOT]/db\" is missing"),
        "{warning}"
    );
    assert_eq!(
        outcome.settings.unwrap().data_api.value,
        DataApiSetting::None
    );
}

#[test]
fn what_only_the_core_tools_need_is_accepted_and_said_to_have_no_effect() {
    let project = Project::new(&["api"]);
    let words = ["-i", "api", "-f", "--verbose --port 9"];
    let outcome = project.start(
        &[
            &words[..],
            &["--api-language", "node", "--api-version", "22"],
        ]
        .concat(),
    );
    let warnings = outcome.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0]
            .starts_with("Arguments for `func` `--verbose --port 9` (--func-args) have no effect")
    );
    let unclosed = ["-i", "api", "--api-host", "func", "-f", "--cors 'a"];
    assert!(
        project.error(&unclosed).starts_with(
            "2 invalid value `--cors 'a` for `--func-args`: a quote in it is not closed"
        )
    );
    let outcome = Project::new(&[]).env("SWA_CLI_API_PORT", "7072").start(&[]);
    assert_eq!(outcome.settings.unwrap().api.port.value, 7072);
    assert!(
        Project::new(&[])
            .env("SWA_CLI_API_PORT", "x")
            .error(&[])
            .starts_with("1 invalid value `x` for `SWA_CLI_API_PORT`")
    );
}

#[test]
fn children_get_what_only_the_env_file_has() {
    let project = Project::new(&[])
        .env("A", "real")
        .dotenv("A=file\nB=2\nC=x");
    let settings = project.start(&[]).quiet();
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(settings.project.child_env, [own("B", "2"), own("C", "x")]);
}

#[test]
fn state_is_kept_where_the_user_or_the_standard_says() {
    let project = Project::new(&[]);
    let state = |project: &Project| project.start(&[]).quiet().project.state_dir;
    assert_eq!(state(&project), None);
    let project = project.env("HOME", "/home/u");
    assert_eq!(state(&project), Some("/home/u/.local/state/cygnet".into()));
    let project = project.env("XDG_STATE_HOME", "/s");
    assert_eq!(state(&project), Some("/s/cygnet".into()));
    let project = project.env("CYGNET_STATE_DIR", "own");
    assert_eq!(state(&project), Some(project.path("own")));
}
