//! What only Windows has: asked of `cygnet.exe`, on Windows itself or by Wine (`tests/windows.sh`). No other program could
//! answer it.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::deployed::App;
use crate::emulator::{Emulator, eventually_within, free_port, site, write};

/// Programs of programs start, each as slowly as Wine starts one on a busy machine.
fn eventually(what: &str, holds: impl FnMut() -> bool) {
    eventually_within(what, Duration::from_secs(60), holds, String::new);
}

/// How Windows names a file or folder of this test.
fn windows(path: &Path) -> String {
    let path = path.display().to_string();
    match cfg!(windows) {
        true => path,
        // Wine's drive of everything.
        false => format!("Z:{}", path.replace('/', "\\")),
    }
}

/// A file as any other, whatever Windows takes its name for.
fn write_reserved(folder: &Path, name: &str) {
    let as_it_is = if cfg!(windows) { "\\\\?\\" } else { "" };
    let path = folder.join(name).display().to_string();
    let path = path.replace('/', std::path::MAIN_SEPARATOR_STR);
    let path = PathBuf::from(format!("{as_it_is}{path}"));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, "reserved").unwrap();
}

/// `cygnet WORDS` with a folder in the PATH of Windows.
fn command(path: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.args(words);
    match cfg!(windows) {
        true => {
            let others = std::env::var_os("PATH").unwrap_or_default();
            let others = std::env::split_paths(&others);
            let all = std::iter::once(path.to_owned()).chain(others);
            command.env("PATH", std::env::join_paths(all).unwrap());
        }
        false => {
            command.env("WINEPATH", windows(path));
        }
    }
    command
}

/// `cygnet.exe` for a batch file.
fn program() -> String {
    std::env::var("CYGNET_TEST_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_cygnet").to_owned())
}

/// A line of a batch file that serves a folder at a port, and whether that runs.
fn serving(folder: &Path) -> (String, impl Fn() -> bool + use<>) {
    let port = free_port();
    let line = format!(
        "\"{}\" start \"{}\" --port {port} --no-watch",
        program(),
        windows(folder)
    );
    let runs = move || TcpStream::connect(("127.0.0.1", port)).is_ok();
    (line, runs)
}

