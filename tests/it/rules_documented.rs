//! Every rule id that code, tests or pages cite has a row in `docs/azure-behaviour.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

const EVIDENCE: &[&str] = &[
    "documented",
    "stated by Microsoft",
    "observed",
    "from the CLI's source",
    "from the host's source",
    "undocumented: our guess",
];

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn rows() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("docs/azure-behaviour.md")).expect("document");
    let id = id_pattern();
    text.lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| {
            let cells = line.trim_matches('|').split(" | ");
            cells
                .map(|cell| cell.trim().to_string())
                .collect::<Vec<_>>()
        })
        .filter(|cells| {
            id.find(&cells[0])
                .is_some_and(|found| found.as_str() == cells[0])
        })
        .collect()
}

pub(crate) fn id_pattern() -> Regex {
    Regex::new(r"\b(?:(?:CF|RT|NF|RO|HD|TS|NW|AU|AP|BK|EN|RS|FR)-\d+|B[1-5]-\d+)\b")
        .expect("pattern")
}

pub(crate) fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "target" {
            files_below(&path, found);
        } else if path.is_file() {
            found.push(path);
        }
    }
}

#[test]
fn every_cited_rule_has_a_row() {
    let documented: BTreeSet<String> = rows().into_iter().map(|mut row| row.remove(0)).collect();
    assert!(documented.len() > 400, "rows found: {}", documented.len());
    let mut files = vec![root().join("README.md")];
    for folder in ["src", "tests", "docs", "fixtures", "fuzz", "benches"] {
        files_below(&root().join(folder), &mut files);
    }
    let id = id_pattern();
    let mut unknown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let shown = file
            .strip_prefix(root())
            .unwrap_or(file)
            .display()
            .to_string();
        for found in id.find_iter(&text) {
            if !documented.contains(found.as_str()) {
                let places = unknown.entry(found.as_str().to_string()).or_default();
                places.insert(shown.clone());
            }
        }
    }
    assert!(
        unknown.is_empty(),
        "rules without a row in docs/azure-behaviour.md:\n{unknown:#?}"
    );
}

#[test]
fn every_row_is_whole() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert_eq!(row.len(), 4, "{row:?}");
        assert!(row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        assert!(
            row[1].ends_with('.') || row[1].ends_with(".\""),
            "no sentence: {row:?}"
        );
        for word in row[3].split(", ") {
            assert!(
                EVIDENCE.contains(&word),
                "unknown evidence `{word}`: {row:?}"
            );
        }
        assert!(seen.insert(row[0].clone()), "{} has two rows", row[0]);
    }
}

/// Messages lead to sections of the page of differences; each must be there, and each must be cited by a message.
#[test]
fn messages_lead_to_sections_that_exist() {
    let page = std::fs::read_to_string(root().join("docs/differences.md")).expect("page");
    let sections: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|title| title.to_lowercase().replace(' ', "-"))
        .collect();
    let link = Regex::new(
        r#"docs/differences\.md#([a-z0-9-]+)|see\("([a-z0-9-]+)"\)|Some\("([a-z0-9-]+)"\)"#,
    )
    .expect("pattern");
    let mut cited = BTreeSet::new();
    let mut sources = Vec::new();
    files_below(&root().join("src/backend"), &mut sources);
    files_below(&root().join("src/config/lint"), &mut sources);
    for file in sources {
        let text = std::fs::read_to_string(&file).expect("source");
        for found in link.captures_iter(&text) {
            let whole = found.get(0).map_or("", |whole| whole.as_str());
            let anchor = found
                .iter()
                .skip(1)
                .flatten()
                .next()
                .map_or("", |name| name.as_str());
            if sections.contains(anchor) {
                cited.insert(anchor.to_owned());
            } else {
                assert!(
                    whole.starts_with("Some"),
                    "{}: no section {anchor}",
                    file.display()
                );
            }
        }
    }
    assert!(cited.len() >= 8, "{cited:?}");
}
