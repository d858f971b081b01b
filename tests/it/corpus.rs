//! Configurations of real, public repositories, each with an assessment made by hand: what is refused, what is hidden,
//! what is unknown, and what a lint has to find. The files are not part of this repository: the tests are ignored unless
//! they are asked for, with the folder of the files in `CYGNET_CORPUS` (`tests/run.sh` does so where it is set).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cygnet::config::lint::{Known, lint};
use cygnet::config::{Config, read};
use cygnet::finding::{Finding, Place, Severity, Source, arranged};
use serde_json::Value;

fn corpus() -> PathBuf {
    std::env::var_os("CYGNET_CORPUS")
        .expect("CYGNET_CORPUS names the folder of the files")
        .into()
}

/// The assessed files: name, text, assessment.
fn files(folder: &Path) -> Vec<(String, Source, Value)> {
    let index = std::fs::read_to_string(folder.join("index.json")).expect("index.json");
    let index: Vec<Value> = serde_json::from_str(&index).unwrap();
    let entries = index.into_iter().filter_map(|mut entry| {
        let name = entry["file"].as_str()?.to_string();
        let text = std::fs::read_to_string(folder.join(&name)).ok()?;
        let source = Source::new(&name, text);
        Some((name, source, entry["your_assessment"].take()))
    });
    let files: Vec<_> = entries.collect();
    assert!(files.len() >= 30, "only {} files", files.len());
    files
}

/// What a file says, once liberties with its syntax are put right.
fn meant(source: &Source) -> Option<Config> {
    let outcome = read(source);
    outcome.config.or(outcome.rejected)
}

fn all(source: &Source) -> Vec<Finding> {
    let mut found = read(source).findings;
    if let Some(config) = meant(source) {
        found.extend(lint(&config, source, Known::default()));
    }
    arranged(found)
}

/// Positions of the rules that have a finding of this id.
fn rules_with(source: &Source, found: &[Finding], id: &str) -> BTreeSet<u64> {
    let Some(config) = meant(source) else {
        return BTreeSet::new();
    };
    let position = |place: &Place| {
        let span = place.span();
        let mut rules = config.routes.iter();
        let rule =
            rules.position(|rule| rule.span.start <= span.start && span.end <= rule.span.end);
        rule.map(|rule| rule as u64)
    };
    let found = found.iter().filter(|found| found.code == id);
    found
        .flat_map(Finding::places)
        .filter_map(position)
        .collect()
}

fn is_sign_in(source: &Source, rule: u64) -> bool {
    let config = meant(source).expect("a configuration");
    config.routes[rule as usize]
        .route
        .value
        .starts_with("/.auth")
}

fn numbers(value: &Value) -> BTreeSet<u64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// An index, or the later of a pair of equal routes.
fn number(value: &Value) -> u64 {
    match value {
        Value::Array(pair) => pair.last().unwrap().as_u64().unwrap(),
        other => other.as_u64().unwrap(),
    }
}

#[test]
#[ignore = "set CYGNET_CORPUS to the folder of the files, and add `-- --ignored`"]
fn each_file_is_judged_as_assessed() {
    let folder = corpus();
    for (name, source, assessed) in files(&folder) {
        let found = all(&source);
        let errors: Vec<_> = found
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .collect();
        if assessed["valid_json"] == Value::Bool(false) {
            let is_syntax = |error: &&Finding| error.code == "CF-10";
            assert!(
                !errors.is_empty() && errors.iter().all(is_syntax),
                "{name}: {errors:?}"
            );
            assert!(read(&source).config.is_none(), "{name} is served");
        } else {
            assert!(errors.is_empty(), "{name}: {errors:?}");
        }
        for (id, key) in [("RT-32", "hidden_routes"), ("RT-31", "duplicate_routes")] {
            let expected = numbers(&assessed[key]);
            let mut rules = rules_with(&source, &found, id);
            // Rules on sign-in paths are reached, so they are not assessed as hidden; a deployment refuses them all the same.
            rules.retain(|rule| !is_sign_in(&source, *rule));
            assert_eq!(rules, expected, "{name}: {id}");
        }
        let unknown: BTreeSet<String> = found
            .iter()
            .filter(|found| found.message.starts_with("unknown key"))
            .map(|found| {
                source.text()[found.place.span().start..found.place.span().end].trim_matches('"')
            })
            .map(str::to_string)
            .collect();
        let expected: BTreeSet<String> = assessed["unknown_keys"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|key| Some(key.as_str()?.rsplit('.').next()?.to_string()))
            .collect();
        assert_eq!(unknown, expected, "{name}: unknown keys");
    }
}