fn status(emulator: &Emulator, path: &str) -> u16 {
    emulator.get(path).status
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn a_name_that_windows_takes_for_something_else_is_neither_served_nor_deployed() {
    let app = App::new();
    let dist = app.folder().join("dist");
    for name in ["aux.html", "nul.txt", "lpt1.js"] {
        write_reserved(&dist, name);
    }
    let emulator = app.start(&["dist"]);
    for path in [
        "/aux",
        "/aux.html",
        "/AUX.html",
        "/con",
        "/con/",
        "/con/index.html",
        "/CONOUT$",
        "/nul",
        "/nul.txt",
        "/lpt1.js",
        "/COM1",
        "/LPT%C2%B3",
        "/index.html.",
        "/index.html%20",
        "/index.html::$DATA",
        "/index.html%3A%3A$DATA",
        "/index.html:x",
        "/INDEX~1.HTM",
        "/C:/",
        "/Z:/etc/passwd",
        "/index.htm?.html",
        "/%3f/x",
    ] {
        assert_eq!(status(&emulator, path), 404, "{path}");
    }
    assert_eq!(emulator.get("/index.html").text(), "<h1>one</h1>");
    let checked = app.run(&["check", "dist"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        said.contains("`aux.html` and 2 others are never served nor deployed: Windows takes its name for something else"),
        "{checked:?}"
    );
    assert_eq!(app.deploy(&[])["files"], 1, "only index.html");
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn rs_33_letters_count_as_in_azure() {
    let folder = site(None);
    write(folder.path(), "Sub/Page.html", "page");
    let emulator = Emulator::start(folder.path(), &[]);
    for path in ["/Index.html", "/INDEX.HTML", "/sub/Page.html", "/Sub/page"] {
        assert_eq!(status(&emulator, path), 404, "{path}");
    }
    for path in ["/index.html", "/Sub/Page.html", "/Sub/Page"] {
        assert_eq!(status(&emulator, path), 200, "{path}");
    }
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn folders_are_named_with_drives_and_backslashes() {
    let project = tempfile::tempdir().unwrap();
    write(project.path(), "app/web/index.html", "in app");
    write(
        project.path(),
        "swa-cli.config.json",
        r#"{
            "configurations": {
                "down": { "appLocation": ".\\app", "outputLocation": "web" },
                "deep": { "appLocation": "app\\web" }
            }
        }"#,
    );
    let web = windows(&project.path().join("app/web"));
    for words in [
        &["app\\web"][..],
        &[".\\app\\web\\"],
        &["app/web"],
        &[&web],
        &[&web.replace('\\', "/")],
        &["--config-name", "down"],
        &["--config-name", "deep"],
    ] {
        let emulator = Emulator::start(project.path(), words);
        assert_eq!(emulator.get("/").text(), "in app", "{words:?}");
    }
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn a_path_may_be_longer_than_260_characters() {
    let app = App::new();
    let deep = [&*"d".repeat(120); 3].join("/");
    app.write(&format!("dist/{deep}/page.html"), "deep");
    let emulator = app.start(&["dist"]);
    let page = format!("/{deep}/page.html");
    assert_eq!(emulator.get(&page).text(), "deep");
    app.write(&format!("dist/{deep}/page.html"), "deeper");
    eventually("the edit", || emulator.get(&page).text() == "deeper");
    assert_eq!(app.deploy(&[])["files"], 2);
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn run_is_a_line_for_cmd_or_a_file_that_it_starts() {
    let folder = site(None);
    let app = folder.path().join("app");
    write(&app, "index.html", "app");
    write(&app, "my start.cmd", "@echo from a file\r\n@exit /b 4\r\n");
    // Beside the app they come before those of the PATH.
    write(&app, "npm.cmd", "@echo npm got %*\r\n");
    write(&app, "npx.cmd", "@echo npx got %*\r\n");
    let name = folder.path().file_name().unwrap().display();
    let in_app = format!("{name}\\app");
    for (run, lines) in [
        (
            "echo made& cd& echo %BROWSER%",
            &["[run] made", &in_app, "[run] none", "exit code 0"][..],
        ),
        ("echo \"a b\" && exit 3", &["[run] \"a b\"", "exit code 3"]),
        ("my start.cmd", &["[run] from a file", "exit code 4"]),
        ("npm:dev", &["[run] npm got run dev --if-present"]),
        ("npx:vite --port 1", &["[run] npx got vite --port 1"]),
    ] {
        let emulator = Emulator::start(folder.path(), &[".", "-a", "app", "--run", run]);
        for line in lines {
            emulator.wait_for_output(line);
        }
        assert_eq!(emulator.get("/").text(), "app");
    }
}

/// Kept by a job object: also what has lost its parent ends.
#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn what_run_started_ends_however_the_emulator_ends() {
    let inner = site(None);
    // `INT` is Ctrl-C; Wine passes it on, and Windows has no such way from outside.
    let ends = if cfg!(windows) {
        &["KILL"][..]
    } else {
        &["KILL", "INT"]
    };
    for end in ends {
        let folder = site(None);
        let (line, runs) = serving(inner.path());
        write(
            folder.path(),
            "go.cmd",
            format!("@start \"\" /b {line}\r\n"),
        );
        let mut emulator = Emulator::start(folder.path(), &["--run", "go.cmd"]);
        emulator.wait_for_output("ended with exit code 0");
        eventually("what it left", &runs);
        emulator.signal(end);
        let status = emulator.wait();
        assert_eq!(status.success(), *end == "INT", "{end}: {status}");
        eventually("its end", || !runs());
    }
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn stop_ends_it_cleanly() {
    let app = App::new();
    let (line, runs) = serving(&app.folder().join("dist"));
    app.write("go.cmd", &format!("@{line}\r\n"));
    let mut emulator = app.start(&["dist", "--run", "go.cmd"]);
    eventually("what it runs", &runs);
    let port = emulator.port.to_string();
    assert!(app.run(&["stop", "--port", &port]).status.success());
    assert!(emulator.wait().success());
    eventually("its end", || !runs());
    assert_eq!(app.run(&["status"]).status.code(), Some(3), "none runs");
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn exec_finds_a_cmd_file_and_gives_its_code() {
    let folder = site(None);
    let bin = tempfile::tempdir().unwrap();
    write(
        bin.path(),
        "tests.cmd",
        "@echo %1 at %CYGNET_URL%\r\n@exit /b 7\r\n",
    );
    let output = command(bin.path(), &["exec", ".", "--json", "--", "tests", "all"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["exitCode"], 7, "{output:?}");
    // Wine ends a program with the code of any of its threads now and then, which is 0.
    if cfg!(windows) {
        assert_eq!(output.status.code(), Some(7), "{output:?}");
    }
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("all at http://localhost:"), "{said}");
}

#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn nothing_of_an_exec_is_left_when_it_is_killed() {
    let folder = site(None);
    let (line, runs) = serving(folder.path());
    let bin = tempfile::tempdir().unwrap();
    write(bin.path(), "tests.cmd", format!("@{line}\r\n"));
    let mut child = command(bin.path(), &["exec", ".", "--", "tests"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("what the command started", &runs);
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("its end", || !runs());
}

/// No interpreter runs in these places, so they are named. Windows may have a launcher of its own.
#[test]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn python_is_that_of_scripts_else_the_launcher() {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    write(folder.path(), "api/function_app.py", "");
    let bin = tempfile::tempdir().unwrap();
    write(bin.path(), "py.exe", "no program");
    let start = |named: &str| {
        let command = command(bin.path(), &[".", "--api-location", "api"]);
        let emulator = Emulator::run(command, folder.path());
        emulator.wait_for_output(&format!("{named}` cannot be started"));
    };
    if cfg!(unix) {
        start("`py");
    }
    write(folder.path(), "api/.venv/Scripts/python.exe", "no program");
    start("\\.venv\\Scripts\\python.exe");
}

#[test]
#[cfg(unix)]
#[ignore = "needs cygnet.exe: tests/windows.sh"]
fn a_console_gets_colours() {
    use crate::common::pty::Terminal;

    let folder = site(None);
    let mut terminal = Terminal::start(folder.path(), &["start", "no-such-folder"]);
    assert!(!terminal.wait().success());
    terminal.wait_for("no-such-folder");
    let screen = terminal.screen();
    let red = [
        "\u{1b}[31m",
        "\u{1b}[1;31m",
        "\u{1b}[91m",
        "\u{1b}[1m\u{1b}[31m",
    ];
    assert!(red.iter().any(|red| screen.contains(red)), "{screen:?}");
}
