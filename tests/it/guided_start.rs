//! `cygnet` alone in a framework's project, at a terminal and without one; and a folder that a bundler must build first.

use std::path::Path;
use std::process::Command;

use rustix::process::{Signal, kill_process};

use crate::common::page::Page;
use crate::common::pty::Terminal;
use crate::emulator::{Emulator, eventually, free_port, site, write};

const RAW: &str =
    r#"<!doctype html><div id="root"></div><script type="module" src="/src/main.tsx"></script>"#;

/// A Vite project, whose dev server is a file of the test's own in place of Vite.
fn project(built: bool, installed: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let package = r#"{"devDependencies": {"vite": "*"}, "dependencies": {"react": "*"}}"#;
    write(folder.path(), "package.json", package);
    write(folder.path(), "index.html", RAW);
    if built {
        write(folder.path(), "dist/index.html", "<h1>built</h1>");
    }
    if installed {
        write(folder.path(), "node_modules/vite/package.json", "{}");
    }
    folder
}

/// Stands in for npm and npx: a "dev server" that says where it listens, and records how it was called.
fn tools(folder: &Path, port: u16) -> std::path::PathBuf {
    for tool in ["npm", "npx"] {
        let script = format!(
            "#!/bin/sh\necho \"{tool} $*\" >> \"{}/called\"\necho '  \u{1b}[32m➜\u{1b}[39m  Local:   http://localhost:{port}/'\ncase \"$*\" in install) ;; *) exec sleep 1000 ;; esac\n",
            folder.display()
        );
        let file = write(folder, &format!("tools/{tool}"), script);
        let made = Command::new("chmod").arg("+x").arg(file).status();
        assert!(made.unwrap().success());
    }
    folder.join("tools")
}

fn start(folder: &Path, args: &[&str], tools: &Path) -> Emulator {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.args(args).env("PATH", path_with(tools));
    Emulator::run(command, folder)
}

fn path_with(tools: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path);
    std::env::join_paths(std::iter::once(tools.to_path_buf()).chain(folders)).unwrap()
}

#[test]
fn without_a_terminal_the_built_output_is_served_and_nothing_is_run() {
    let folder = project(true, true);
    let tools = tools(folder.path(), 1);
    let emulator = start(folder.path(), &[], &tools);
    assert_eq!(emulator.get("/").text(), "<h1>built</h1>");
    for said in [
        "Vite with React was found here (`vite` in package.json): serving its built output, dist",
        "cygnet --run \"npx vite\"",
        "`cygnet init`",
    ] {
        emulator.wait_for_output(said);
    }
    assert!(!folder.path().join("called").exists());
}

#[test]
fn without_anything_built_it_says_what_to_type_and_serves_as_before() {
    let folder = project(false, false);
    let tools = tools(folder.path(), 1);
    let emulator = start(folder.path(), &[], &tools);
    assert_eq!(emulator.get("/").text(), RAW);
    emulator.wait_for_output("which is not built");
    emulator.wait_for_output("npm install && cygnet --run \"npx vite\"");
    emulator.wait_for_output("npx vite build && cygnet dist");
    assert!(!folder.path().join("called").exists());
}

#[test]
fn yes_starts_the_dev_server_and_finds_its_url() {
    let folder = project(true, true);
    let upstream = crate::dev_server::server(|_| crate::dev_server::page("from the dev server"));
    let tools = tools(folder.path(), upstream.address.port());
    let emulator = start(folder.path(), &["--yes"], &tools);
    emulator.wait_for_output("its dev server is started by `npx vite`");
    emulator.wait_for_output("npx vite listens at http://localhost:");
    assert_eq!(emulator.get("/").text(), "from the dev server");
    let called = std::fs::read_to_string(folder.path().join("called")).unwrap();
    assert_eq!(called, "npx vite\n");
}

#[test]
fn yes_without_packages_serves_what_was_built_or_says_what_is_missing() {
    let folder = project(true, false);
    let tools_here = tools(folder.path(), 1);
    let emulator = start(folder.path(), &["-y"], &tools_here);
    assert_eq!(emulator.get("/").text(), "<h1>built</h1>");
    drop(emulator);
    let folder = project(false, false);
    let tools = tools(folder.path(), 1);
    let emulator = start(folder.path(), &["-y"], &tools);
    emulator.wait_for_output("its packages are not installed");
    assert_eq!(emulator.get("/").text(), RAW);
    assert!(!folder.path().join("called").exists());
}

