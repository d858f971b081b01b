//! `swa-cli.config.json`: which configuration, positions, types, near misses.

use cygnet::finding::Severity;
use cygnet::settings::ValueSource;

use super::project::Project;

const TWO: &str = r#"{
  "configurations": {
    "one": { "port": 1001 },
    "two": { "port": 1002 }
  }
}"#;

#[test]
fn a_value_knows_its_line_and_column() {
    let project = Project::new(&[]).config(TWO);
    let port = project.start(&["two"]).quiet().server.port;
    let expected = ValueSource::ConfigFile {
        path: project.path("swa-cli.config.json"),
        line: 4,
        column: 22,
        start_block: false,
    };
    assert_eq!((port.value, port.source), (1002, expected));
}

#[test]
fn the_argument_or_the_flag_names_a_configuration() {
    let project = Project::new(&["one"]).config(TWO);
    for (words, port, output) in [
        (&["one"][..], 1001, ""),
        (&["two"], 1002, ""),
        (&["--config-name", "two"], 1002, ""),
        (&["-cn", "two"], 1002, ""),
        (&["two", "--config-name", "two"], 1002, ""),
        // As in the official CLI, only the name that was loaded is a name; another one is a folder.
        (&["one", "--config-name", "two"], 1002, "one"),
    ] {
        let settings = project.start(words).quiet();
        assert_eq!(settings.server.port.value, port, "{words:?}");
        assert_eq!(
            settings.app.output_location.value,
            project.path(output),
            "{words:?}"
        );
    }
}

#[test]
fn several_configurations_and_no_name_take_the_first_and_say_so() {
    let outcome = Project::new(&[]).config(TWO).start(&[]);
    assert_eq!(
        outcome.warnings(),
        [
            "Multiple configurations found in \"swa-cli.config.json\", but none was specified. \
             | `one` is used; choose one with `cygnet start NAME`: one, two"
        ]
    );
    assert_eq!(
        outcome.settings.unwrap().project.configuration.as_deref(),
        Some("one")
    );
}

