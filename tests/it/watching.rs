//! More files than the system watches, and more changes at once than one looks at.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::emulator::{Emulator, site};

#[cfg(target_os = "linux")]
mod limits {
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use crate::common::page::Page;
    use crate::emulator::{Emulator, eventually, site, write};

    fn rule(to: &str) -> String {
        format!(r#"{{"routes":[{{"route":"/go","redirect":"{to}"}}]}}"#)
    }

    /// An emulator in a user namespace of its own, where a limit of inotify is this small; `None` where that is not allowed.
    fn start_limited(folder: &Path, limit: &str) -> Option<Emulator> {
        let limited = |end: &str| {
            let mut command = Command::new("unshare");
            let script = format!("{limit} && {end}");
            command.args(["--user", "--map-root-user", "sh", "-c", &script, "sh"]);
            command
        };
        if !limited("true")
            .status()
            .is_ok_and(|status| status.success())
        {
            println!("skipped: no user namespaces here");
            return None;
        }
        let mut command = limited("exec \"$@\"");
        command.arg(env!("CARGO_BIN_EXE_cygnet"));
        Some(Emulator::run(command, folder))
    }

    #[test]
    fn where_the_system_watches_no_more_folders_changes_are_seen_all_the_same() {
        for limit in [
            "echo 5 > /proc/sys/user/max_inotify_watches",
            "echo 0 > /proc/sys/user/max_inotify_instances",
        ] {
            let folder = site(Some(&rule("/0")));
            for number in 0..20 {
                write(folder.path(), &format!("{number}/deep/a.txt"), "one");
            }
            let Some(emulator) = start_limited(folder.path(), limit) else {
                return;
            };
            let mut page = Page::open(&emulator);
            let timeout = Some(Duration::from_millis(250));
            page.lines.get_ref().set_read_timeout(timeout).unwrap();
            let mut is_told = |name: &str, text: &str| {
                let mut heard = String::new();
                eventually(name, || {
                    write(folder.path(), name, text);
                    let _ = std::io::BufRead::read_line(&mut page.lines, &mut heard);
                    heard.contains(name)
                });
            };
            is_told("19/deep/a.txt", "two");
            is_told("new/folder/b.txt", "one");
            write(folder.path(), "staticwebapp.config.json", rule("/1"));
            eventually("the edit", || {
                emulator.get("/go").header("location") == Some("/1")
            });
            assert_eq!(emulator.get("/19/deep/a.txt").text(), "two");
            let said = emulator.output();
            assert_eq!(
                said.matches("the system watches no more folders").count(),
                1,
                "{said}"
            );
        }
    }
}

/// As `git checkout` does it: what differs is removed and written anew, what the other branch lacks goes.
fn checkout(root: &Path, files: usize, version: usize) {
    for number in 0..files {
        let path = root.join(name(number));
        let _ = fs::remove_file(&path);
        if is_there(number, version) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content(number, version)).unwrap();
        } else {
            // Only when it is empty.
            let _ = fs::remove_dir(path.parent().unwrap());
        }
    }
}

fn name(number: usize) -> String {
    format!("f{}/{number}.txt", number / 10)
}

fn is_there(number: usize, version: usize) -> bool {
    number % 7 != version % 7
}

fn content(number: usize, version: usize) -> String {
    format!("{number} of version {version} {}", "x".repeat(version * 10))
}

#[test]
fn a_checkout_during_load_gives_no_wrong_answer() {
    const FILES: usize = 400;
    let folder = site(None);
    checkout(folder.path(), FILES, 0);
    let emulator = Emulator::start(folder.path(), &[]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for client in 0..2 {
            let (emulator, over) = (&emulator, &over);
            scope.spawn(move || {
                let mut number = client;
                while !over.load(Ordering::Relaxed) {
                    number = (number + 13) % FILES;
                    let answer = emulator.get(&format!("/{}", name(number)));
                    let text = answer.text();
                    // One that is being written is as long as it is.
                    let is_right =
                        (0..6).any(|version| content(number, version).starts_with(&text));
                    assert!(
                        answer.status == 404 || answer.status == 200 && is_right,
                        "{number}: {text}"
                    );
                }
            });
        }
        for version in 1..6 {
            checkout(folder.path(), FILES, version);
            // From this moment on, not a moment later.
            for number in (version..FILES).step_by(5) {
                let answer = emulator.get(&format!("/{}", name(number)));
                match is_there(number, version) {
                    true => assert_eq!(answer.text(), content(number, version)),
                    false => assert_eq!(answer.status, 404, "{number} of version {version}"),
                }
            }
        }
        over.store(true, Ordering::Relaxed);
    });
}