#[test]
fn what_is_said_is_done_without_a_question() {
    let folder = project(true, true);
    let tools = tools(folder.path(), 1);
    for args in [&["dist"][..], &["-O", "dist"]] {
        let emulator = start(folder.path(), args, &tools);
        assert_eq!(emulator.get("/").text(), "<h1>built</h1>");
        assert!(
            !emulator.output().contains("was found here"),
            "{}",
            emulator.output()
        );
    }
    write(
        folder.path(),
        "swa-cli.config.json",
        r#"{"configurations": {"a": {"outputLocation": "dist"}}}"#,
    );
    let emulator = start(folder.path(), &[], &tools);
    assert_eq!(emulator.get("/").text(), "<h1>built</h1>");
    assert!(
        !emulator.output().contains("was found here"),
        "{}",
        emulator.output()
    );
}

#[test]
fn a_folder_of_sources_is_said_to_be_one_in_the_terminal_and_over_the_page() {
    let folder = project(false, true);
    let emulator = Emulator::start(folder.path(), &["."]);
    emulator.wait_for_output("`index.html` needs `/src/main.tsx`, which browsers cannot run");
    emulator.wait_for_output("`cygnet --run \"npx vite\"`");
    let page = Page::open(&emulator);
    let problem = &page.problems[0];
    assert_eq!(problem["kind"], "sources", "{problem}");
    assert!(
        problem["hint"]
            .as_str()
            .unwrap()
            .contains("npx vite build && cygnet dist"),
        "{problem}"
    );
    // As Azure would serve it.
    let answer = emulator.get("/");
    assert_eq!((answer.status, answer.text().as_str()), (200, RAW));
    // It goes with its reason; saved again until the watch is there.
    eventually("the end of the notice", || {
        write(folder.path(), "index.html", "<h1>plain</h1>");
        let problems = Page::open(&emulator).problems;
        problems.as_array().unwrap().is_empty()
    });
}

/// Its shell shows what is typed then, though no code of ours could say so.
#[test]
fn a_killed_emulator_leaves_the_terminal_as_it_was() {
    let folder = site(None);
    let terminal = Terminal::start_in_shell(folder.path(), &["--port", "0"]);
    terminal.wait_for("press h for help");
    assert!(!terminal.is_cooked());
    kill_process(terminal.pid_in_shell(), Signal::KILL).unwrap();
    terminal.wait_for("it has ended");
    eventually("the terminal as it was", || terminal.is_cooked());
}

#[test]
fn a_key_chooses_at_a_terminal() {
    let folder = project(true, true);
    let mut terminal = Terminal::start(folder.path(), &["--port", "0"]);
    terminal.wait_for("Vite with React was found here");
    terminal.wait_for("b  built output  dist");
    terminal.wait_for("Press d, or Enter for the dev server");
    eventually("single keys", || !terminal.is_cooked());
    terminal.press("xb");
    terminal.wait_for("serving its built output, dist");
    terminal.wait_for("Azure Static Web Apps emulator started at http://localhost:");
    terminal.wait_for("press h for help");
    terminal.press("q");
    assert_eq!(terminal.wait().code(), Some(0));
    assert!(terminal.is_cooked());
}

#[test]
fn who_does_not_want_to_start_need_not() {
    for key in ["q", "\u{1b}", "\u{3}"] {
        let folder = project(true, true);
        let mut terminal = Terminal::start(folder.path(), &["--port", "0"]);
        terminal.wait_for("q to quit");
        eventually("single keys", || !terminal.is_cooked());
        terminal.press(key);
        assert_eq!(terminal.wait().code(), Some(0), "{key:?}");
        assert!(
            !terminal.text().contains("started at"),
            "{}",
            terminal.text()
        );
        assert!(terminal.is_cooked());
    }
}

