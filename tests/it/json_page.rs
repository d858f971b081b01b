//! `docs/json.md` shows what `--json` prints: each example is a command that is run here, in the order of the page, in one
//! project. What it prints has the members of the example, of the same types. `CYGNET_UPDATE_GENERATED=1` writes the
//! examples anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::deployed::App;
use crate::emulator::Emulator;
use crate::linked::Echo;

const PAGE: &str = "docs/json.md";
/// Commands that change this machine, or need a language to be installed: their examples are compared elsewhere, or not.
const NOT_RUN: [&str; 2] = ["functions list", "certs trust"];

/// An example of the page.
struct Example {
    /// As it is typed after `cygnet`.
    words: Vec<String>,
    /// Where its JSON stands in the page.
    at: std::ops::Range<usize>,
}

impl Example {
    fn json<'a>(&self, page: &'a str) -> &'a str {
        &page[self.at.clone()]
    }
}

fn page_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)
}

/// `` ### `cygnet WORDS` ``, and the block of JSON that follows.
fn examples(page: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = page[from..].find("\n### `cygnet ") {
        let line = &page[from + at + 1..];
        let words = line.split('`').nth(1).unwrap();
        let start = from + at + line.find("```json\n").unwrap() + "```json\n".len() + 1;
        let end = start + page[start..].find("```").unwrap();
        found.push(Example {
            words: shlex::split(words).unwrap().split_off(1),
            at: start..end,
        });
        from = end;
    }
    found
}

/// The project of the page, and what runs beside it.
struct Stage {
    app: App,
    echo: Echo,
    emulator: Option<Emulator>,
}

impl Stage {
    fn new() -> Self {
        let app = App::new();
        let rules = r#"{"routes": [{"route": "/admin*", "allowedRoles": ["admin"]}, {"route": "/a", "method": []}]}"#;
        app.write("dist/staticwebapp.config.json", rules);
        app.write("dist/admin.html", "for admins");
        app.write(
            "routes.test.jsonc",
            r#"{"tests": [{"request": "GET /admin.html", "expect": {"status": 200}}]}"#,
        );
        Self {
            app,
            echo: Echo::start(),
            emulator: None,
        }
    }

    /// The first object of a server, on several lines as other commands print theirs.
    fn first_object(&self, emulator: &Emulator) -> String {
        emulator.wait_for_output("{\"version\"");
        let output = emulator.output();
        let line = output.lines().find(|line| line.starts_with('{')).unwrap();
        let mut members: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        let version = members.remove("version").unwrap();
        let text = serde_json::to_string_pretty(&members).unwrap();
        text.replacen("{\n", &format!("{{\n  \"version\": {version},\n"), 1) + "\n"
    }

    /// What the command prints.
    fn run(&mut self, words: &[String]) -> String {
        let verb = words.iter().take_while(|word| !word.starts_with('-'));
        let verb = verb.map(String::as_str).collect::<Vec<_>>().join(" ");
        match verb.as_str() {
            "status" => self.emulator = Some(self.app.start(&["dist"])),
            "init" => self.app.write("index.html", "home"),
            _ => {}
        }
        let own = words
            .iter()
            .map(|word| word.replace("http://localhost:7071", &self.echo.url));
        let own: Vec<String> = own.collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let printed = match own[0] {
            "start" => self.first_object(&self.app.start(&own[1..])),
            "serve" => self.first_object(&self.app.serve(&own[1..])),
            _ => {
                let output = self.app.run(&own);
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(!output.stdout.is_empty(), "{words:?}: {said}");
                String::from_utf8(output.stdout).unwrap()
            }
        };
        if verb == "init" {
            // The others find what they name.
            for file in ["index.html", "swa-cli.config.json"] {
                fs::remove_file(self.app.folder().join(file)).unwrap();
            }
        }
        let folder = self.app.folder().canonicalize().unwrap();
        printed
            .replace(&*folder.to_string_lossy(), "/work/shop")
            .replace(
                &*self.app.state().to_string_lossy(),
                "/home/me/.local/state/cygnet",
            )
    }
}

