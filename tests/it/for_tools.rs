//! What docs/llms.md tells agents is run as it stands there, and what docs/editors.md tells editors fits what is printed.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::emulator::{Emulator, site};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap())
        .collect()
}

#[test]
#[cfg(unix)]
fn what_agents_are_told_works() {
    use crate::deployed::App;
    use std::process::Command;

    let app = App::new();
    app.write(
        "swa-cli.config.json",
        r#"{"configurations": {"app": {"outputLocation": "dist"}}}"#,
    );
    app.write("dist/admin.html", "for admins");
    let rules = r#"{"routes": [{"route": "/admin*", "allowedRoles": ["admin"]}]}"#;
    app.write("dist/staticwebapp.config.json", rules);
    let programs = Path::new(env!("CARGO_BIN_EXE_cygnet")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let page = page("llms.md");
    let all = blocks(&page, "sh");
    assert_eq!(all.len(), 4);
    for block in all {
        if block.contains("curl") && Command::new("curl").arg("--version").output().is_err() {
            println!("skipped: there is no curl");
            continue;
        }
        // Whether this machine has problems is its own affair, and its default port may be taken.
        let block = block.replace(
            "cygnet doctor --json ",
            "cygnet doctor --json > /dev/null || [ $? = 1 ] ",
        );
        let output = Command::new("sh")
            .args(["-ec", &block])
            .env("PATH", &path)
            .env("CYGNET_STATE_DIR", app.state())
            .current_dir(app.folder())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{block}: {said}");
        if block.contains("admin.html\"") {
            assert!(
                said.contains("for admins") && said.contains("\"ada\""),
                "{said}"
            );
        }
    }
}

#[test]
fn what_editors_wait_for_is_printed() {
    let page = page("editors.md");
    let json = blocks(&page, "json");
    let parsed: Vec<Value> = json
        .iter()
        .map(|block| serde_json::from_str(block).unwrap())
        .collect();
    assert_eq!(parsed.len(), 3);
    let background = &parsed[0]["tasks"][0]["problemMatcher"]["background"];
    let pattern = |name: &str| Regex::new(background[name].as_str().unwrap()).unwrap();
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let output = emulator.output();
    let at = |pattern: &Regex| output.lines().position(|line| pattern.is_match(line));
    let (begins, ends) = (at(&pattern("beginsPattern")), at(&pattern("endsPattern")));
    assert!(begins.is_some() && begins < ends, "{output}");
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR"));
    for schema in parsed[2]["json.schemas"].as_array().unwrap() {
        let file = schemas.join(schema["url"].as_str().unwrap());
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            serde_json::from_str::<Value>(&text).is_ok(),
            "{}",
            file.display()
        );
    }
}
