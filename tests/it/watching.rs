//! More files than the system watches, and more changes at once than one looks at.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::emulator::{Emulator, site};

#[cfg(target_os = "linux")]
mod limits {
    use std::fs;
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

    /// Folders that a process watches.
    fn watched(emulator: &Emulator) -> usize {
        let of_process = format!("/proc/{}/fdinfo", emulator.pid());
        let infos = fs::read_dir(of_process).unwrap().flatten();
        let texts = infos.filter_map(|info| fs::read_to_string(info.path()).ok());
        texts.map(|text| text.matches("inotify wd:").count()).sum()
    }

    #[test]
    fn many_folders_are_watched_after_the_first_answer_and_what_changes_until_then_is_seen() {
        const FOLDERS: usize = 4_000;
        let folder = site(Some(&rule("/0")));
        for number in 0..FOLDERS {
            fs::create_dir_all(folder.path().join(format!("{}/{number}", number % 40))).unwrap();
        }
        let emulator = Emulator::start(folder.path(), &[]);
        let location = || emulator.get("/go").header("location").map(str::to_owned);
        assert_eq!(location().as_deref(), Some("/0"));
        assert!(watched(&emulator) < FOLDERS, "it did not wait for them");
        write(folder.path(), "staticwebapp.config.json", rule("/1"));
        eventually("the edit", || location().as_deref() == Some("/1"));
        eventually("all folders", || watched(&emulator) > FOLDERS);
    }

    #[test]
    fn what_the_system_dropped_because_there_was_too_much_is_looked_for() {
        let queue = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events");
        let queue: usize = queue.unwrap().trim().parse().unwrap();
        if queue > 100_000 {
            println!("skipped: this system queues {queue} changes");
            return;
        }
        let folder = site(Some(&rule("/0")));
        let emulator = Emulator::start(folder.path(), &[]);
        let mut page = Page::open(&emulator);
        eventually("a watch", || watched(&emulator) > 0);
        let signal = |name: &str| {
            let id = emulator.pid().to_string();
            let sent = Command::new("kill").args([name, &id]).status();
            assert!(sent.unwrap().success());
        };
        signal("-STOP");
        // Each tells of at least three changes: it is made, written and closed.
        for number in 0..queue / 3 + 1 {
            write(folder.path(), &format!("{number}.txt"), "x");
        }
        write(folder.path(), "new/folder/a.txt", "one");
        write(folder.path(), "staticwebapp.config.json", rule("/1"));
        signal("-CONT");
        eventually("the edit", || {
            emulator.get("/go").header("location") == Some("/1")
        });
        let timeout = Some(Duration::from_millis(250));
        page.lines.get_ref().set_read_timeout(timeout).unwrap();
        let mut heard = String::new();
        eventually("a change in a folder that was made unseen", || {
            write(folder.path(), "new/folder/a.txt", "two");
            let _ = std::io::BufRead::read_line(&mut page.lines, &mut heard);
            heard.contains("/new/folder/a.txt")
        });
    }
}

/// As `git checkout` does it: what differs is removed and written anew, what the other branch lacks goes. Of some files, as on a
/// busy machine, each step takes its time; `at` names the one that is written.
fn checkout(root: &Path, version: usize, at: &AtomicUsize) {
    for number in 0..FILES {
        let path = root.join(name(number));
        let is_slow = number % 16 == 0;
        at.store(number, Ordering::Relaxed);
        let pause = || std::thread::sleep(Duration::from_millis(if is_slow { 5 } else { 0 }));
        let _ = fs::remove_file(&path);
        pause();
        if is_there(number, version) {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut file = fs::File::create_new(path).unwrap();
            pause();
            for part in content(number, version).as_bytes().chunks(10_000) {
                file.write_all(part).unwrap();
                pause();
            }
        } else {
            // Only when it is empty.
            let _ = fs::remove_dir(path.parent().unwrap());
        }
    }
}

const FILES: usize = 400;

fn name(number: usize) -> String {
    format!("f{}/{number}.txt", number / 10)
}

/// Most files are in every version.
fn is_there(number: usize, version: usize) -> bool {
    !number.is_multiple_of(7) || version.is_multiple_of(2)
}

fn content(number: usize, version: usize) -> String {
    let fill = "x".repeat(version * 3_000);
    format!("{number} of version {version} {fill} end")
}

#[test]
fn a_checkout_during_load_gives_whole_files_of_before_or_after() {
    let folder = site(None);
    let at = AtomicUsize::new(0);
    checkout(folder.path(), 0, &at);
    let emulator = Emulator::start(folder.path(), &[]);
    let (over, newest) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for client in 0..2 {
            let (emulator, over, newest, at) = (&emulator, &over, &newest, &at);
            scope.spawn(move || {
                let mut turn = client;
                while !over.load(Ordering::Relaxed) {
                    turn += 1;
                    let number = match turn % 2 {
                        0 => at.load(Ordering::Relaxed),
                        _ => turn * 13 % FILES,
                    };
                    let before = newest.load(Ordering::Relaxed).saturating_sub(1);
                    let answer = emulator.get(&format!("/{}", name(number)));
                    let mut versions = before..=newest.load(Ordering::Relaxed);
                    let is_right = match answer.status {
                        200 => versions.any(|version| answer.text() == content(number, version)),
                        404 => versions.any(|version| !is_there(number, version)),
                        _ => false,
                    };
                    assert!(is_right, "{number}: {} {}", answer.status, answer.text());
                }
            });
        }
        for version in 1..6 {
            newest.store(version, Ordering::Relaxed);
            checkout(folder.path(), version, &at);
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