/// What the assessment of a file names in words, as ids of lints (and of findings at load).
const NAMED: &[(&str, &[&str])] = &[
    ("004", &["RT-18", "RT-35"]),
    ("005", &["RO-4", "AU-30"]),
    ("006", &["CF-8", "CF-6"]),
    ("008", &["RT-13"]),
    ("010", &["RO-3", "RT-13", "CF-64"]),
    ("012", &["AU-30", "CF-45"]),
    ("013", &["CF-45", "CF-46"]),
    ("014", &["RO-1", "AU-12", "CF-45", "NW-1"]),
    ("015", &["RT-47", "CF-45"]),
    ("017", &["RT-22", "CF-45"]),
    ("018", &["NF-2", "HD-1", "NW-5"]),
    ("019", &["RT-18", "RT-24"]),
    ("020", &["RT-4"]),
    ("021", &["CF-64"]),
    ("022", &["CF-61"]),
    ("023", &["RT-19", "RO-6", "AU-30"]),
    ("024", &["RT-47"]),
    ("025", &["HD-6"]),
    ("026", &["NF-1"]),
    ("028", &["RT-2"]),
    ("029", &["NF-8"]),
];

#[test]
#[ignore = "set CYGNET_CORPUS to the folder of the files, and add `-- --ignored`"]
fn each_mistake_that_was_named_is_found() {
    let folder = corpus();
    let files = files(&folder);
    for (number, ids) in NAMED {
        let prefix = format!("open/{number}-");
        let Some((name, source, _)) = files.iter().find(|(name, ..)| name.starts_with(&prefix))
        else {
            panic!("no file {number}");
        };
        let found = all(source);
        for id in *ids {
            assert!(
                found.iter().any(|found| found.code == *id),
                "{name}: {id} is missing in {:?}",
                found
                    .iter()
                    .map(|found| (found.code, &found.message))
                    .collect::<Vec<_>>()
            );
        }
    }
}

#[test]
#[ignore = "set CYGNET_CORPUS to the folder of the files, and add `-- --ignored`"]
fn syntax_errors_are_placed_where_they_are() {
    let folder = corpus();
    for (name, source, _) in files(&folder) {
        let word = match &name[5..8] {
            "001" => "\"networking\"",
            "003" => "a",
            _ => continue,
        };
        let found = all(&source);
        let syntax = found.iter().find(|found| found.code == "CF-10").unwrap();
        let line = source.position(syntax.place.span().start).line;
        let near = (line..=line + 1).any(|line| source.line(line).contains(word));
        assert!(near, "{name}:{line}: {}", syntax.message);
    }
}

/// What is found in each file: `file: rule places, …`, with `!` behind the rule where a deployment is refused.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/corpus_findings.txt");

/// A lint that starts to complain about what public sites do shows in the review of this table.
#[test]
#[ignore = "set CYGNET_CORPUS to the folder of the files, and add `-- --ignored`"]
fn the_table_of_findings_is_current() {
    let mut table = String::from(
        "# Written by `CYGNET_UPDATE_GENERATED=1 cargo test --test it corpus -- --ignored`.\n",
    );
    for (name, source, _) in files(&corpus()) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for found in all(&source) {
            let mark = if found.is_refused() { "!" } else { "" };
            *counts.entry(format!("{}{mark}", found.code)).or_default() += found.places().count();
        }
        let counts = counts.iter().map(|(code, count)| format!("{code} {count}"));
        writeln!(table, "{name}: {}", counts.collect::<Vec<_>>().join(", ")).unwrap();
    }
    if std::env::var_os("CYGNET_UPDATE_GENERATED").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let known = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        known == table,
        "the findings changed; if they are meant, write the table anew with CYGNET_UPDATE_GENERATED=1:\n{table}"
    );
}
