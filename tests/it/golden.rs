//! Golden tests: files of configuration + site + requests → responses, run against the real binary.
//!
//! The format is described in `fixtures/golden/README.md`. The steps, each in its file:
//! 1. [`case`] reads a `.golden` file;
//! 2. [`site`] writes the site to a temporary folder and starts the emulator (and the [`echo`] server);
//! 3. [`wire`] sends one request with exactly the bytes of the file and reads the answer;
//! 4. [`check`] compares and says what differs.

pub(crate) mod case;
mod check;
pub(crate) mod echo;
pub(crate) mod expand;
mod runner_tests;
pub(crate) mod site;
pub(crate) mod wire;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;

/// Emulators that one topic runs at a time; libtest multiplies it by the topics in flight.
const WORKERS: usize = 3;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden")
}

fn sorted_entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()))
        .map(|entry| entry.expect("folder entry").path())
        .collect();
    paths.sort();
    paths
}

fn cases(topic: &str) -> Vec<Case> {
    sorted_entries(&root().join(topic))
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "golden"))
        .map(|path| Case::read(path).unwrap_or_else(|problem| panic!("{problem}")))
        .collect()
}

/// Runs every exchange of one case; returns what went wrong, empty when nothing did.
fn run(case: &Case) -> String {
    let mut report = String::new();
    let mut running = match site::start(case) {
        Ok(running) => running,
        Err(problem) => return format!("{}\n    cannot start: {problem}\n", case.title()),
    };
    let mut vars = running.vars();
    for exchange in &case.exchanges {
        let outcome = exchange.expand(&vars).and_then(|exact| {
            let response = wire::send(running.port, &exact)?;
            vars.remember(&response);
            check::compare(&exact, &response)
        });
        if let Err(problem) = outcome {
            let _ = writeln!(
                report,
                "{}:{}: {}\n{problem}",
                case.title(),
                exchange.line,
                exchange.summary()
            );
        }
    }
    if let Some(status) = running.exit_status() {
        let _ = writeln!(report, "{}: the emulator ended: {status}", case.title());
    }
    if !report.is_empty() {
        let _ = writeln!(report, "    its output:\n{}", running.output());
    }
    report
}

fn run_topic(topic: &str) {
    let filter = std::env::var("GOLDEN").unwrap_or_default();
    let all = cases(topic);
    assert!(!all.is_empty(), "no golden files in {topic}");
    let selected: Vec<&Case> = all.iter().filter(|c| c.title().contains(&filter)).collect();
    let next = AtomicUsize::new(0);
    let reports = Mutex::new(String::new());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS.min(selected.len()) {
            scope.spawn(|| {
                while let Some(case) = selected.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = run(case);
                    reports.lock().expect("reports").push_str(&report);
                }
            });
        }
    });
    let reports = reports.into_inner().expect("reports");
    assert!(reports.is_empty(), "\n\n{reports}");
}

macro_rules! topics {
    ($($name:ident = $folder:literal),+ $(,)?) => {
        const TOPICS: &[&str] = &[$($folder),+];
        $(#[test]
        fn $name() {
            run_topic($folder);
        })+
    };
}

topics! {
    config = "config",
    routes = "routes",
    navigation_fallback = "navigation-fallback",
    response_overrides = "response-overrides",
    headers = "headers",
    trailing_slash = "trailing-slash",
    network = "network",
    auth = "auth",
    api = "api",
    responses = "responses",
}

#[test]
fn every_folder_is_a_topic() {
    let folders: BTreeSet<String> = sorted_entries(&root())
        .iter()
        .filter(|path| path.is_dir())
        .map(|path| {
            path.file_name()
                .expect("name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let topics: BTreeSet<String> = TOPICS.iter().map(ToString::to_string).collect();
    assert_eq!(folders, topics, "name every folder in `topics!`");
}

/// Rows of the tables that other tests show, and why no exchange can.
const NOT_AN_EXCHANGE: &[(&str, &str)] = &[
    ("RT-31", "a refusal at deployment; here a warning at load"),
    ("RT-32", "a refusal at deployment; here a warning at load"),
    ("RO-6", "advice for authors that follows from RT-40"),
    ("HD-5", "a statement about the type of the configuration"),
    ("NW-5", "advice for authors"),
];

/// Every row of the routing, content and response tables is exercised by some file.
#[test]
fn every_table_row_is_covered() {
    let named: BTreeSet<String> = TOPICS
        .iter()
        .flat_map(|topic| cases(topic))
        .flat_map(|case| case.rules)
        .collect();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/azure-behaviour.md");
    let document = std::fs::read_to_string(document).expect("docs/azure-behaviour.md");
    let rows: BTreeSet<&str> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next())
        .filter(|id| {
            ["RT-", "NF-", "RO-", "HD-", "TS-", "NW-", "RS-"]
                .iter()
                .any(|family| id.starts_with(family))
        })
        .collect();
    let not_visible = crate::rules_asserted::not_visible();
    assert!(rows.len() > 100, "the tables were not found: {rows:?}");
    let missing: Vec<&&str> = rows
        .iter()
        .filter(|id| !named.contains(**id))
        .filter(|id| !NOT_AN_EXCHANGE.iter().any(|(exempt, _)| exempt == *id))
        .filter(|id| !not_visible.contains_key(**id))
        .collect();
    assert!(missing.is_empty(), "no golden file names {missing:?}");
    let unneeded: Vec<_> = NOT_AN_EXCHANGE
        .iter()
        .filter(|(id, _)| named.contains(*id) || !rows.contains(id))
        .collect();
    assert!(
        unneeded.is_empty(),
        "exempt but covered or unknown: {unneeded:?}"
    );
}
