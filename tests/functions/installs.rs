//! Installs that are quick, cut off, or not needed at all.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use cygnet::functions::{HostError, HostStatus};

use crate::emulator::{Emulator, write};
use crate::support::{App, run, venv};

const HELLO: &str = r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req"}, {"type": "http", "direction": "out", "name": "$return"}]}"#;

fn python(dir: &Path) {
    write(dir, "hello/function.json", HELLO);
    write(
        dir,
        "hello/__init__.py",
        "def main(req):\n    return 'hello'\n",
    );
}

fn program(dir: &Path, name: &str, script: String) -> PathBuf {
    let path = write(dir, name, script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Where the packages of a virtual environment are.
fn site_packages(environment: &Path) -> PathBuf {
    let mut versions = fs::read_dir(environment.join("lib")).unwrap();
    let version = versions.next().unwrap().unwrap().path();
    version.join("site-packages")
}

#[test]
fn uv_installs_without_a_network_and_once_more_what_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    let api = folder.path().join("api");
    python(&api);
    write(&api, "requirements.txt", "azure-functions\n");
    // What it has in its cache lies in another environment.
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {log}\ncase \"$*\" in *--offline*) ;; *) echo no network >&2; exit 2;; esac\n\
         for site in $(dirname \"$4\")/../lib/*/site-packages; do echo {packages} > $site/cache.pth; done\n",
        log = folder.path().join("uv.log").display(),
        packages = site_packages(&venv()).display(),
    );
    program(folder.path(), "bin/uv", script);
    let path = format!(
        "{}:{}",
        folder.path().join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .args(["start", "dist", "--api-location", "api", "--api-port", "0"])
            .env("PATH", &path)
            .env("UV_DEFAULT_INDEX", "https://pypi.org/simple")
            .env("CYGNET_STATE_DIR", folder.path().join("state"));
        let emulator = Emulator::run(command, folder.path());
        assert_eq!(
            emulator.get_once_installed("/api/hello").text(),
            "hello",
            "{}",
            emulator.output()
        );
        emulator.output()
    };
    let log = || fs::read_to_string(folder.path().join("uv.log")).unwrap();

    let said = start();
    assert!(
        said.contains(
            "running `uv pip install --python .venv/bin/python --offline -r requirements.txt`"
        ) && said.contains("now with what uv has in its cache"),
        "{said}"
    );
    assert_eq!(log().lines().count(), 2, "{}", log());

    let said = start();
    assert!(!said.contains("running `"), "it is installed: {said}");

    // Killed while it installed.
    fs::write(api.join(".venv/cygnet-requirements.txt"), "").unwrap();
    start();
    assert_eq!(
        log().matches("--offline --reinstall").count(),
        1,
        "{}",
        log()
    );
    start();
    assert_eq!(log().lines().count(), 4, "{}", log());
}

#[test]
fn what_needs_no_install_is_started_once_and_asked_nothing() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        python(dir.path());
        let real = venv().join("bin/python");
        let log = dir.path().join("runs.log");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> {}\nexec {} \"$@\"\n",
            log.display(),
            real.display()
        );
        program(dir.path(), ".venv/bin/python", script.clone());
        let app = App::start_in(dir, |_| {});
        assert_eq!(app.call("GET", "/api/hello").await.text(), "hello");
        let runs = fs::read_to_string(&log).unwrap();
        assert!(
            runs.lines().count() == 1 && runs.contains("main.py"),
            "{runs}"
        );
        app.host.stop().await;

        let dir = tempfile::tempdir().unwrap();
        write(
            dir.path(),
            "hello/function.json",
            HELLO.replace("$return", "res"),
        );
        write(
            dir.path(),
            "hello/index.js",
            "module.exports = async (context) => { context.res = { body: 'hello' }; };",
        );
        let log = dir.path().join("runs.log");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> {}\nexec node \"$@\"\n",
            log.display()
        );
        let node = program(dir.path(), "bin/node", script);
        let app = App::start_in(dir, |options| options.node_program = node);
        assert_eq!(app.call("GET", "/api/hello").await.text(), "hello");
        let runs = fs::read_to_string(&log).unwrap();
        assert!(
            runs.lines().count() == 1 && runs.contains("main.cjs"),
            "{runs}"
        );
        app.host.stop().await;
    });
}

#[test]
fn a_version_that_is_too_old_is_named() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "hello/function.json", HELLO);
        write(dir.path(), "hello/index.js", "module.exports = () => {};");
        // The program itself would run on it.
        let old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '16.20.0' } });";
        let old = write(dir.path(), "old.cjs", old);
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && echo v16.20.0 && exit\nexec node --require {} \"$@\"\n",
            old.display()
        );
        let node = program(dir.path(), "bin/node", script);
        let app = App::start_in(dir, |options| options.node_program = node);
        let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
            panic!("it started");
        };
        assert_eq!(message, "Node.js v16.20.0 is too old for the Functions app");
        app.host.stop().await;
    });
}
