//! `docs/security.md` names tests that there are.

use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

#[test]
fn each_defence_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'));
    let name = Regex::new("`([a-z0-9_]+(?:::[a-z0-9_]*)*)`").unwrap();
    let mut names = Vec::new();
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let found = name.captures_iter(tests).map(|found| found[1].to_owned());
        let before = names.len();
        names.extend(found);
        assert!(names.len() > before, "no test: {row}");
    }
    assert!(names.len() > 20, "{names:?}");
    let files: Vec<(String, String)> = ["tests", "src"]
        .iter()
        .flat_map(|folder| WalkDir::new(root.join(folder)).into_iter().flatten())
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|entry| {
            (
                entry.path().display().to_string(),
                std::fs::read_to_string(entry.path()).unwrap(),
            )
        })
        .collect();
    for name in names {
        let exists = match name.strip_suffix("::") {
            // A module, by its file or folder.
            Some(module) => {
                let place = format!("/{}", module.replace("::", "/"));
                files.iter().any(|(path, _)| {
                    path.contains(&format!("{place}.rs")) || path.contains(&format!("{place}/"))
                })
            }
            None => files
                .iter()
                .any(|(_, text)| text.contains(&format!("fn {name}("))),
        };
        assert!(exists, "docs/security.md names `{name}`");
    }
}
