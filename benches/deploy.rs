//! `cargo bench --bench deploy`: how long a deployment takes, and how much disk it adds, beside `cp -r` of the same files on
//! the same disk in the same run. Ratios are to `cp -r`; below 1 is quicker, or smaller.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for developers"
)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Runs of each step; the median counts.
const RUNS: usize = 5;

fn main() {
    let many = |root: &Path| {
        for number in 0..14_999 {
            let folder = root.join(format!("{:03}", number % 200));
            fs::create_dir_all(&folder).unwrap();
            fs::write(
                folder.join(format!("{number}.js")),
                vec![number as u8; 2000 + number % 3000],
            )
            .unwrap();
        }
    };
    let large = |root: &Path| {
        for number in 0..25u32 {
            let bytes: Vec<u8> = (0..10_000_000u32)
                .map(|at| (at.wrapping_mul(number + 7) >> 3) as u8)
                .collect();
            fs::write(root.join(format!("{number}.bin")), bytes).unwrap();
        }
    };
    println!("artefact                 step              time/cp -r   added bytes/size");
    measure("15,000 files", many);
    measure("250 MB in 25 files", large);
}

fn measure(name: &str, make: impl Fn(&Path)) {
    let (mut copies, mut firsts, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
    let (mut first_ratio, mut second_ratio) = (0.0, 0.0);
    for run in 0..RUNS {
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let dist = root.path().join("dist");
        fs::create_dir_all(&dist).unwrap();
        make(&dist);
        fs::write(dist.join("index.html"), "<h1>one</h1>").unwrap();
        let size = disk(&dist);
        // What is not settled is read again: let the files be as old as those of a build that ended a while ago.
        std::thread::sleep(Duration::from_millis(2500));
        copies.push(timed(
            Command::new("cp")
                .arg("-r")
                .arg(&dist)
                .arg(root.path().join("copy")),
        ));
        let store = root.path().join(".cygnet");
        firsts.push(timed(&mut deploy(root.path())));
        let after_first = disk(&store);
        fs::write(dist.join("index.html"), format!("<h1>{run}</h1>")).unwrap();
        seconds.push(timed(&mut deploy(root.path())));
        first_ratio = after_first as f64 / size as f64;
        second_ratio = (disk(&store) - after_first) as f64 / size as f64;
    }
    let copy = median(copies);
    let line = |step: &str, time: f64, added: f64| {
        println!("{name:<24} {step:<17} {:>9.2}   {added:>16.4}", time / copy);
    };
    line("first deployment", median(firsts), first_ratio);
    line("one file changed", median(seconds), second_ratio);
}

fn deploy(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.args(["deploy", "dist", "--json"]).current_dir(root);
    command
}

fn timed(command: &mut Command) -> f64 {
    let begun = Instant::now();
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    begun.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// In bytes, each file once however many names it has.
fn disk(folder: &Path) -> u64 {
    let output = Command::new("du")
        .args(["-s", "-B1"])
        .arg(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace()
        .next()
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(0)
}
