//! `--run`.

use std::path::Path;
use std::process::Command;

use crate::common::process::is_running;
use crate::emulator::{Emulator, eventually, site, write};

fn pid_in(file: &Path) -> String {
    eventually("the child's pid", || {
        std::fs::read_to_string(file).is_ok_and(|text| text.ends_with('\n'))
    });
    std::fs::read_to_string(file).unwrap().trim().to_owned()
}

#[test]
fn a_command_that_ends_is_said_and_stops_nothing() {
    let folder = site(None);
    write(folder.path(), "app/index.html", "<h1>home</h1>");
    for (command, how) in [
        ("echo made; pwd; echo $BROWSER", "exit code 0"),
        ("exit 3", "exit code 3"),
    ] {
        let emulator = Emulator::start(folder.path(), &[".", "-a", "app", "--run", command]);
        emulator.wait_for_output(&format!("ended with {how}; the emulator keeps running"));
        if how == "exit code 0" {
            emulator.wait_for_output("[run] made");
            let app = folder.path().canonicalize().unwrap().join("app");
            emulator.wait_for_output(&format!("[run] {}", app.display()));
            emulator.wait_for_output("[run] none");
        }
        assert_eq!(emulator.get("/").text(), "<h1>home</h1>");
    }
}

#[test]
fn a_command_and_its_descendants_end_with_the_emulator() {
    for signal in ["TERM", "KILL"] {
        let folder = site(None);
        let file = folder.path().join("pid");
        write(
            folder.path(),
            "my start.sh",
            "#!/bin/sh\nsleep 1000 &\necho $! > pid\nwait\n",
        );
        let made = Command::new("chmod")
            .args(["+x", "my start.sh"])
            .current_dir(folder.path())
            .status();
        assert!(made.unwrap().success());
        let mut emulator = Emulator::start(folder.path(), &["--run", "my start.sh"]);
        let pid = pid_in(&file);
        assert!(is_running(&pid));
        emulator.signal(signal);
        emulator.wait();
        eventually("the end of the grandchild", || !is_running(&pid));
    }
}

#[test]
fn what_a_command_leaves_in_the_background_lives_until_the_emulator_ends() {
    let folder = site(None);
    let file = folder.path().join("pid");
    let mut emulator = Emulator::start(
        folder.path(),
        &["--run", "sleep 1000 >/dev/null 2>&1 & echo $! > pid"],
    );
    emulator.wait_for_output("ended with exit code 0");
    let pid = pid_in(&file);
    assert!(is_running(&pid));
    emulator.signal("TERM");
    assert!(emulator.wait().success());
    eventually("the end of what was left", || !is_running(&pid));
}

#[test]
fn its_input_stays_open_because_watchers_end_with_it() {
    let folder = site(None);
    let emulator = Emulator::start(
        folder.path(),
        &["--run", "echo started; cat; echo input ended"],
    );
    emulator.wait_for_output("[run] started");
    // There is no event for what must not happen; the answer takes longer than a closed pipe would.
    assert_eq!(emulator.get("/").status, 200);
    assert!(!emulator.output().contains("[run] input ended"));
}
