//! Output that nobody reads, or reads late, holds nothing up.

use std::io::{BufRead, BufReader, Read};

use crate::common::unread::Unread;
use crate::emulator::eventually;

/// With a long path, far more than a pipe holds and the emulator keeps.
const MANY: usize = 3_000;

fn long() -> String {
    format!("/{}", "x".repeat(2_000))
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dist")).unwrap();
    std::fs::write(folder.path().join("dist/index.html"), "hello").unwrap();
    folder
}

#[test]
fn output_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let folder = project();
    let emulator = Unread::start(folder.path(), &[]);
    emulator.ask(MANY, &long(), "bar", 404);
    emulator.ends();
}

/// What a child prints is relayed by the thread that takes the signals.
#[test]
fn a_child_that_nobody_listens_to_stops_neither_requests_nor_the_end() {
    let folder = project();
    let line = "x".repeat(2_000);
    let flood = format!("yes {line} | head -n {MANY}; echo done > flooded; sleep 60");
    std::fs::write(folder.path().join("flood.sh"), flood).unwrap();
    let emulator = Unread::start(folder.path(), &["--run", "sh flood.sh"]);
    // Its lines are read although ours are not.
    eventually("the child has written everything", || {
        folder.path().join("flooded").exists()
    });
    emulator.ask(10, "/", "", 200);
    emulator.ends();
}

#[test]
fn who_reads_late_learns_how_many_lines_there_were() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &[]);
    emulator.ask(MANY, &long(), "", 404);
    let mut lines = BufReader::new(emulator.0.stdout.take().unwrap()).lines();
    let (mut shown, mut dropped) = (0, 0);
    while shown + dropped < MANY {
        let line = lines.next().expect("more lines").unwrap();
        if line.starts_with("GET /") {
            shown += 1;
        } else if let Some(count) = line.strip_prefix("… ").and_then(|line| {
            line.strip_suffix(" lines were dropped: the output is read too slowly")
        }) {
            dropped += count.parse::<usize>().unwrap();
        }
    }
    assert!(dropped > 0 && shown > 0, "{shown} {dropped}");
    assert_eq!(shown + dropped, MANY);
    // There is room again.
    emulator.ask(1, "/after", "", 404);
    assert!(lines.next().unwrap().unwrap().starts_with("GET /after 404"));
}

#[test]
fn the_same_warning_again_and_again_is_counted() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &[]);
    emulator.ask(50, "/", "bar", 200);
    emulator.terminate();
    let mut log = String::new();
    let mut pipe = emulator.0.stderr.take().unwrap();
    pipe.read_to_string(&mut log).unwrap();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("warning: the session cookie is not understood"))
        .collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[1].ends_with(" (repeated 49 more times)"), "{log}");
}

#[test]
fn a_flood_of_different_warnings_is_counted_and_of_broken_requests_nothing_is_said() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &["-i", "http://127.0.0.1:1"]);
    for number in 0..200 {
        emulator.ask(1, &format!("/api/x{number}"), "", 500);
        emulator.send(b"no request\r\n\r\n");
    }
    emulator.terminate();
    let mut log = String::new();
    let mut pipe = emulator.0.stderr.take().unwrap();
    pipe.read_to_string(&mut log).unwrap();
    let said = log.matches("connection refused").count();
    assert!((1..=64).contains(&said), "{said}\n{log}");
    assert!(
        log.contains(&format!("… and {} other warnings", 200 - said)),
        "{log}"
    );
    assert!(
        !log.contains("parse") && !log.contains("no request"),
        "{log}"
    );
}
