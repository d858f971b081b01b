//! The command line through the front door: exit code, standard output and standard error of the real program, and,
//! where it would go on to serve, of [`cli::run`] with a server that notes what it was given.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use cygnet::cli::exit::ExitCode;
use cygnet::cli::report::Failure;
use cygnet::cli::run;
use cygnet::settings::Settings;
use tempfile::TempDir;

/// Runs the program in `folder` with nothing in its environment, and shows how it ended.
fn shown(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("cygnet"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!(
        "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr)
    )
    .replace(
        &folder.canonicalize().unwrap().display().to_string(),
        "[ROOT]",
    )
    .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs `words` in this process with a server that only notes its settings.
fn served(words: &[&str]) -> (ExitCode, Option<Settings>) {
    let mut seen = None;
    let code = run_here(words, |settings| {
        seen = Some(settings);
        Ok(())
    });
    (code, seen)
}

/// [`run`], without its logger: the tests of the proxy have one in this process.
fn run_here(words: &[&str], serve: impl FnOnce(Settings) -> Result<(), Failure>) -> ExitCode {
    crate::support::listen_to_the_log();
    run(["cygnet"].iter().chain(words).map(OsString::from), serve)
}

#[test]
fn help() {
    insta::assert_snapshot!(shown(folder().path(), &["--help"]));
}

#[test]
fn short_help() {
    insta::assert_snapshot!(shown(folder().path(), &["-h"]));
}

#[test]
fn help_is_a_verb_too() {
    let folder = folder();
    let help = shown(folder.path(), &["help"]);
    assert_eq!(help, shown(folder.path(), &["--help"]));
    let start = shown(folder.path(), &["help", "start"]);
    assert!(
        start.starts_with("exit code: 0\n----- stdout -----\nServe the app"),
        "{start}"
    );
    assert_eq!(start, shown(folder.path(), &["start", "--help"]));
}

#[test]
fn version() {
    for flag in ["--version", "-v"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(folder().path(), &[flag]), @"
            exit code: 0
            ----- stdout -----
            cygnet [VERSION]
            ----- stderr -----
            ");
        }
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    insta::assert_snapshot!(shown(folder().path(), &["--api-locaton", "api"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument '--api-locaton' found

      tip: a similar argument exists: '--api-location'

    Usage: cygnet [start] [CONFIG-NAME | FOLDER] [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn a_bad_value_is_a_usage_error() {
    let folder = folder();
    let shown = |words: &[&str]| shown(folder.path(), words);
    insta::assert_snapshot!(shown(&["--port", "abc"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'abc' for '--port <PORT>': it is not a number

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(shown(&["start", "--port", "70000"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value '70000' for '--port <PORT>': it is out of range, valid ports are from 0 to 65535

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(shown(&["--api-kind", "lambda"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'lambda' for '--api-kind <KIND>'
      [possible values: managed, functions, app-service, container-apps, api-management]

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(shown(&["-is", "localhost:7071"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: invalid value 'localhost:7071' for '--api-devserver-url <URL>': it is not a URL; did you mean `http://localhost:7071`?

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(shown(&["--poll", "--no-watch"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the argument '--poll[=<BOOL>]' cannot be used with '--no-watch[=<BOOL>]'

    Usage: cygnet [start] [CONFIG-NAME | FOLDER] [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn a_url_given_twice_is_a_usage_error() {
    let words = ["http://localhost:3000", "-D", "http://localhost:4000"];
    insta::assert_snapshot!(shown(folder().path(), &words), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cygnet start <appDevserverUrl> cannot be used when --app-devserver-url option is also set.

    hint: You either have to use the positional argument or option, not both at the same time.
    ");
}

#[test]
fn a_folder_given_twice_is_a_usage_error() {
    insta::assert_snapshot!(shown(folder().path(), &["dist", "--output-location", "dist"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: cygnet start <outputLocation> cannot be used when --output-location option is also set.

    hint: You either have to use the positional argument or option, not both at the same time.
    ");
}

#[test]
fn a_missing_folder_cannot_start() {
    insta::assert_snapshot!(shown(folder().path(), &["./dist"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: The folder "[ROOT]/dist" is not found.

    hint: it is named by the argument; build the app first, or name another folder
    "#);
}

#[test]
fn a_broken_configuration_file_cannot_start() {
    let folder = folder();
    let text = "{\n  \"configurations\": {\n    \"app\": { \"port\": [] }\n  }\n}\n";
    fs::write(folder.path().join("swa-cli.config.json"), text).unwrap();
    insta::assert_snapshot!(shown(folder.path(), &[]), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: [ROOT]/swa-cli.config.json:3:22: `port` must be a number, not an array

    hint: make the value of `port` a number, or remove it
    ");
}

#[test]
fn remarks_are_shown_before_the_error_and_not_when_silent() {
    let folder = folder();
    let text =
        r#"{"configurations": {"app": {"outputLocatoin": "public", "outputLocation": "dist"}}}"#;
    fs::write(folder.path().join("swa-cli.config.json"), text).unwrap();
    insta::assert_snapshot!(shown(folder.path(), &[]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    warning: [ROOT]/swa-cli.config.json:1:29: unknown key `outputLocatoin` in configuration `app` is ignored
    hint: did you mean `outputLocation`?
    error: The folder "[ROOT]/dist" is not found.

    hint: it is named by `outputLocation` (swa-cli.config.json:1:75); build the app first, or name another folder
    "#);
    insta::assert_snapshot!(shown(folder.path(), &["-V", "silent"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: The folder "[ROOT]/dist" is not found.

    hint: it is named by `outputLocation` (swa-cli.config.json:1:75); build the app first, or name another folder
    "#);
}

#[test]
fn a_variable_of_the_dotenv_file_is_read() {
    let folder = folder();
    fs::write(folder.path().join(".env"), "SWA_CLI_PORT=abc\n").unwrap();
    insta::assert_snapshot!(shown(folder.path(), &[]), @"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: invalid value `abc` for `SWA_CLI_PORT` in .env: it is not a number

    hint: set `SWA_CLI_PORT` in .env to another value, or remove it
    ");
}

#[test]
fn start_is_what_happens_without_a_verb() {
    let folder = folder();
    let dist = folder.path().join("dist");
    fs::create_dir(&dist).unwrap();
    let dist = dist.to_str().unwrap();
    for words in [
        &["start", dist, "--port", "5000"][..],
        &[dist, "--port", "5000"],
        &["--port", "5000", dist],
        &["-O", dist, "-p5000"],
        // Global options stand before the verb in scripts for the official CLI.
        &["--port", "5000", "start", dist],
        &["--port", "4999", "start", dist, "--port", "5000"],
    ] {
        let (code, settings) = served(words);
        let settings = settings.unwrap_or_else(|| panic!("{words:?} did not start"));
        assert_eq!(code, ExitCode::Stopped, "{words:?}");
        assert_eq!(settings.server.port.value, 5000, "{words:?}");
        assert_eq!(
            settings.app.output_location.to_str(),
            Some(dist),
            "{words:?}"
        );
    }
}

#[test]
fn help_and_errors_start_nothing() {
    for (words, expected) in [
        (&["--help"][..], ExitCode::Stopped),
        (&["--version"], ExitCode::Stopped),
        (&["--bogus"], ExitCode::Usage),
        (&["/this/folder/is/missing"], ExitCode::CannotStart),
    ] {
        let (code, settings) = served(words);
        assert_eq!(code, expected, "{words:?}");
        assert!(settings.is_none(), "{words:?}");
    }
}

#[test]
fn a_server_that_fails_decides_the_exit_code() {
    // Whoever is first has the logger of this process.
    crate::support::listen_to_the_log();
    let folder = folder();
    let code = run_here(&[folder.path().to_str().unwrap()], |settings| {
        Err(Failure {
            message: format!("port {} is taken", settings.server.port.value),
            hint: Some("choose another one with `--port`".to_owned()),
            code: ExitCode::CannotStart,
        })
    });
    assert_eq!(code, ExitCode::CannotStart);
}

#[test]
fn completions_know_commands_and_options_in_every_shell() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shown(folder.path(), &["completions", shell]);
        assert!(script.starts_with("exit code: 0\n"), "{script}");
        for word in ["deploy", "api-devserver-url"] {
            assert!(script.contains(word), "{word} in {shell}");
        }
    }
    let unknown = shown(folder.path(), &["completions", "tcsh"]);
    assert!(unknown.starts_with("exit code: 2\n"), "{unknown}");
}

#[test]
fn the_manual_page_is_that_of_the_program_or_of_a_command() {
    let folder = folder();
    let page = shown(folder.path(), &["man"]);
    assert!(page.contains(".TH cygnet 1"), "{page}");
    assert!(page.contains("\\-\\-api\\-devserver\\-url"), "{page}");
    let page = shown(folder.path(), &["man", "deploy"]);
    assert!(page.contains(".TH cygnet-deploy 1"), "{page}");
    insta::assert_snapshot!(shown(folder.path(), &["man", "fly"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no command `fly`

    hint: `cygnet --help` lists the commands
    ");
}
