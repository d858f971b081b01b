//! What an app needs before it starts: packages by its own package manager, a build, a virtual environment that is there.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use cygnet::functions::{HostError, HostStatus};

use crate::emulator::{Emulator, write};
use crate::support::{App, packages, run};

const LONG: Duration = Duration::from_secs(120);
const WHO: &str = r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req"}, {"type": "http", "direction": "out", "name": "res"}], "scriptFile": "SCRIPT"}"#;
const USES_MS: &str = "module.exports = async (context) => { context.res = { body: require('ms/package.json').name }; };";

fn v3(dir: &Path, script: &str) {
    write(dir, "who/function.json", WHO.replace("SCRIPT", script));
}

/// A package whose install script fails, as a tarball.
fn broken_package(dir: &Path, name: &str) {
    let package = format!(
        r#"{{"name": "{name}", "version": "1.0.0", "scripts": {{"install": "echo no such download >&2; exit 1"}}}}"#
    );
    write(dir, "broken/package.json", package);
    let packed = Command::new("npm")
        .args(["pack", "./broken"])
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(packed.status.success(), "{packed:?}");
    std::fs::remove_dir_all(dir.join("broken")).unwrap();
}

#[test]
fn an_install_script_of_the_core_tools_and_a_stale_lock_stop_nothing() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        v3(dir.path(), "index.js");
        write(dir.path(), "who/index.js", USES_MS);
        broken_package(dir.path(), "azure-functions-core-tools");
        let package = r#"{"dependencies": {"ms": "^2.1.0"}, "devDependencies": {"azure-functions-core-tools": "file:azure-functions-core-tools-1.0.0.tgz"}}"#;
        write(dir.path(), "package.json", package);
        let app = App::start_in(dir, |_| {});
        assert_eq!(
            app.call("GET", "/api/who").await.text(),
            "ms",
            "{}",
            app.terminal()
        );
        // What npm said of its failure is shown, that of its success is not.
        app.said("no such download").await;
        app.said("now `npm install --ignore-scripts`, without install scripts")
            .await;
        assert!(!app.terminal().contains("added "), "{}", app.terminal());
        app.host.stop().await;

        let dir = tempfile::tempdir().unwrap();
        v3(dir.path(), "index.js");
        write(dir.path(), "who/index.js", USES_MS);
        write(
            dir.path(),
            "package.json",
            r#"{"dependencies": {"ms": "^2.1.0"}}"#,
        );
        write(
            dir.path(),
            "package-lock.json",
            r#"{"name": "x", "lockfileVersion": 3, "packages": {"": {}}}"#,
        );
        let app = App::start_in(dir, |_| {});
        assert_eq!(
            app.call("GET", "/api/who").await.text(),
            "ms",
            "{}",
            app.terminal()
        );
        app.said("now `npm install`, which takes a package-lock.json that does not fit")
            .await;
        app.host.stop().await;
    });
}

#[test]
fn the_lock_file_of_another_package_manager_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    v3(&folder.path().join("api"), "index.js");
    write(folder.path(), "api/who/index.js", USES_MS);
    write(
        folder.path(),
        "api/package.json",
        r#"{"dependencies": {"ms": "^2.1.0"}}"#,
    );
    write(
        folder.path(),
        "api/pnpm-lock.yaml",
        "lockfileVersion: '9.0'\n",
    );
    let script = "#!/bin/sh\necho \"quiet pnpm $*\"\nmkdir -p node_modules/ms\necho '{\"name\": \"from pnpm\"}' > node_modules/ms/package.json\n";
    let pnpm = write(folder.path(), "bin/pnpm", script);
    std::fs::set_permissions(&pnpm, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!(
        "{}:{}",
        folder.path().join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["start", "dist", "--api-location", "api", "--api-port", "0"])
        .env("PATH", path)
        .env("CYGNET_STATE_DIR", folder.path().join("state"));
    let emulator = Emulator::run(command, folder.path());
    emulator.wait_for_output_within("[api] functions:", LONG);
    assert_eq!(emulator.get("/api/who").text(), "from pnpm");
    let output = emulator.output();
    assert!(
        output.contains("running `pnpm install`") && !output.contains("quiet pnpm"),
        "{output}"
    );
    // The same list after an edit is not printed again.
    write(
        folder.path(),
        "api/who/index.js",
        "module.exports = async (context) => { context.res = { body: 'edited' }; };",
    );
    crate::emulator::eventually_within(
        "the edit",
        LONG,
        || emulator.get("/api/who").text() == "edited",
        || emulator.output(),
    );
    assert_eq!(emulator.output().matches("[api] functions:").count(), 1);
}