#[test]
fn keys_help_and_quit_and_every_end_leaves_the_terminal_as_it_was() {
    let folder = site(None);
    for end in ["q", "\u{3}", "TERM", "HUP"] {
        let mut terminal = Terminal::start(folder.path(), &["--port", "0"]);
        terminal.wait_for("press h for help");
        eventually("single keys", || !terminal.is_cooked());
        terminal.press("h");
        terminal.wait_for("r  restart the API, and reload open pages");
        terminal.press("r");
        terminal.wait_for("open pages reload");
        match end {
            "TERM" => terminal.signal(Signal::TERM),
            "HUP" => terminal.signal(Signal::HUP),
            key => terminal.press(key),
        }
        assert_eq!(terminal.wait().code(), Some(0), "{end:?}");
        assert!(terminal.is_cooked(), "{end:?}");
    }
}

#[test]
fn the_key_o_opens_the_app_in_the_browser() {
    let folder = site(None);
    let opened = folder.path().join("bin/opened");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > {0}.new && mv {0}.new {0}\n",
        opened.display()
    );
    for name in ["xdg-open", "open", "wslview"] {
        use std::os::unix::fs::PermissionsExt as _;
        let opener = write(folder.path(), &format!("bin/{name}"), &script);
        std::fs::set_permissions(opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", folder.path().join("bin").display());
    let mut terminal = Terminal::start_with_path(folder.path(), &["--port", "0"], path);
    terminal.wait_for("press h for help");
    eventually("single keys", || !terminal.is_cooked());
    terminal.press("o");
    eventually("the browser", || opened.is_file());
    let url = std::fs::read_to_string(&opened).unwrap();
    assert!(url.starts_with("http://localhost:"), "{url}");
    assert!(terminal.text().contains(url.trim()), "{url}");
    terminal.press("q");
    assert_eq!(terminal.wait().code(), Some(0));
}

#[test]
fn ctrl_z_stops_it_and_it_goes_on_where_it_was() {
    let folder = site(None);
    let mut terminal = Terminal::start(folder.path(), &["--port", "0"]);
    terminal.wait_for("press h for help");
    eventually("single keys", || !terminal.is_cooked());
    terminal.press("\u{1a}");
    eventually("the stop", || terminal.state() == "T");
    assert!(terminal.is_cooked());
    terminal.signal(Signal::CONT);
    eventually("single keys again", || !terminal.is_cooked());
    terminal.press("h");
    terminal.wait_for("r  restart the API");
    terminal.press("q");
    assert_eq!(terminal.wait().code(), Some(0));
    assert!(terminal.is_cooked());
}

/// At 80 columns, with colours; the first line of a column stays in it.
#[test]
fn the_summary_and_the_log_are_laid_out_for_a_terminal() {
    let folder = site(None);
    write(
        folder.path(),
        "a-folder-with-a-long-name/another-folder-with-a-long-name/index.html",
        "x",
    );
    let deep = "a-folder-with-a-long-name/another-folder-with-a-long-name";
    let mut terminal = Terminal::start(
        folder.path(),
        &[
            deep,
            "--port",
            "0",
            "--run",
            "sleep 1000 # that does nothing but wait for the end of the test",
        ],
    );
    terminal.wait_for("press h for help");
    let text = terminal.text();
    let lines: Vec<&str> = text.lines().collect();
    let is_whole = |line: &&str| {
        line.chars().count() <= 80 || line.starts_with("Azure Static Web Apps emulator")
    };
    assert!(lines.iter().all(is_whole), "{text}");
    let run = lines
        .iter()
        .position(|line| line.starts_with("  run            sleep 1000"))
        .expect("its row");
    assert!(
        lines[run + 1].starts_with(&" ".repeat(17)) && !lines[run + 1].trim().is_empty(),
        "{text}"
    );
    assert!(
        terminal
            .screen()
            .contains("\u{1b}[1m\u{1b}[36mhttp://localhost:"),
        "{}",
        terminal.screen()
    );
    let url = lines
        .iter()
        .find_map(|line| line.trim().strip_prefix("http://localhost:"));
    let port: u16 = url.expect("the URL").parse().unwrap();
    for path in ["/", "/missing"] {
        let request =
            crate::common::http::request::<&str, &str>("localhost", "GET", path, &[], b"");
        crate::common::http::exchange(("127.0.0.1", port), &request).unwrap();
    }
    terminal.wait_for("/missing");
    terminal.wait_for("no file");
    let text = terminal.text();
    let column = |path: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with("GET ") && line.contains(&format!(" {path} ")));
        line.expect(path).find(path)
    };
    assert_eq!(column("/"), column("/missing"), "{text}");
    terminal.press("q");
    assert_eq!(terminal.wait().code(), Some(0));
}