#[test]
fn a_name_that_does_not_exist_is_an_error() {
    let project = Project::new(&[]).config(TWO);
    insta::assert_snapshot!(project.error(&["--config-name", "three"]), @r#"
    1 there is no configuration `three` in "[ROOT]/swa-cli.config.json"
    hint: the file has: one, two
    "#);
    insta::assert_snapshot!(Project::new(&[]).error(&["-cn", "three"]), @"
    1 there is no configuration `three`
    hint: there is no swa-cli.config.json in the current folder; name one with `--config`
    ");
    let empty = Project::new(&[]).config("{}");
    insta::assert_snapshot!(empty.error(&["-cn", "three"]), @r#"
    1 there is no configuration `three` in "[ROOT]/swa-cli.config.json"
    hint: the file has no configurations
    "#);
}

#[test]
fn a_folder_that_is_nearly_a_configuration_asks_which_was_meant() {
    insta::assert_snapshot!(Project::new(&[]).config(TWO).error(&["onne"]), @r#"
    1 The folder "[ROOT]/onne" is not found.
    hint: did you mean the configuration `one`?
    "#);
}

#[test]
fn text_that_is_not_json_is_an_error_with_a_position() {
    let cases = [
        ("{\n  \"configurations\": {\n    // no\n  }\n}", "3:5"),
        ("{\n  \"configurations\": {},\n}", "2:"),
        ("", "1:1"),
        ("{ \"configurations\": ", "1:"),
        ("{ configurations: {} }", "1:3"),
        ("{ \"configurations\": {} } {}", "1:26"),
    ];
    for (text, position) in cases {
        let message = Project::new(&[]).config(text).error(&[]);
        let place = format!("1 [ROOT]/swa-cli.config.json:{position}");
        assert!(message.starts_with(&place), "{text:?} gave {message}");
        assert!(message.contains("plain JSON"), "{message}");
    }
}

#[test]
fn a_wrong_type_is_an_error_with_a_position() {
    let cases = [
        (r#""port": [1]"#, "`port` must be a number, not an array"),
        (r#""port": true"#, "`port` must be a number, not `true`"),
        (
            r#""open": 1"#,
            "`open` must be true or false, not the number 1",
        ),
        (
            r#""appLocation": 5"#,
            "`appLocation` must be a string, not the number 5",
        ),
        (
            r#""apiLocation": {}"#,
            "`apiLocation` must be a string, not an object",
        ),
    ];
    for (text, problem) in cases {
        let config = format!("{{\"configurations\": {{\"é\": {{\n  {text} }}}}}}");
        let column = 3 + text.find(": ").unwrap() + 2;
        let message = Project::new(&[]).config(&config).error(&[]);
        let start = format!("1 [ROOT]/swa-cli.config.json:2:{column}: {problem}\n");
        assert!(message.starts_with(&start), "{message}");
    }
    for (config, place) in [
        ("[]", "1:1: `the file` must be an object, not an array"),
        (
            r#"{"configurations": 1}"#,
            "1:20: `configurations` must be an object, not the number 1",
        ),
        (
            r#"{"configurations": {"x": "y"}}"#,
            "1:26: `x` must be an object, not the string `y`",
        ),
        (
            r#"{"configurations": {"x": {"start": []}}}"#,
            "1:36: `start` must be an object, not an array",
        ),
    ] {
        let message = Project::new(&[]).config(config).error(&[]);
        assert!(
            message.starts_with(&format!("1 [ROOT]/swa-cli.config.json:{place}\n")),
            "{message}"
        );
    }
}

#[test]
fn a_value_that_means_nothing_is_an_error_with_a_position() {
    let config = "{\"configurations\": {\"x\": {\n \"port\": 70000}}}";
    insta::assert_snapshot!(Project::new(&[]).config(config).error(&[]), @"
    1 invalid value `70000` for `port` (swa-cli.config.json:2:10): it is out of range, valid ports are from 0 to 65535
    hint: change `port` (swa-cli.config.json:2:10); `cygnet --help` says what it accepts
    ");
}

#[test]
fn only_the_chosen_configuration_is_judged() {
    let config = r#"{"configurations": {"bad": {"port": []}, "good": {"prot": 1, "port": 7}}}"#;
    let outcome = Project::new(&[]).config(config).start(&["good"]);
    assert_eq!(outcome.warnings().len(), 1, "{:?}", outcome.notices);
    assert_eq!(outcome.settings.unwrap().server.port.value, 7);
}

#[test]
fn near_misses_of_known_keys_are_warned_about_and_other_keys_are_not() {
    let config = r#"{"$schema": "x", "configurations": {"x": {
  "outputLocatoin": "dist",
  "serverTimeout": 60,
  "run": "npm start", "appDevserverUrl": "http://localhost:3000", "ssl": true, "apiPort": 7071, "build": {},
  "start": { "Port": 5 }
}}}"#;
    let project = Project::new(&[]).config(config);
    let outcome = project.start(&[]);
    let warnings: Vec<String> = outcome
        .warnings()
        .iter()
        .map(|w| project.shown(w))
        .collect();
    assert_eq!(
        warnings,
        [
            "[ROOT]/swa-cli.config.json:2:3: unknown key `outputLocatoin` in configuration `x` is ignored \
             | did you mean `outputLocation`?",
            "[ROOT]/swa-cli.config.json:5:14: unknown key `Port` in configuration `x.start` is ignored \
             | did you mean `port`?",
        ]
    );
    let logged: Vec<&str> = outcome
        .notices
        .iter()
        .filter(|notice| notice.severity == Severity::Note)
        .map(|notice| notice.message.rsplit(": ").next().unwrap())
        .collect();
    assert_eq!(logged, ["unknown key `serverTimeout` is ignored"]);
}

#[test]
fn a_file_without_configurations_gives_no_options() {
    let project = Project::new(&["elsewhere"]).file(
        "elsewhere/swa-cli.config.json",
        r#"{"configuration": {"x": {"port": 5}}}"#,
    );
    let outcome = project.start(&["-c", "elsewhere/swa-cli.config.json"]);
    assert_eq!(
        outcome.warnings(),
        [
            "swa-cli.config.json is missing the \"configurations\" property. No options will be loaded. \
             | rename `configuration` to `configurations`"
        ]
    );
    let settings = outcome.settings.unwrap();
    assert_eq!(settings.server.port.value, 4280);
    assert_eq!(settings.project.base_dir, project.path(""));
}

#[test]
fn strings_may_hold_numbers_and_booleans_and_null_is_nothing() {
    let config = r#"{"configurations": {"x": {"port": "5000", "open": "true", "host": null}}}"#;
    let settings = Project::new(&[])
        .config(config)
        .env("SWA_CLI_HOST", "h")
        .start(&[])
        .quiet();
    assert_eq!(
        (settings.server.port.value, settings.server.open.value),
        (5000, true)
    );
    assert_eq!(settings.server.host.value, "h");
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let config = r#"{"configurations": {"x": {"port": 1, "port": 2, "host": "h", "host": null}}}"#;
    let settings = Project::new(&[]).config(config).start(&[]).quiet();
    assert_eq!(
        (
            settings.server.port.value,
            settings.server.host.value.as_str()
        ),
        (2, "localhost")
    );
}

#[test]
fn a_byte_order_mark_is_no_problem() {
    let project = Project::new(&[]).config(&format!("\u{feff}{TWO}"));
    assert_eq!(project.start(&["two"]).quiet().server.port.value, 1002);
}

#[test]
fn a_named_file_has_to_exist() {
    insta::assert_snapshot!(Project::new(&[]).error(&["--config", "my.json"]), @r#"
    1 the configuration file "[ROOT]/my.json" is not found
    hint: check the path after `--config`; it starts at the current folder
    "#);
}

#[test]
fn personas_stand_beside_the_configurations() {
    let text = |inner: &str, outer: &str| {
        format!(r#"{{"configurations": {{"app": {{"port": 1001{inner}}}}}{outer}}}"#)
    };
    let personas = r#", "personas": [{"name": "ada"}]"#;
    Project::new(&[])
        .config(&text("", personas))
        .start(&[])
        .quiet();
    let misplaced = Project::new(&[]).config(&text(personas, "")).start(&[]);
    let warning = misplaced.warnings().join("");
    assert!(
        warning.contains(":1:43: `personas` in configuration `app` is ignored | personas are"),
        "{warning}"
    );
}
