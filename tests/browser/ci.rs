//! What docs/ci.md shows is what works: its Playwright project runs through `cygnet exec`, its other examples are read.

use std::path::PathBuf;
use std::process::Command;

use crate::emulator::write;

const DOCS: &str = include_str!("../../docs/ci.md");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The examples of a kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    let starts = DOCS.split(&*fence).skip(1);
    starts
        .filter_map(|rest| Some(rest.split_once("```")?.0))
        .collect()
}

/// A project with the files of the examples, each named by its first line, and an app that they fit.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for block in [blocks("json"), blocks("ts"), blocks("js")].concat() {
        let (name, text) = block.split_once('\n').unwrap();
        write(folder.path(), name.trim_start_matches("// "), text);
    }
    write(folder.path(), "dist/index.html", "<h1>Home</h1>");
    write(folder.path(), "dist/admin.html", "<h1>Administration</h1>");
    let rules = r#"{"routes": [{"route": "/admin*", "allowedRoles": ["admin"]}]}"#;
    write(folder.path(), "dist/staticwebapp.config.json", rules);
    // The example, in the browser of this machine.
    let config = r"import config from './playwright.config';
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
export default { ...config, use: { ...config.use, launchOptions: { executablePath, args: ['--no-sandbox', '--disable-gpu'] } } };";
    write(folder.path(), "here.config.ts", config);
    std::os::unix::fs::symlink(
        root().join("tests/browser/node_modules"),
        folder.path().join("node_modules"),
    )
    .unwrap();
    folder
}

#[test]
fn two_personas_walk_through_an_app_by_cygnet_exec() {
    let folder = project();
    let run = |test: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args([
                "exec",
                "app",
                "--",
                "npx",
                "--no-install",
                "playwright",
                "test",
            ])
            .args([
                "--config",
                "here.config.ts",
                "--reporter",
                "line",
                "--grep",
                test,
            ])
            .current_dir(folder.path())
            .env("CYGNET_STATE_DIR", folder.path().join("state"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (code, said) = run(".");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("3 passed"), "{said}");
    assert!(!said.contains("what the emulator said"), "{said}");
    // A suite that fails says why the app answered as it did.
    let rules = r#"{"routes": [{"route": "/admin*", "allowedRoles": ["nobody"]}]}"#;
    write(folder.path(), "dist/staticwebapp.config.json", rules);
    let (code, said) = run("an admin comes in");
    assert_eq!(code, Some(1), "{said}");
    let line = said
        .lines()
        .find(|line| line.starts_with("GET /admin.html 403"));
    assert!(
        line.is_some_and(|line| line.contains("routes[0] /admin* (line 1)")),
        "{said}"
    );
}

#[test]
fn the_other_examples_can_be_read() {
    let folder = project();
    let script = "cypress/e2e/admin.cy.js";
    let checked = Command::new("node")
        .args(["--check", script])
        .current_dir(folder.path())
        .output();
    let checked = checked.unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let yaml = blocks("yaml");
    assert_eq!(yaml.len(), 2);
    for text in yaml {
        let file = write(folder.path(), "pipeline.yml", text);
        let read = Command::new("node")
            .arg(root().join("tests/browser/pipeline.mjs"))
            .arg(file)
            .output()
            .unwrap();
        assert!(read.status.success(), "{read:?}");
    }
    assert!(!DOCS.contains("OWNER"));
}