/// A line that moves at the bottom of the terminal, and is gone when lines of others come.
#[test]
fn what_takes_long_is_shown_to_go_on() {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    let package = r#"{"main": "index.js", "dependencies": {"left-pad": "1"}}"#;
    write(folder.path(), "api/package.json", package);
    // Goes on until the test has seen it.
    let npm = "#!/bin/sh\nuntil test -f ../seen; do sleep 0.05; done\nexit 1\n";
    for (tool, script) in [("npm", npm), ("node", "#!/bin/sh\necho v20.11.0\n")] {
        let file = write(folder.path(), &format!("tools/{tool}"), script);
        let made = Command::new("chmod").arg("+x").arg(file).status();
        assert!(made.unwrap().success());
    }
    let path = path_with(&folder.path().join("tools"));
    let args = [".", "-i", "api", "--port", "0"];
    let mut terminal = Terminal::start_with_path(folder.path(), &args, path);
    terminal.wait_for(" npm install in api 1 s");
    // Drawn over itself.
    eventually("the next picture", || {
        terminal.screen().contains("\r\u{1b}[K")
    });
    write(folder.path(), "seen", "");
    terminal.wait_for("`npm install` failed: exit code 1");
    let screen = terminal.screen();
    let (_, after) = screen.rsplit_once("npm install in api").expect("the line");
    assert!(after.contains("\r\u{1b}[K"), "it is erased: {after:?}");
    terminal.press("q");
    assert_eq!(terminal.wait().code(), Some(0));
}

#[test]
fn without_a_terminal_there_are_no_keys() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    assert_eq!(emulator.get("/").status, 200);
    assert!(
        !emulator.output().contains("press h"),
        "{}",
        emulator.output()
    );
}

#[test]
fn a_command_that_prints_no_url_is_an_error_with_its_last_lines() {
    let folder = tempfile::tempdir().unwrap();
    let run = "for i in 1 2 3; do echo building $i; done; sleep 1000";
    let emulator = Emulator::start(folder.path(), &["--run", run, "--devserver-timeout", "1"]);
    emulator.wait_for_output("has printed no URL of a dev server in 1 s; its last lines:");
    emulator.wait_for_output("  building 3");
    emulator.wait_for_output("hint: name the URL: cygnet http://localhost:PORT --run");
    let page = emulator.send("GET", "/", &[("Accept", "text/html")], b"");
    assert_eq!(page.status, 503);
    assert!(
        page.text().contains("has not printed its URL"),
        "{}",
        page.text()
    );
    drop(emulator);
    let emulator = Emulator::start(folder.path(), &["--run", "echo no such script; exit 1"]);
    emulator.wait_for_output("ended with exit code 1 and has printed no URL of a dev server");
    emulator.wait_for_output("  no such script");
}

#[test]
fn requests_wait_for_the_url() {
    let folder = tempfile::tempdir().unwrap();
    let upstream = crate::dev_server::server(|_| crate::dev_server::page("found"));
    let run = format!(
        "until test -f go; do sleep 0.05; done; echo 'Local: http://127.0.0.1:{}/'; sleep 1000",
        upstream.address.port()
    );
    let emulator = Emulator::start(folder.path(), &["--run", &run]);
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| emulator.send("POST", "/", &[], b"x"));
        // There is no event for "a request waits"; one that came later would pass as well.
        std::thread::sleep(std::time::Duration::from_millis(300));
        write(folder.path(), "go", "");
        waiting.join().unwrap()
    });
    assert_eq!(answer.text(), "found");
    // A folder that can be served needs no dev server: as ever.
    let folder = site(None);
    let run = format!("echo http://localhost:{}; sleep 1000", free_port());
    let emulator = Emulator::start(folder.path(), &["--run", &run]);
    emulator.wait_for_output("[run] http://localhost:");
    assert_eq!(emulator.get("/").text(), "<h1>home</h1>");
}
