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

use crate::common::program;

/// The program in `folder` with nothing in its environment, and how it ended.
fn shown(folder: &Path, words: &[&str]) -> String {
    program::shown(folder, words).replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
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
            ..Failure::default()
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

/// Every verb that has `--json`, with the words that lead to it.
fn verbs_with_json(command: &clap::Command, words: &[String], found: &mut Vec<Vec<String>>) {
    let inner: Vec<_> = command.get_subcommands().collect();
    for verb in &inner {
        let words = [words, &[verb.get_name().to_owned()]].concat();
        verbs_with_json(verb, &words, found);
    }
    if inner.is_empty() && command.get_arguments().any(|arg| arg.get_id() == "json") {
        found.push(words.to_vec());
    }
}

#[test]
fn every_verb_with_json_says_in_json_what_failed() {
    let mut command = cygnet::cli::command();
    // Global arguments are only known to the verbs below once the tree is built.
    command.build();
    let mut verbs = Vec::new();
    verbs_with_json(&command, &[], &mut verbs);
    assert!(verbs.len() > 20, "{verbs:?}");
    let folder = folder();
    let failed = |words: &[&str], code: &[i32]| {
        let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(words)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .output()
            .unwrap();
        let (stdout, stderr) = (output.stdout, String::from_utf8(output.stderr).unwrap());
        let stdout = String::from_utf8(stdout).unwrap();
        assert!(
            code.contains(&output.status.code().unwrap()),
            "{words:?}: {stdout}{stderr}"
        );
        let told: serde_json::Value = serde_json::from_str(&stdout)
            .unwrap_or_else(|error| panic!("{words:?}: {error}: {stdout}{stderr}"));
        assert_eq!(told["version"], 1, "{words:?}: {told}");
        let message = told["error"]["message"].as_str().unwrap();
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            !message.is_empty() && plain(&stderr).contains(&plain(message)),
            "{words:?}: {told}{stderr}"
        );
        assert!(told["error"].get("hint").is_some(), "{words:?}: {told}");
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for verb in &verbs {
        let words: Vec<&str> = verb.iter().map(String::as_str).collect();
        failed(
            &[&words[..], &["--json", "--no-such-option"]].concat(),
            &[2],
        );
        // Nothing is there: no settings, no deployment, no emulator; and no port.
        let fails: &[&str] = match verb.join(" ").as_str() {
            "serve" => &["--port", &port],
            "wait" => &["--timeout", "0"],
            // That there is no such file is one of the things that it says.
            "doctor" => continue,
            _ => &["--config", "gone.json"],
        };
        failed(&[&words[..], &["--json"], fails].concat(), &[1, 2, 3]);
    }
    for words in [
        &["deploy", "nope", "--json"][..],
        &["environments", "history", "nosuch", "--json"],
        &["check", "nofile", "--json"],
        &["explain", "nope", "--json"],
        &["explain", "/", "--config", "gone.json", "--json"],
        &["functions", "list", "-i", "nope", "--json"],
        &["test", "--json"],
        &["status", "--json"],
    ] {
        failed(words, &[1, 2, 3]);
    }
    // What a command that is run is asked for is its own affair.
    let output = shown(folder.path(), &["exec", "nope", "--", "true", "--json"]);
    assert!(
        output.contains("----- stdout -----\n----- stderr"),
        "{output}"
    );
}

#[test]
fn a_word_that_is_nearly_a_verb_is_not_taken_for_a_folder() {
    let folder = folder();
    let said = shown(folder.path(), &["strat"]);
    assert_eq!(
        said,
        "exit code: 2\n----- stdout -----\n----- stderr -----\nerror: no such command `strat`: did you mean `start`?\n\nhint: if a folder is meant: cygnet ./strat\n"
    );
    for (words, expected) in [
        (&["strat", "--port", "0"][..], "no such command `strat`"),
        (&["explian"], "did you mean `explain`?"),
        // Near nothing, or said to be a folder.
        (&["dist"], "The folder \"[ROOT]/dist\" is not found."),
        (&["./strat"], "The folder \"[ROOT]/strat\" is not found."),
        (
            &["start", "strat"],
            "The folder \"[ROOT]/strat\" is not found.",
        ),
    ] {
        let said = shown(folder.path(), words);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    fs::create_dir(folder.path().join("strat")).unwrap();
    let (_, settings) = served(&[&folder.path().join("strat").display().to_string()]);
    assert!(settings.is_some());
}

#[test]
fn verbs_of_the_official_cli_say_what_does_them() {
    let folder = folder();
    for (verb, expected) in [
        ("build", "npm run build"),
        ("db", "npx @azure/static-web-apps-cli db init"),
        ("docs", "https://aka.ms/swa/docs"),
        ("login", "npx @azure/static-web-apps-cli login"),
    ] {
        let said = shown(folder.path(), &[verb, "--some-option"]);
        assert!(said.starts_with("exit code: 2"), "{said}");
        assert!(
            said.contains(&format!(
                "`cygnet {verb}` is a command of the official CLI only"
            )),
            "{said}"
        );
        assert!(said.contains(expected), "{said}");
    }
    // The folder that many builds make is served.
    fs::create_dir(folder.path().join("build")).unwrap();
    let said = shown(folder.path(), &["build", "--some-option"]);
    assert!(
        said.contains("unexpected argument '--some-option'"),
        "{said}"
    );
}

#[test]
fn help_is_wrapped_at_words() {
    let folder = folder();
    let help = |words: &[&str], columns: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(words)
            .current_dir(folder.path())
            .env_clear()
            .env("COLUMNS", columns)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let words =
        |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
    for verb in [
        &["-h"][..],
        &["--help"],
        &["deploy", "--help"],
        &["explain", "-h"],
        &["serve", "-h"],
    ] {
        let narrow = help(verb, "80");
        let long: Vec<&str> = narrow
            .lines()
            .filter(|line| line.chars().count() > 80)
            .collect();
        assert!(long.is_empty(), "{verb:?}: {long:#?}");
        assert!(narrow.lines().count() > 10, "{narrow}");
        assert_eq!(
            words(&narrow),
            words(&help(verb, "100")),
            "{verb:?}: a word is broken"
        );
    }
}

/// What a rule id says is in the documentation, not in help.
#[test]
fn help_names_no_rule_ids() {
    fn texts(command: &clap::Command, out: &mut Vec<String>) {
        let all = [
            command.get_about(),
            command.get_long_about(),
            command.get_after_help(),
        ];
        out.extend(all.into_iter().flatten().map(ToString::to_string));
        for arg in command.get_arguments() {
            out.extend(
                [arg.get_help(), arg.get_long_help()]
                    .into_iter()
                    .flatten()
                    .map(ToString::to_string),
            );
        }
        command
            .get_subcommands()
            .for_each(|inner| texts(inner, out));
    }
    let mut all = Vec::new();
    let mut command = cygnet::cli::command();
    command.build();
    texts(&command, &mut all);
    assert!(all.len() > 100);
    for text in all {
        let is_id = |word: &str| {
            let (letters, number) = word.split_once('-').unwrap_or_default();
            letters.len() == 2
                && letters
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                && number
                    .bytes()
                    .next()
                    .is_some_and(|byte| byte.is_ascii_digit())
        };
        let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        assert!(!words.any(is_id), "{text}");
    }
}
