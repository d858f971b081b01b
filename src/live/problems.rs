//! What the overlay shows: findings about the configuration, and why the functions do not run.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;

use crate::finding::{Finding, Severity, Source};
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
    /// No functions answer.
    Api,
    /// Those of before the last edit answer.
    Edit,
    /// The home page cannot be shown before it is built.
    Sources,
}

/// Files larger than this, in bytes, are not read for an excerpt: they are no source that somebody writes.
const MAX_SOURCE: u64 = 2 << 20;

/// A place in a stack of Node or Python: `file:///app/x.mjs:3:5`, `/app/x.js:3`, `at f (/app/x.js:3:5)`,
/// `File "/app/x.py", line 3`.
static PLACES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let file = r#"(?<file>(?:/|[A-Za-z]:[\\/])[^\n:*?"<>|`']+?\.[A-Za-z]{1,5})"#;
    [
        format!(r"(?:file://)?{file}:(?<line>[0-9]+)(?::(?<column>[0-9]+))?"),
        format!(r#"{file}"?, line (?<line>[0-9]+)"#),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// Why the functions of an app do not run.
#[derive(Debug, Clone, Copy)]
pub struct ApiFailure<'a> {
    /// What failed.
    pub message: &'a str,
    /// The next step.
    pub hint: &'a str,
    /// File, line from 1 and column from 1, if it is about one place.
    pub place: Option<(&'a Path, usize, usize)>,
    /// The stack that the language's runtime printed, in which the app's own code is looked for.
    pub stack: Option<&'a str>,
    /// Whether an earlier version of them answers.
    pub is_outdated: bool,
}

impl Problem {
    /// That there is a problem of this kind, without a word of a file or of a path.
    pub(super) fn without_sources(&self) -> Self {
        let message = match self.kind {
            Kind::Configuration => "the configuration has an error",
            Kind::Api => "the functions do not run",
            Kind::Edit => "the edited functions do not start",
            Kind::Sources => "the app has to be built first",
        };
        let hint = "the emulator's terminal says why, and so do pages in a browser on its machine";
        Self::of(self.kind, message, hint)
    }

    /// The functions fail, for a reason without a place.
    pub fn api(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(Kind::Api, message, hint)
    }

    /// The home page needs a bundler.
    pub fn sources(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::of(Kind::Sources, message, hint)
    }

    fn of(kind: Kind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
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

/// Why the functions in `folder` do not run, with the place in their own files, if it is known.
pub fn of_api(failure: &ApiFailure<'_>, folder: &Path) -> Problem {
    let kind = match failure.is_outdated {
        true => Kind::Edit,
        false => Kind::Api,
    };
    let mut problem = Problem::of(kind, failure.message, failure.hint);
    let place = match failure.place {
        Some((path, line, column)) => source(path).map(|source| (source, line, Some(column))),
        None => failure.stack.and_then(|stack| place_in(stack, folder)),
    };
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

/// A file that is shown in part.
fn source(path: &Path) -> Option<Source> {
    let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() <= MAX_SOURCE);
    let text = is_small.then(|| std::fs::read_to_string(path).ok())??;
    Some(Source::new(path, text))
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
        let line = number(&found, "line")?;
        let column = number(&found, "column").or_else(|| {
            let rest = text.get(found.get(0)?.end()..)?;
            marked_column(rest)
        });
        Some((source(path)?, line, column))
    })
}

/// The column, from 1, that a caret marks in the line below the one that is quoted.
fn marked_column(after_place: &str) -> Option<usize> {
    let marks = after_place.lines().nth(2)?;
    let column = marks.find('^')?;
    let is_marks = marks
        .bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'^' | b'~'));
    is_marks.then_some(column + 1)
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
                Some((3, Some(2))),
            ),
            (
                format!("{root}/a b.js:3\nthree\nSyntaxError: ^"),
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
            (format!("{root}/gone.js:1:1"), None),
            ("no place at all".to_owned(), None),
        ] {
            let found = place_in(&text, folder.path()).map(|(_, line, column)| (line, column));
            assert_eq!(found, expected, "{text}");
        }
        let stack = format!("{root}/a b.js:3:2");
        let failure = ApiFailure {
            message: "it fails",
            hint: "correct it",
            place: None,
            stack: Some(&stack),
            is_outdated: false,
        };
        let problem = of_api(&failure, folder.path());
        assert_eq!((problem.view.line, problem.view.column), (3, 2));
        let marked = problem.view.excerpt.iter().find(|line| line.mark.is_some());
        assert_eq!(marked.map(|line| line.text.as_str()), Some("three"));

        let settings = folder.path().join("host.json");
        let known = ApiFailure {
            place: Some((&settings, 2, 1)),
            ..failure
        };
        let view = of_api(&known, folder.path()).view;
        assert_eq!((view.line, view.column), (2, 1), "the known place counts");
        assert!(view.file.ends_with("host.json"));
    }
}
