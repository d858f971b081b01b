//! What the overlay shows: findings about the configuration, and why the functions do not run.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;

use crate::finding::{Finding, Severity, Source};
use crate::functions::HostError;
use crate::pages::{self, DiagnosticView, excerpt};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    kind: Kind,
    #[serde(flatten)]
    view: DiagnosticView,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Configuration,
    Api,
}

/// Files larger than this, in bytes, are not read for an excerpt: they are no source that somebody writes.
const MAX_SOURCE: u64 = 2 << 20;

/// A place in a stack or a message: `file:///app/x.mjs:3:5`, `/app/x.js:3`, `at f (/app/x.js:3:5)`,
/// `File "/app/x.py", line 3`, and `/app/host.json … on line 3 column 5`.
static PLACES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let file = r#"(?<file>(?:/|[A-Za-z]:[\\/])[^\n:*?"<>|`']+?\.[A-Za-z]{1,5})"#;
    [
        format!(r"(?:file://)?{file}:(?<line>[0-9]+)(?::(?<column>[0-9]+))?"),
        format!(r#"{file}"?, line (?<line>[0-9]+)"#),
        format!(r"{file}`[^\n]* on line (?<line>[0-9]+),? column (?<column>[0-9]+)"),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

impl Problem {
    /// The functions fail, for a reason without a place.
    pub fn api(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind: Kind::Api,
            view: DiagnosticView {
                severity: pages::Severity::Error,
                message: message.into(),
                file: String::new(),
                line: 0,
                column: 0,
                excerpt: Vec::new(),
                hint: Some(hint.into()),
            },
        }
    }
}

/// The findings about an invalid configuration, errors first; none for a valid one, whose warnings are for the
/// terminal, since nothing fails by them.
pub fn of_configuration(source: &Source, found: &[Finding]) -> Vec<Problem> {
    let of = |severity| found.iter().filter(move |found| found.severity == severity);
    if of(Severity::Error).next().is_none() {
        return Vec::new();
    }
    let sorted = of(Severity::Error)
        .chain(of(Severity::Refused))
        .chain(of(Severity::Warning));
    sorted
        .map(|found| Problem {
            kind: Kind::Configuration,
            view: DiagnosticView::new(source, found),
        })
        .collect()
}

/// Why the functions in `folder` do not run, with the place in their own code, if one is told.
pub fn of_api(error: &HostError, folder: &Path) -> Problem {
    let mut problem = Problem::api(&error.message, &error.hint);
    let told = [error.stack.as_deref(), Some(&error.message)];
    let place = told
        .into_iter()
        .flatten()
        .find_map(|text| place_in(text, folder));
    if let Some((source, line, column)) = place {
        let view = &mut problem.view;
        (view.line, view.column) = (line as u32, column.unwrap_or(1) as u32);
        view.file = source.path().display().to_string();
        // Without a column nothing is marked but the line itself.
        view.excerpt = excerpt(
            &source,
            line,
            (column.map_or(usize::MAX, |column| column - 1), 1),
        );
    }
    problem
}

/// The first place that lies in the app's own code: not in its packages, not in our worker.
fn place_in(text: &str, folder: &Path) -> Option<(Source, usize, Option<usize>)> {
    let number = |found: &Captures<'_>, name| -> Option<usize> {
        let number = found.name(name)?.as_str().parse().ok()?;
        (number > 0).then_some(number)
    };
    let places = PLACES.iter().flat_map(|place| place.captures_iter(text));
    places.into_iter().find_map(|found| {
        let path = Path::new(&found["file"]);
        let relative = path.strip_prefix(folder).ok()?;
        if relative.iter().any(|part| part == "node_modules") {
            return None;
        }
        let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() <= MAX_SOURCE);
        let source = Source::new(path, is_small.then(|| std::fs::read_to_string(path).ok())??);
        let line = number(&found, "line")?;
        Some((source, line, number(&found, "column")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_the_first_in_the_apps_own_code() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().display();
        std::fs::create_dir_all(folder.path().join("node_modules/x")).unwrap();
        for name in ["a b.js", "host.json", "node_modules/x/i.js"] {
            std::fs::write(folder.path().join(name), "one\ntwo\nthree\nfour\n").unwrap();
        }
        for (text, expected) in [
            (
                format!("{root}/a b.js:3\nthree\n ^\nSyntaxError: x"),
                Some((3, None)),
            ),
            (
                format!(
                    "Error: x\n    at f (/w/main.cjs:1:2)\n    at {root}/node_modules/x/i.js:9:1\n    at g ({root}/a b.js:2:3)"
                ),
                Some((2, Some(3))),
            ),
            (format!("at file://{root}/a b.js:2:3"), Some((2, Some(3)))),
            (
                format!("  File \"{root}/a b.js\", line 4, in f"),
                Some((4, None)),
            ),
            (
                format!(
                    "`{root}/host.json` is not valid JSON: Unexpected token on line 2 column 1"
                ),
                Some((2, Some(1))),
            ),
            (format!("{root}/gone.js:1:1"), None),
            ("no place at all".to_owned(), None),
        ] {
            let found = place_in(&text, folder.path()).map(|(_, line, column)| (line, column));
            assert_eq!(found, expected, "{text}");
        }
        let error = HostError {
            message: "it fails".to_owned(),
            hint: "fix it".to_owned(),
            rule: None,
            stack: Some(format!("{root}/a b.js:3:2")),
        };
        let problem = of_api(&error, folder.path());
        assert_eq!((problem.view.line, problem.view.column), (3, 2));
        let marked = problem.view.excerpt.iter().find(|line| line.mark.is_some());
        assert_eq!(marked.map(|line| line.text.as_str()), Some("three"));
    }
}
