use super::*;

fn app(files: &[(&str, &str)]) -> (tempfile::TempDir, Result<DiscoveredApp, HostError>) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let app = discover(&HostConfig::new(dir.path()));
    (dir, app)
}

const HTTP: &str = r#"{ // comments are allowed
    "bindings": [{"type": "httpTrigger", "name": "req", "route": "items/{id?}", "methods": ["get"]},
                 {"type": "http", "direction": "OUT", "name": "res"}]}"#;

#[test]
fn finds_the_functions_of_the_v3_model() {
    let (dir, app) = app(&[
        ("host.json", "{\"version\": \"2.0\" /* yes */}"),
        ("b/function.json", HTTP),
        ("b/only.js", ""),
        ("a/function.json", HTTP),
        ("a/index.js", ""),
        ("a/other.js", ""),
        ("lib/util.js", ""),
    ]);
    let app = app.unwrap();
    let names: Vec<&str> = app.legacy.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(app.legacy[0].script_file, dir.path().join("a/index.js"));
    assert_eq!(app.legacy[1].script_file, dir.path().join("b/only.js"));
    assert_eq!(app.legacy[0].bindings[0].direction, "in");
    assert_eq!(app.legacy[0].bindings[1].direction, "out");
    assert_eq!(app.warnings, [""; 0]);
}

#[test]
fn other_triggers_are_said_in_azures_words_cf_97() {
    let timer = r#"{"bindings": [{"type": "timerTrigger", "name": "t", "direction": "in"}]}"#;
    let (_dir, app) = app(&[("tick/function.json", timer)]);
    let app = app.unwrap();
    assert!(app.legacy.is_empty());
    assert_eq!(
        app.warnings,
        [
            "Error in processing api build artifacts: the file 'tick/function.json' has specified an invalid trigger of type \
          'timerTrigger' and direction 'In'. Currently, only httpTriggers are supported."
        ]
    );
}

#[test]
fn one_broken_function_does_not_hide_the_others() {
    let (_dir, app) = app(&[
        ("bad/function.json", "{"),
        (
            "lost/function.json",
            &HTTP.replace(
                "\"bindings\"",
                "\"scriptFile\": \"../dist/x.js\", \"bindings\"",
            ),
        ),
        ("good/function.json", HTTP),
        ("good/index.js", ""),
    ]);
    let app = app.unwrap();
    assert_eq!(app.legacy.len(), 1);
    assert_eq!(app.warnings.len(), 1, "{:?}", app.warnings);
    // Perhaps it is only not built yet.
    assert_eq!(app.unbuilt.len(), 1, "{:?}", app.unbuilt);
    assert!(app.unbuilt[0].contains("../dist/x.js"));
}

#[test]
fn apps_of_other_languages_are_named() {
    let (_dir, app) = app(&[("api.csproj", "")]);
    let error = app.unwrap_err();
    assert!(error.message.contains(".NET"));
    assert!(error.hint.contains("--api-devserver-url"));
}

#[test]
fn a_missing_folder_is_said() {
    let error = discover(&HostConfig::new("/no/such/folder")).unwrap_err();
    assert!(error.message.contains("/no/such/folder"));
}