/// The difference of two values, if one is of another shape: its members and their types, of a list those of its elements.
fn difference(shown: &Value, printed: &Value, at: &str) -> Option<String> {
    match (shown, printed) {
        (Value::Object(shown), Value::Object(printed)) => {
            let keys =
                |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            let (mut ours, mut theirs) = (keys(shown), keys(printed));
            ours.sort();
            theirs.sort();
            // What was looked at tells different facts of each machine.
            if ours != theirs && !at.ends_with("/facts") {
                return Some(format!(
                    "{at}: the page has {ours:?}, printed was {theirs:?}"
                ));
            }
            let both = shown
                .iter()
                .filter_map(|(key, value)| Some((key, value, printed.get(key)?)));
            both.into_iter()
                .find_map(|(key, value, other)| difference(value, other, &format!("{at}/{key}")))
        }
        (Value::Array(shown), Value::Array(printed)) => {
            let (first, all) = (shown.first()?, printed.first()?);
            difference(first, all, &format!("{at}/0"))
        }
        (Value::Null, _) | (_, Value::Null) => None,
        (shown, printed) => {
            let same = std::mem::discriminant(shown) == std::mem::discriminant(printed);
            (!same).then(|| format!("{at}: the page has {shown}, printed was {printed}"))
        }
    }
}

#[test]
fn each_example_is_what_is_printed() {
    let page = fs::read_to_string(page_path()).unwrap();
    let mut stage = Stage::new();
    let (mut new, mut copied) = (String::new(), 0);
    let updates = std::env::var_os("CYGNET_UPDATE_GENERATED").is_some();
    let all = examples(&page);
    assert!(all.len() > 25, "{}", all.len());
    for example in &all {
        let words = example.words.join(" ");
        if NOT_RUN.iter().any(|verb| words.starts_with(verb)) {
            continue;
        }
        let printed = stage.run(&example.words);
        let value: Value = serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("{words}: {error}: {printed}"));
        assert_eq!(value["version"], 1, "{words}");
        if updates {
            new.push_str(&page[copied..example.at.start]);
            new.push_str(&printed);
            copied = example.at.end;
            continue;
        }
        let shown: Value = serde_json::from_str(example.json(&page))
            .unwrap_or_else(|error| panic!("{words}: {error}"));
        assert_eq!(difference(&shown, &value, &words), None);
    }
    if updates {
        new.push_str(&page[copied..]);
        fs::write(page_path(), new).unwrap();
    }
}

/// Every verb, with the words that lead to it, and whether it has `--json`.
fn verbs(command: &clap::Command, words: &str, found: &mut Vec<(String, bool)>) {
    let inner = command.get_subcommands();
    let inner: Vec<_> = inner.filter(|verb| verb.get_name() != "help").collect();
    for verb in &inner {
        verbs(verb, &format!("{words} {}", verb.get_name()), found);
    }
    if inner.is_empty() {
        let mut arguments = command.get_arguments();
        let has_it = arguments.any(|arg| arg.get_long() == Some("json"));
        found.push((words.trim_start().to_owned(), has_it));
    }
}

/// Verbs whose output has another form already.
const WITHOUT: [(&str, &str); 2] = [
    ("completions", "a script that a shell reads"),
    ("man", "a page that `man` reads"),
];

#[test]
fn each_verb_has_it_and_is_named() {
    let page = fs::read_to_string(page_path()).unwrap();
    let mut command = cygnet::cli::command();
    command.build();
    let mut all = Vec::new();
    verbs(&command, "", &mut all);
    assert!(all.len() > 40, "{all:?}");
    for (verb, has_it) in all {
        let is_without = WITHOUT.iter().any(|(without, _)| *without == verb);
        assert_eq!(has_it, !is_without, "--json of `{verb}`");
        assert!(
            page.contains(&format!("`cygnet {verb}")),
            "{PAGE}: `{verb}`"
        );
    }
}

#[test]
fn the_version_can_be_asked_for() {
    let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(["--version", "--json"])
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        told,
        serde_json::json!({ "version": 1, "cygnet": env!("CARGO_PKG_VERSION") })
    );
}

#[test]
fn another_shape_is_a_difference() {
    let shape = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let shown = shape(r#"{"a": 1, "b": [{"c": "x"}], "d": null}"#);
    let differs = |text: &str| difference(&shown, &shape(text), "").is_some();
    assert!(!differs(
        r#"{"a": 2, "b": [{"c": "y"}, {"c": "z"}], "d": "now"}"#
    ));
    assert!(!differs(r#"{"a": 2, "b": [], "d": null}"#));
    for other in [
        r#"{"a": 2, "b": []}"#,
        r#"{"a": "2", "b": [], "d": null}"#,
        r#"{"a": 2, "b": [{"c": 1}], "d": null}"#,
        r#"{"a": 2, "b": [{}], "d": null}"#,
        r#"{"a": 2, "b": [], "d": null, "e": 1}"#,
    ] {
        assert!(differs(other), "{other}");
    }
}
