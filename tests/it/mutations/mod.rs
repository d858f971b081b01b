//! Do the golden files see a program that is broken? A copy of the source gets every mutation of the [`table`], each
//! behind a condition, is built once, and is asked by every golden file with one mutation on at a time.
//!
//!     cargo test --test it mutations -- --ignored --nocapture
//!     MUTATION=rt-17 cargo test …                  one of them
//!
//! Fails for each mutation that no file notices, and for each file that notices none.

mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::Regex;

use crate::golden::case::Case;
use crate::golden::{all_cases, run_on, site};
use crate::rules_documented::root;
use table::{MUTATIONS, Mutation};

/// Names the mutation that is on, to the program that was built with all of them.
const SWITCH: &str = "CYGNET_MUTATION";
const WORKERS: usize = 4;

fn condition() -> Regex {
    Regex::new("@([a-z0-9-]+)@").expect("pattern")
}

fn names() -> BTreeSet<String> {
    let condition = condition();
    let all = MUTATIONS
        .iter()
        .flat_map(|it| condition.captures_iter(it.replace));
    all.map(|found| found[1].to_owned()).collect()
}

/// A source file with the mutations of its own.
fn mutated(file: &str, source: &str) -> Result<String, String> {
    let mut own = MUTATIONS.iter().filter(|it| it.file == file);
    own.try_fold(
        source.to_owned(),
        |source, Mutation { find, replace, .. }| {
            let code = condition().replace_all(replace, "crate::is_mutated(\"$1\")");
            match source.matches(find).count() {
                1 => Ok(source.replacen(find, &code, 1)),
                count => Err(format!(
                "{count} times in src/{file}, not once: `{find}`; the source has changed: adapt tests/it/mutations/table.rs"
            )),
            }
        },
    )
}

#[test]
fn each_mutation_has_its_place_in_the_source() {
    let files: BTreeSet<&str> = MUTATIONS.iter().map(|it| it.file).collect();
    for file in files {
        let source = std::fs::read_to_string(root().join("src").join(file)).expect(file);
        mutated(file, &source).unwrap_or_else(|problem| panic!("{problem}"));
    }
    let without: Vec<_> = MUTATIONS
        .iter()
        .filter(|it| !condition().is_match(it.replace))
        .map(|it| it.find)
        .collect();
    assert!(without.is_empty(), "always on: {without:?}");
}

/// The project with mutated sources in `to`; everything else is linked. What is there already stays as it is.
fn copy(to: &Path) {
    for entry in std::fs::read_dir(root()).expect("project").flatten() {
        let (name, link) = (entry.file_name(), to.join(entry.file_name()));
        if name != "src" && name != "target" && name != ".git" && !link.exists() {
            std::os::unix::fs::symlink(entry.path(), link).expect("link");
        }
    }
    let _ = std::fs::remove_dir_all(to.join("src"));
    for entry in walkdir::WalkDir::new(root().join("src")) {
        let entry = entry.expect("source");
        let relative = entry
            .path()
            .strip_prefix(root())
            .expect("below the project");
        let target = to.join(relative);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).expect("folder");
            continue;
        }
        let Ok(mut source) = std::fs::read_to_string(entry.path()) else {
            std::fs::copy(entry.path(), target).expect("copy");
            continue;
        };
        let file = relative
            .strip_prefix("src")
            .expect("source")
            .to_string_lossy();
        source = mutated(&file, &source).unwrap_or_else(|problem| panic!("{problem}"));
        if file == "lib.rs" {
            source.push_str(&format!(
                "\npub(crate) fn is_mutated(name: &str) -> bool {{ std::env::var_os({SWITCH:?}).is_some_and(|on| on == name) }}\n"
            ));
        }
        std::fs::write(target, source).expect("source");
    }
}

