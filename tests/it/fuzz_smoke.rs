//! The entry functions of the fuzzer on a stable toolchain: the committed corpus, and a bounded number of random
//! mutations of it. The same seed gives the same inputs.

#[path = "../../fuzz/entries.rs"]
mod entries;

use std::fs;
use std::path::Path;

use crate::random::Random;

/// Enough to meet every branch, few enough for every run of the tests.
const MUTATIONS: usize = 4_000;
/// Bytes of an input that shows what time depends on.
const LARGE: usize = 60 * 1024;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn run(name: &str, entry: fn(&[u8])) {
    let corpus = corpus(name);
    for input in &corpus {
        entries::limited(entry, input);
        // As long as a large head: what is quadratic does not end in time.
        let grown = input.repeat(LARGE / input.len().max(1));
        entries::limited(entry, &grown);
    }
    let mut random = Random::new(0x5eed + name.len() as u64);
    for round in 0..MUTATIONS {
        let mut input = random.pick(&corpus).clone();
        for _ in 0..=random.below(6) {
            random.mutate(&mut input, random_other(&corpus, round));
        }
        let done = std::panic::catch_unwind(|| entries::limited(entry, &input));
        assert!(
            done.is_ok(),
            "{name}: {:?}",
            String::from_utf8_lossy(&input)
        );
    }
}

fn random_other(corpus: &[Vec<u8>], round: usize) -> &[u8] {
    &corpus[round % corpus.len()]
}

#[test]
fn config() {
    run("config", entries::config);
}

#[test]
fn paths() {
    run("paths", entries::paths);
}

#[test]
fn decisions() {
    run("decisions", entries::decisions);
}

#[test]
fn cookies() {
    run("cookies", entries::cookies);
}

#[test]
fn ranges() {
    run("ranges", entries::ranges);
}

#[test]
fn templates() {
    run("templates", entries::templates);
}

#[test]
fn redirects() {
    run("redirects", entries::redirects);
}

#[test]
fn sign_ins() {
    run("sign_ins", entries::sign_ins);
}

#[test]
fn encodings() {
    run("encodings", entries::encodings);
}

#[test]
fn spellings() {
    run("spellings", entries::spellings);
}

#[test]
fn headers() {
    run("headers", entries::headers);
}

#[test]
fn invitations() {
    run("invitations", entries::invitations);
}

#[test]
fn host_json() {
    run("host_json", entries::host_json);
}

#[test]
fn frames() {
    run("frames", entries::frames);
}

#[test]
fn swa_config() {
    run("swa_config", entries::swa_config);
}

#[test]
fn route_tests() {
    run("route_tests", entries::route_tests);
}
