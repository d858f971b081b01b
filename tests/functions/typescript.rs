//! Functions in TypeScript, with the real compiler from npm: built, built again when they are edited, by the app's own
//! scripts; and what restarts an app besides its code.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::emulator::{Emulator, eventually, eventually_within, write};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(120);

fn code(text: &str) -> String {
    format!(
        "import {{ app, HttpRequest, HttpResponseInit }} from '@azure/functions';\nexport async function who(request: HttpRequest): Promise<HttpResponseInit> {{\n  const text: string = {text};\n  return {{ body: text }};\n}}\napp.http('who', {{ methods: ['GET'], authLevel: 'anonymous', handler: who }});\n"
    )
}

fn app(scripts: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| drop(write(folder.path(), path, text));
    file("dist/index.html", "<h1>home</h1>");
    file("api/host.json", r#"{"version": "2.0"}"#);
    file(
        "api/package.json",
        &format!(
            r#"{{"main": "out/functions/*.js", "scripts": {{{scripts}}}, "dependencies": {{"@azure/functions": "^4.5.0"}}, "devDependencies": {{"typescript": "^5.4.0", "@types/node": "^20.0.0"}}}}"#
        ),
    );
    file(
        "api/tsconfig.json",
        r#"{"compilerOptions": {"module": "commonjs", "target": "es2022", "outDir": "out", "rootDir": "src", "strict": true, "noEmitOnError": true, "sourceMap": true, "skipLibCheck": true}, "include": ["src"]}"#,
    );
    file("api/src/functions/who.ts", &code("'one'"));
    folder
}

fn start(folder: &TempDir) -> Emulator {
    Emulator::start(
        folder.path(),
        &["start", "dist", "--api-location", "api", "--api-port", "0"],
    )
}

fn until(emulator: &Emulator, text: &str) {
    let says = || {
        std::thread::sleep(Duration::from_millis(50));
        emulator.get_once_installed("/api/who").text() == text
    };
    eventually_within(text, LONG, says, || emulator.output());
}

#[test]
fn without_a_watch_script_each_edit_is_built() {
    let folder = app(r#""build": "tsc""#);
    let emulator = start(&folder);
    until(&emulator, "one");
    assert!(
        emulator.output().contains("running `npm run build`"),
        "{}",
        emulator.output()
    );
    // By its source map.
    emulator.wait_for_output("[GET] /api/who  api/src/functions/who.ts:6");
    write(folder.path(), "api/src/functions/who.ts", code("'two'"));
    until(&emulator, "two");
    // A type error: told, and the last good worker answers on.
    write(folder.path(), "api/src/functions/who.ts", code("3"));
    emulator.wait_for_output_within("error TS2322", LONG);
    emulator.wait_for_output_within("the functions keep running as they were", LONG);
    assert_eq!(emulator.get("/api/who").text(), "two");
    write(folder.path(), "api/src/functions/who.ts", code("'three'"));
    until(&emulator, "three");
}

#[test]
fn a_watch_script_runs_beside_the_emulator_and_ends_with_it() {
    let folder = app(r#""build": "tsc", "watch": "tsc --watch --preserveWatchOutput""#);
    let mut emulator = start(&folder);
    until(&emulator, "one");
    emulator.wait_for_output_within("Watching for file changes", LONG);
    write(folder.path(), "api/src/functions/who.ts", code("'two'"));
    until(&emulator, "two");
    write(folder.path(), "api/src/functions/who.ts", code("3"));
    emulator.wait_for_output_within("error TS2322", LONG);
    assert_eq!(emulator.get("/api/who").text(), "two");
    write(folder.path(), "api/src/functions/who.ts", code("'three'"));
    until(&emulator, "three");
    let builds = emulator.output().matches("running `npm run build`").count();
    assert_eq!(builds, 1, "{}", emulator.output());
    emulator.signal("KILL");
    emulator.wait();
    let left = || {
        let place = folder.path().display().to_string();
        let output = Command::new("pgrep").args(["-f", &place]).output().unwrap();
        !output.stdout.is_empty()
    };
    eventually("no compiler", || !left());
}

/// The lock file that npm writes for `ms@^2.1.0` when this version is the newest one.
fn lock(version: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let wanted = format!(r#"{{"dependencies": {{"ms": "{version}"}}}}"#);
    write(folder.path(), "package.json", wanted);
    let made = Command::new("npm")
        .args(["install", "--package-lock-only", "--no-audit", "--no-fund"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let text = fs::read_to_string(folder.path().join("package-lock.json")).unwrap();
    text.replace(&format!(r#""ms": "{version}""#), r#""ms": "^2.1.0""#)
}

#[test]
fn a_lock_file_and_watched_files_restart_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| drop(write(folder.path(), path, text));
    file("dist/index.html", "<h1>home</h1>");
    file(
        "api/host.json",
        r#"{"version": "2.0", "watchFiles": ["words.txt"]}"#,
    );
    file("api/words.txt", "first");
    file("api/package.json", r#"{"dependencies": {"ms": "^2.1.0"}}"#);
    file("api/package-lock.json", &lock("2.1.2"));
    file(
        "api/who/function.json",
        r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req"}, {"type": "http", "direction": "out", "name": "res"}]}"#,
    );
    file(
        "api/who/index.js",
        "const word = require('fs').readFileSync(__dirname + '/../words.txt', 'utf8');\nconst version = require('ms/package.json').version;\nmodule.exports = async (context) => { context.res = { body: `${word} ${version}` }; };",
    );
    let emulator = start(&folder);
    until(&emulator, "first 2.1.2");
    file("api/words.txt", "second");
    until(&emulator, "second 2.1.2");
    // The same wishes, another choice: only the lock file says so.
    file("api/package-lock.json", &lock("2.1.3"));
    until(&emulator, "second 2.1.3");
}
