//! `cygnet check` through the front door: exit code, text and JSON of the real program.

use std::path::Path;

use tempfile::TempDir;

use crate::common::program;
use crate::emulator::write;

const NAME: &str = "staticwebapp.config.json";

fn run(folder: &Path, words: &[&str]) -> String {
    program::shown(folder, &[&["check"], words].concat())
}

fn app(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

const FAULTY: &str = r#"{
  "routes": [
    { "route": "/*", "allowedRole": ["admin"] },
    { "route": "/old", "redirect": "/new" },
    { "route": "/admin/*", "methods": ["GET"], "allowedRoles": ["authenticated", "admin"] }
  ],
  "forwardingGateway": { "allowedForwardedHosts": ["*.example.org"] },
  "navigationFallback": { "rewrite": "/app.html", "exclude": ["*.js"] }
}
"#;

#[test]
fn every_finding_at_once_as_text() {
    let app = app(&[(NAME, FAULTY)]);
    insta::assert_snapshot!(run(app.path(), &[]));
}

#[test]
fn every_finding_at_once_as_json() {
    let app = app(&[(NAME, FAULTY)]);
    insta::assert_snapshot!(run(app.path(), &["--json"]));
}

#[test]
fn nothing_to_say() {
    let app = app(&[(NAME, "{}"), ("index.html", "hello")]);
    insta::assert_snapshot!(run(app.path(), &[]), @"
    exit code: 0
    ----- stdout -----
    staticwebapp.config.json: 0 errors, 0 warnings
    ----- stderr -----
    ");
    insta::assert_snapshot!(run(app.path(), &["--json"]), @r#"
    exit code: 0
    ----- stdout -----
    {
      "version": 1,
      "file": "staticwebapp.config.json",
      "findings": [],
      "errors": 0,
      "warnings": 0
    }
    ----- stderr -----
    "#);
}

#[test]
fn an_app_without_a_configuration_is_checked_too() {
    let app = app(&[("about.html", "x")]);
    insta::assert_snapshot!(run(app.path(), &["."]), @"
    exit code: 1
    ----- stdout -----
    refused at deployment[CF-95]: Failed to find a default file in the app artifacts folder (/). Valid default files: index.html,Index.html.
    --> .
     = hint: build the app first, or name the folder that is deployed

    no staticwebapp.config.json was found: 1 error, 0 warnings
    ----- stderr -----
    ");
}

#[test]
fn a_file_alone_is_judged_by_what_it_says() {
    let app = app(&[("some/other.json", "{\"routes\": [{}],}")]);
    insta::assert_snapshot!(run(app.path(), &["some/other.json"]), @r#"
    exit code: 1
    ----- stdout -----
    error[RT-33]: Found a route with no 'route' property: `routes[0]`
     --> some/other.json:1:13
      |
    1 | {"routes": [{}],}
      |             ^^
      |
      = hint: add `"route": "/path"`

    error[CF-10]: this is not JSON: trailing commas are not allowed
     --> some/other.json:1:16
      |
    1 | {"routes": [{}],}
      |                ^
      |
      = hint: remove the comma before the closing bracket; Azure refuses the file: "Could not read and deserialize the provided routes file."

    some/other.json: 2 errors, 0 warnings
    ----- stderr -----
    "#);
}

#[test]
fn warnings_alone_are_no_failure() {
    let text = r#"{"platform": {"apiRuntime": "node:16"}}"#;
    let app = app(&[(NAME, text)]);
    let shown = run(app.path(), &[NAME]);
    assert!(shown.starts_with("exit code: 0\n"), "{shown}");
    assert!(shown.contains("warning[CF-64]"), "{shown}");
}

#[test]
fn the_settings_say_where_the_app_is_and_what_api_it_has() {
    let settings =
        r#"{"configurations": {"app": {"outputLocation": "dist", "apiLocation": "api"}}}"#;
    let function =
        r#"{"bindings": [{"type": "timerTrigger", "name": "timer", "direction": "in"}]}"#;
    let host = r#"{"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}"#;
    let app = app(&[
        ("swa-cli.config.json", settings),
        ("dist/index.html", ""),
        ("dist/staticwebapp.config.json", "{}"),
        ("api/host.json", host),
        ("api/clock/function.json", function),
    ]);
    insta::assert_snapshot!(run(app.path(), &[]), @"
    exit code: 1
    ----- stdout -----
    refused at deployment[CF-98]: the host.json file cannot specify a http.routePrefix value other than 'api'.
    --> api/host.json
     = hint: Azure refuses to deploy the route prefix 'v1': remove it from host.json

    refused at deployment[CF-97]: Error in processing api build artifacts: the file 'clock/function.json' has specified an invalid trigger of type 'timerTrigger' and direction 'In'. Currently, only httpTriggers are supported.
    --> api
     = hint: remove the function, or move it to a linked Functions app

    dist/staticwebapp.config.json: 2 errors, 0 warnings
    ----- stderr -----
    ");
}

#[test]
fn a_folder_that_is_named_is_checked_with_its_api() {
    let function =
        r#"{"bindings": [{"type": "timerTrigger", "name": "timer", "direction": "in"}]}"#;
    let app = app(&[
        ("dist/index.html", ""),
        ("api/host.json", r#"{"version": "2.0"}"#),
        ("api/clock/function.json", function),
    ]);
    let shown = run(app.path(), &["dist", "-i", "api"]);
    assert!(shown.starts_with("exit code: 1\n"), "{shown}");
    assert!(shown.contains("refused at deployment[CF-97]"), "{shown}");
    // Nothing is said of an API that nobody named.
    let shown = run(app.path(), &["dist"]);
    assert!(shown.starts_with("exit code: 0\n"), "{shown}");
}

/// Two apps in one repository; the one that is looked at has no configuration.
fn two_apps() -> TempDir {
    app(&[
        (
            "packages/admin/public/staticwebapp.config.json",
            r#"{"routes": [{"route": "/*", "allowedRoles": ["boss"]}]}"#,
        ),
        ("packages/site/dist/index.html", "site"),
    ])
}

#[test]
fn rules_of_a_sibling_are_nobodys() {
    let app = two_apps();
    for words in [
        ["packages/site/dist", "--json"].as_slice(),
        &["packages/site/dist", "-w", "packages/site", "--json"],
    ] {
        let shown = run(app.path(), words);
        assert!(shown.contains("\"file\": null"), "{shown}");
        assert!(!shown.contains("admin"), "{shown}");
    }
    for command in [
        ["explain", "/", "-O", "packages/site/dist"].as_slice(),
        &["deploy", "packages/site/dist", "--dry-run", "--json"],
    ] {
        let (code, said, _) = program::run(app.path(), command);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("admin") && !said.contains("boss"), "{said}");
    }
}

#[test]
fn a_configuration_just_outside_is_named() {
    let app = app(&[(NAME, "{}"), ("src/index.html", "")]);
    insta::assert_snapshot!(run(app.path(), &["-a", "src"]));
}

#[test]
fn what_is_the_same_is_said_once_with_its_places() {
    let rule = |path: &str| {
        format!(
            "{{\"route\": \"/{path}\", \"methods\": [\"get\", \"post\"], \"headers\": {{\"Content-Type\": \"x\"}}}}"
        )
    };
    let rules = ["a", "b", "c"].map(rule).join(",\n");
    let app = app(&[(NAME, &format!("{{\"routes\": [\n{rules}\n]}}"))]);
    insta::assert_snapshot!("places_as_text", run(app.path(), &[NAME]));
    let shown = run(app.path(), &[NAME, "--json"]);
    let json = shown.split("----- stdout -----\n").nth(1).unwrap();
    let json = json.split("----- stderr -----").next().unwrap();
    let report: serde_json::Value = serde_json::from_str(json).unwrap();
    let methods = &report["findings"][0];
    assert_eq!(methods["rule"], "RT-2");
    assert_eq!(methods["places"].as_array().unwrap().len(), 6);
    // The first place is where it was before there were several.
    for key in ["file", "line", "column", "endLine", "endColumn"] {
        assert_eq!(methods["places"][0][key], methods[key], "{key}");
    }
    assert_eq!(methods["places"][5]["line"], 4);
    assert_eq!(report["warnings"], 2);
}

#[test]
fn cf_6_a_file_that_is_only_indented_too_far() {
    let rule = |n| serde_json::json!({"route": format!("/p{n}"), "redirect": "/q"});
    let rules: Vec<_> = (0..400).map(rule).collect();
    let config = serde_json::json!({ "routes": rules });
    let text = serde_json::to_string_pretty(&config).unwrap();
    assert!(text.len() > 20_480);
    let compact = config.to_string().len();
    let app = app(&[(NAME, &text)]);
    let shown = run(app.path(), &[NAME]);
    let hint = format!("without indentation it has {compact} bytes and passes");
    assert!(shown.contains(&hint), "{shown}");
    assert!(shown.contains("limit of 20 KB."), "{shown}");
}

/// Rule and marked text of what `cygnet check` warns of in a folder with these files and no functions.
fn warned(config: &str, files: &[&str]) -> Vec<String> {
    let files = files.iter().map(|file| (*file, ""));
    let app = app(&[(NAME, config)]
        .into_iter()
        .chain(files)
        .collect::<Vec<_>>());
    let (_, json, _) = program::run(app.path(), &["check", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    let at = |place: &serde_json::Value| place.as_u64().unwrap() as usize - 1;
    let warnings = report["findings"].as_array().unwrap().iter();
    let warnings = warnings.filter(|finding| finding["severity"] == "warning");
    let shown = warnings.map(|warning| {
        let line = config.lines().nth(at(&warning["line"])).unwrap();
        let marked = &line[at(&warning["column"])..at(&warning["endColumn"])];
        format!(
            "{} {}",
            warning["rule"].as_str().unwrap(),
            marked.trim_matches('"')
        )
    });
    shown.collect()
}

#[test]
fn rt_19_the_folder_itself_is_open_where_a_page_answers() {
    let guard = r#"{"routes": [{"route": "/admin/*", "allowedRoles": ["admin"]}]}"#;
    assert_eq!(warned(guard, &["index.html"]), [""; 0]);
    for page in ["admin/index.html", "admin.html"] {
        assert_eq!(warned(guard, &["index.html", page]), ["RT-19 /admin/*"]);
    }
}

#[test]
fn rt_16_the_same_page_by_another_path_where_the_file_is() {
    let guard = r#"{"routes": [{"route": "/x", "allowedRoles": ["a"]}]}"#;
    for page in ["x.html", "x/index.html"] {
        assert_eq!(warned(guard, &["index.html", page]), ["RT-16 /x"]);
    }
    assert_eq!(warned(guard, &["index.html", "y.html"]), [""; 0]);
    // The other path leads to the guarded one.
    let moved = r#"{"trailingSlash": "never", "routes": [{"route": "/x", "allowedRoles": ["a"]}]}"#;
    assert_eq!(warned(moved, &["index.html", "x.html"]), [""; 0]);
}

#[test]
fn targets_that_are_missing() {
    let config = r#"{
        "routes": [{"route": "/a", "rewrite": "/gone.html"}, {"route": "/b", "rewrite": "/b/"}, {"route": "/c", "rewrite": "/.auth/logout"}],
        "navigationFallback": {"rewrite": "/index.html", "exclude": ["*.js"]},
        "responseOverrides": {"404": {"rewrite": "/404.html"}}
    }"#;
    assert_eq!(
        warned(config, &["b/index.html"]),
        ["RT-4 /gone.html", "NF-11 /index.html", "RO-3 /404.html"]
    );
    let all = ["gone.html", "b.html", "index.html", "404.html"];
    assert_eq!(warned(config, &all), [""; 0]);
}

#[test]
fn rt_34_without_an_api_its_paths_are_pages() {
    let config = r#"{"routes": [{"route": "/api/*", "headers": {"a": "b"}}]}"#;
    assert_eq!(warned(config, &["index.html"]), [""; 0]);
}

#[test]
fn cf_1_with_a_dev_server_the_source_is_read() {
    let settings = r#"{"configurations": {"app": {"outputLocation": "dist", "appDevserverUrl": "http://localhost:1"}}}"#;
    let app = app(&[
        ("swa-cli.config.json", settings),
        ("public/staticwebapp.config.json", "{}"),
        ("dist/staticwebapp.config.json", "{}"),
        ("dist/index.html", ""),
    ]);
    let shown = run(app.path(), &[]);
    assert!(
        shown.contains("public/staticwebapp.config.json: 0 errors, 0 warnings"),
        "{shown}"
    );
}

#[test]
fn broken_json_does_not_hide_other_findings() {
    let app = app(&[(
        NAME,
        "{\n  // a comment\n  \"routes\": [{ \"route\": \"/*\" }, { \"route\": \"/a\" }],\n  \"navigationFallback\": { \"rewrite\": \"/index.html\" },\n}\n",
    )]);
    let shown = run(app.path(), &[NAME]);
    for found in [
        "error[CF-10]",
        "refused at deployment[RT-32]",
        "warning[NF-3]",
    ] {
        assert!(shown.contains(found), "{found}\n{shown}");
    }
    assert_eq!(shown.matches("error[CF-10]").count(), 2, "{shown}");
    let words = "\"Could not read and deserialize the provided routes file.\"";
    assert!(shown.contains(words), "CF-99: {shown}");
}

#[test]
fn cf_30_no_key_is_called_isolated() {
    let app = app(&[(
        NAME,
        r#"{"isolated": true, "platform": {"apiRuntime": "dotnet-isolated:10.0"}}"#,
    )]);
    let shown = run(app.path(), &[NAME]);
    assert!(shown.contains("unknown key `isolated`"), "{shown}");
    assert!(
        shown.contains("0 errors, 1 warning"),
        "the runtime is no other finding: {shown}"
    );
}

#[test]
fn what_does_not_exist_is_a_usage_error() {
    let app = app(&[]);
    insta::assert_snapshot!(run(app.path(), &["nowhere"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: `[ROOT]/nowhere` does not exist

    hint: name a staticwebapp.config.json, or a folder that holds one
    ");
}

#[test]
fn a_second_configuration_is_said() {
    let settings = r#"{"configurations": {"app": {"outputLocation": "dist"}}}"#;
    let app = app(&[
        ("swa-cli.config.json", settings),
        (NAME, "{}"),
        ("dist/index.html", ""),
        ("dist/staticwebapp.config.json", "{}"),
    ]);
    insta::assert_snapshot!(run(app.path(), &[]), @"
    exit code: 0
    ----- stdout -----
    warning[CF-3]: several configuration files: staticwebapp.config.json is used, this one is not; Azure does not document which one wins
    --> dist/staticwebapp.config.json
     = hint: keep one of them, or name its folder with `--swa-config-location`

    staticwebapp.config.json: 0 errors, 1 warning
    ----- stderr -----
    ");
}

#[test]
fn azures_own_words_are_quoted() {
    let roles: Vec<String> = (0..51).map(|n| format!("\"r{n}\"")).collect();
    let ranges: Vec<String> = (0..26).map(|n| format!("\"203.0.113.{n}/32\"")).collect();
    let hosts: Vec<String> = (0..11).map(|n| format!("\"h{n}.example\"")).collect();
    let large = format!("{{{}}}", " ".repeat(20_480));
    for (text, rule, words) in [
        (large, "CF-6", "The file size exceeds the limit of 20 KB"),
        (
            r#"{"routes": [{"route": "/a*"}, {"route": "/ab"}]}"#.to_string(),
            "RT-32",
            "A route is covered up by a wildcard route and would not be evaluated. Route: /ab, Wildcard(s): /a*",
        ),
        (
            r#"{"routes": [{"route": "/a"}, {"route": "/a"}]}"#.to_string(),
            "RT-31",
            "A rule was already processed with a duplicate route /a. Therefore, this rule will not be evaluated. Please remove the duplicate rule.",
        ),
        (
            r#"{"routes": [{"route": "/*"}, {"route": "/.auth/login/github", "statusCode": 404}]}"#
                .to_string(),
            "RT-32",
            "A route is covered up by a wildcard route and would not be evaluated. Route: /.auth/login/github, Wildcard(s): /*",
        ),
        (
            r#"{"navigationFallback": {"rewrite": "/index.html", "exclude": ["/assets/**"]}}"#
                .to_string(),
            "NF-3",
            "Found an exclude path with multiple wildcard characters '*' in the 'exclude' property. A route can have at most one '*' character.",
        ),
        (
            r#"{"routes": [{"redirect": "/a"}]}"#.to_string(),
            "RT-33",
            "Found a route with no 'route' property",
        ),
        (
            format!(
                r#"{{"routes": [{{"route": "/a*", "allowedRoles": [{}]}}]}}"#,
                roles.join(", ")
            ),
            "CF-7",
            "51 distinct roles",
        ),
        (
            format!(
                r#"{{"networking": {{"allowedIpRanges": [{}]}}}}"#,
                ranges.join(", ")
            ),
            "NW-1",
            "26 IP ranges",
        ),
        (
            format!(
                r#"{{"forwardingGateway": {{"allowedForwardedHosts": [{}]}}}}"#,
                hosts.join(", ")
            ),
            "NW-4",
            "No more than 10 allowedForwardedHosts",
        ),
    ] {
        let app = app(&[(NAME, &text)]);
        let shown = run(app.path(), &[NAME]);
        assert!(shown.starts_with("exit code: 1\n"), "{shown}");
        assert!(
            shown.contains(&format!("[{rule}]: {words}")),
            "{rule}: {shown}"
        );
    }
}

/// What `cygnet` alone would serve is what is checked, asked and deployed.
#[test]
fn in_a_frameworks_project_it_is_about_the_built_output() {
    let app = app(&[
        (
            "package.json",
            r#"{"devDependencies": {"vite": "6"}, "scripts": {"build": "vite build"}}"#,
        ),
        (
            "index.html",
            r#"<script type="module" src="/src/main.js"></script>"#,
        ),
        ("src/main.js", ""),
    ]);
    let sources = run(app.path(), &[]);
    assert!(sources.contains("which is not built"), "{sources}");
    let write = |name: &str, text: &str| crate::emulator::write(app.path(), name, text);
    write("dist/index.html", "built");
    write("dist/only.html", "built");
    write(
        &format!("dist/{NAME}"),
        r#"{"routes": [{"route": "/only.html", "allowedRoles": ["a"]}]}"#,
    );
    let built = run(app.path(), &[]);
    assert!(built.contains("its built output, dist"), "{built}");
    assert!(built.contains(&format!("dist/{NAME}: 0 errors")), "{built}");
    let file = format!("dist/{NAME}");
    for (words, expected) in [
        (&["explain", "/only.html"][..], "401"),
        (&["deploy", "--dry-run", "--json"], &*file),
    ] {
        let (code, said, told) = program::run(app.path(), words);
        assert!(code == 0 && said.contains(expected), "{words:?}: {said}");
        assert!(told.contains("its built output"), "{words:?}: {told}");
    }
    // Who names a folder is understood.
    let named = run(app.path(), &["."]);
    assert!(!named.contains("built output"), "{named}");
}