/// Stands for a compiler that writes its output although it found errors, as `tsc` does.
const COMPILER: &str = "
const fs = require('fs');
require('ms');
fs.mkdirSync('dist', { recursive: true });
const text = fs.readFileSync('src/who.ts', 'utf8');
fs.writeFileSync('dist/who.js', text);
if (text.includes('WRONG')) { console.log('error TS1: ' + text.match(/WRONG\\w*/)[0]); process.exit(2); }";

#[test]
fn a_v3_app_is_built_and_a_failed_build_never_runs() {
    let source = |text: &str| {
        format!("module.exports = async (context) => {{ context.res = {{ body: '{text}' }}; }};")
    };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    let api = folder.path().join("api");
    v3(&api, "../dist/who.js");
    write(&api, "src/who.ts", source("one"));
    write(&api, "build.cjs", COMPILER);
    write(&api, "tsconfig.json", "{}");
    write(
        &api,
        "package.json",
        r#"{"scripts": {"build": "node build.cjs"}, "devDependencies": {"ms": "^2.1.0"}}"#,
    );
    let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
    let emulator = Emulator::start(folder.path(), &words);
    emulator.wait_for_output_within("[api] functions:", LONG);
    assert_eq!(emulator.get("/api/who").text(), "one");
    assert!(
        !emulator.output().contains("does not exist"),
        "{}",
        emulator.output()
    );
    // What the compiler writes all the same makes the watcher look again; by the second error it has.
    for wrong in ["WRONG1", "WRONG2"] {
        write(&api, "src/who.ts", source(wrong));
        emulator.wait_for_output_within(&format!("error TS1: {wrong}"), LONG);
        assert_eq!(emulator.get("/api/who").text(), "one");
    }
    write(&api, "src/who.ts", source("three"));
    let says = || emulator.get("/api/who").text();
    crate::emulator::eventually_within(
        "the new code",
        LONG,
        || {
            let text = says();
            assert!(
                ["one", "three"].contains(&text.as_str()),
                "{text}\n{}",
                emulator.output()
            );
            text == "three"
        },
        || emulator.output(),
    );
    let kept = emulator
        .output()
        .matches("the functions keep running as they were")
        .count();
    assert_eq!(kept, 2, "{}", emulator.output());
}

#[test]
fn what_a_preload_prints_without_a_line_break_does_not_hide_the_worker() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "package.json", r#"{"main": "src"}"#);
        write(
            dir.path(),
            "preload.cjs",
            "process.stdout.write('no line break');",
        );
        let settings = r#"{"IsEncrypted": false, "Values": {"NODE_OPTIONS": "--require ./preload.cjs", "languageWorkers__node__arguments": "--stack-trace-limit=3"}}"#;
        write(dir.path(), "local.settings.json", settings);
        let code = "require('@azure/functions').app.http('who', { handler: async () => ({ body: String(Error.stackTraceLimit) }) });";
        write(dir.path(), "src/deep/who.js", code);
        std::os::unix::fs::symlink(packages(), dir.path().join("node_modules")).unwrap();
        let app = App::start_in(dir, |_| {});
        assert_eq!(
            app.call("GET", "/api/who").await.text(),
            "3",
            "{}",
            app.terminal()
        );
        assert_eq!(app.said("no line break").await.text, "no line break");
        app.host.stop().await;
    });
}

#[test]
fn a_virtual_environment_of_the_project_is_used_as_it_is() {
    run(async {
        let project = tempfile::tempdir().unwrap();
        let made = Command::new("python3")
            .args(["-m", "venv", "--without-pip", "env"])
            .current_dir(project.path())
            .status()
            .unwrap();
        assert!(made.success());
        write(
            project.path(),
            "api/function_app.py",
            "import sys\nraise RuntimeError('by ' + sys.prefix)\n",
        );
        let api = project.path().join("api");
        let app = App::start_in(project, |options| options.app_dir = api);
        let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
            panic!("it is loaded without its library");
        };
        assert!(
            message.contains("`azure-functions` is not installed for")
                && message.contains("/env/bin/python"),
            "{message}"
        );
        assert!(!app.terminal().contains("-m venv"), "{}", app.terminal());
        app.host.stop().await;
    });
}