/// Builds the copy beside the program under test, whose dependencies it shares.
fn build(folder: &Path) -> PathBuf {
    let debug = Path::new(env!("CARGO_BIN_EXE_cygnet"))
        .parent()
        .expect("folder");
    let target = debug.parent().expect("target");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What cargo tells a test of its package would make it build the dependencies anew.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_") && name != "CARGO_HOME" {
            command.env_remove(name);
        }
    }
    let built = command
        .args([
            "build",
            "--locked",
            "--offline",
            "--bin",
            "cygnet",
            "--target-dir",
        ])
        .arg(target)
        .current_dir(folder)
        .status()
        .expect("cargo");
    assert!(built.success(), "the mutated program does not build");
    let program = folder.join("mutated-cygnet");
    std::fs::copy(debug.join("cygnet"), &program).expect("program");
    program
}

/// What was found so far: which file noticed which mutation.
struct Trial {
    program: PathBuf,
    noticed: Mutex<BTreeSet<(String, String)>>,
}

impl Trial {
    fn is_noticed(&self, mutation: &str) -> bool {
        self.noticed
            .lock()
            .expect("list")
            .iter()
            .any(|(it, _)| it == mutation)
    }

    fn is_awake(&self, case: &Case) -> bool {
        self.noticed
            .lock()
            .expect("list")
            .iter()
            .any(|(_, it)| *it == case.title())
    }

    /// Asks the files about mutations, several at a time, unless `is_over` says that the answer is no longer needed.
    fn ask(&self, pairs: &[(&str, &Case)], is_over: impl Fn(&str, &Case) -> bool + Sync) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    while let Some((mutation, case)) =
                        pairs.get(next.fetch_add(1, Ordering::Relaxed))
                    {
                        if is_over(mutation, case) {
                            continue;
                        }
                        let mut command = Command::new(&self.program);
                        command.env(SWITCH, mutation);
                        if !run_on(case, site::start_with(case, command)).is_empty() {
                            println!("{mutation}: {}", case.title());
                            let found = (mutation.to_string(), case.title());
                            self.noticed.lock().expect("list").insert(found);
                        }
                    }
                });
            }
        });
    }
}

/// Whether a file is about the rule that a mutation breaks: `rt-3-anonymous` breaks RT-3.
fn is_about(case: &Case, mutation: &str) -> bool {
    let id: Vec<&str> = mutation.splitn(3, '-').take(2).collect();
    let id = id.join("-").to_uppercase();
    case.rules.contains(&id)
}

#[test]
#[ignore = "builds the program anew and asks it a thousand times"]
fn each_golden_file_notices_a_mutation_and_each_mutation_is_noticed() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations");
    std::fs::create_dir_all(&folder).expect("folder");
    copy(&folder);
    let trial = Trial {
        program: build(&folder),
        noticed: Mutex::default(),
    };
    let cases = all_cases();
    let wanted = std::env::var("MUTATION").ok();
    let names: Vec<String> = names()
        .into_iter()
        .filter(|name| wanted.as_ref().is_none_or(|it| it == name))
        .collect();
    let all = names
        .iter()
        .flat_map(|name| cases.iter().map(move |case| (name.as_str(), case)));
    let (about, others): (Vec<_>, Vec<_>) = all.partition(|(name, case)| is_about(case, name));

    let unchanged: Vec<_> = cases.iter().map(|case| ("", case)).collect();
    trial.ask(&unchanged, |_, _| false);
    assert!(!trial.is_noticed(""), "fails without a mutation");
    trial.ask(&about, |_, _| false);
    trial.ask(&others, |name, _| trial.is_noticed(name));
    let unnoticed: Vec<_> = names
        .iter()
        .filter(|name| !trial.is_noticed(name))
        .collect();
    if wanted.is_none() {
        trial.ask(&others, |_, case| trial.is_awake(case));
        let asleep = cases.iter().filter(|case| !trial.is_awake(case));
        let asleep: Vec<String> = asleep.map(Case::title).collect();
        assert!(
            asleep.is_empty(),
            "no golden file notices {unnoticed:?}; notice no mutation: {asleep:#?}"
        );
    }
    assert!(unnoticed.is_empty(), "no golden file notices {unnoticed:?}");
}
