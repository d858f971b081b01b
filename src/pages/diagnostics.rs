//! The 500 page of a configuration that cannot be used: every finding with its place and excerpt.

use super::template::render;
use crate::finding::{Finding, Severity as Gravity, Source};
use askama::Template;
use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is served until it is fixed.
    Error,
    /// Served, but probably not meant so.
    Warning,
}

impl Severity {
    /// The word on the page, also its CSS class.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExcerptLine {
    /// Line number from 1.
    pub number: u32,
    /// The line without its end.
    pub text: String,
    /// Characters (not bytes) of `text` that the finding is about: first from 0, and how many. At least one is marked;
    /// a range outside the line marks nothing.
    pub mark: Option<(usize, usize)>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiagnosticView {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, with which value.
    pub message: String,
    /// File name as the developer knows it.
    pub file: String,
    /// Line from 1; 0 when the finding is about the whole file.
    pub line: u32,
    /// Column from 1.
    pub column: u32,
    /// The lines around it.
    pub excerpt: Vec<ExcerptLine>,
    /// What to do.
    pub hint: Option<String>,
}

/// Everything on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagnosticsView {
    /// Heading, for example "The configuration has errors".
    pub title: String,
    /// One or two sentences under it, for example what is served meanwhile.
    pub intro: String,
    /// The findings, worst first.
    pub diagnostics: Vec<DiagnosticView>,
    /// The request's number in the inspector, for the developer.
    pub request: Option<u64>,
}

impl DiagnosticView {
    /// A finding about a file, with the lines around it.
    pub fn new(source: &Source, found: &Finding) -> Self {
        let span = found.place.span();
        let at = source.position(span.start);
        let length = source.line(at.line).len();
        let width = span.end.saturating_sub(span.start).min(length);
        let message = match found.places_in_words(Some(source)) {
            Some(places) => format!("{} ({places})", found.message),
            None => found.message.clone(),
        };
        Self {
            severity: match found.severity {
                Gravity::Error => Severity::Error,
                Gravity::Refused | Gravity::Warning | Gravity::Note => Severity::Warning,
            },
            message: match found.severity {
                Gravity::Refused => format!("a deployment is refused: {message}"),
                Gravity::Error | Gravity::Warning | Gravity::Note => message,
            },
            file: source.path().display().to_string(),
            line: at.line as u32,
            column: at.column as u32,
            excerpt: excerpt(source, at.line, (at.column - 1, width.max(1))),
            hint: found.hint.clone(),
        }
    }

    /// `file:line:column`, or the file alone.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        }
    }
}

/// Two lines before a line, the line itself with its mark, and the one after, as far as they exist.
pub fn excerpt(source: &Source, line: usize, mark: (usize, usize)) -> Vec<ExcerptLine> {
    let last = source.position(usize::MAX).line;
    let lines = line.saturating_sub(2).max(1)..=(line + 1).min(last);
    lines
        .map(|number| ExcerptLine {
            number: number as u32,
            text: source.line(number).to_string(),
            mark: (number == line).then_some(mark),
        })
        .collect()
}

impl ExcerptLine {
    /// The text before, in and after the mark.
    pub fn parts(&self) -> (&str, &str, &str) {
        let Some((first, count)) = self.mark else {
            return (&self.text, "", "");
        };
        let byte = |n: usize| {
            self.text
                .char_indices()
                .nth(n)
                .map_or(self.text.len(), |(at, _)| at)
        };
        let (start, end) = (byte(first), byte(first.saturating_add(count.max(1))));
        (
            &self.text[..start],
            &self.text[start..end],
            &self.text[end..],
        )
    }
}

/// The page.
pub fn diagnostics_page(view: &DiagnosticsView) -> String {
    render(&DiagnosticsTemplate { view })
}

/// The same in plain text, for clients that do not ask for HTML.
pub fn diagnostics_text(view: &DiagnosticsView) -> String {
    let mut text = format!("500: {}\n\n{}\n", view.title, view.intro);
    for finding in &view.diagnostics {
        let (severity, place) = (finding.severity.word(), finding.place());
        text.push_str(&format!(
            "\n{severity}: {}\n  at {place}\n",
            finding.message
        ));
        for line in &finding.excerpt {
            text.push_str(&format!("  {:>4} | {}\n", line.number, line.text));
            if let Some((first, count)) = line.mark {
                let length = line.text.chars().count();
                let first = first.min(length);
                let count = count.clamp(1, (length - first).max(1));
                text.push_str(&format!(
                    "       | {}{}\n",
                    " ".repeat(first),
                    "^".repeat(count)
                ));
            }
        }
        if let Some(hint) = &finding.hint {
            text.push_str(&format!("  hint: {hint}\n"));
        }
    }
    text.push_str("\nAnswered by the local emulator Cygnet.\n");
    text
}

#[derive(Template)]
#[template(path = "diagnostics.html")]
struct DiagnosticsTemplate<'a> {
    view: &'a DiagnosticsView,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(text: &str) -> DiagnosticsView {
        DiagnosticsView {
            title: format!("title {text}"),
            intro: format!("intro {text}"),
            diagnostics: vec![DiagnosticView {
                severity: Severity::Error,
                message: format!("message {text}"),
                file: format!("file {text}"),
                line: 3,
                column: 7,
                excerpt: vec![ExcerptLine {
                    number: 3,
                    text: format!("é {text} tail"),
                    mark: Some((2, text.chars().count())),
                }],
                hint: Some(format!("hint {text}")),
            }],
            request: Some(17),
        }
    }

    #[test]
    fn every_field_is_shown_and_escaped() {
        let page = diagnostics_page(&view("<script>"));
        assert!(!page.contains("<script>"), "{page}");
        for field in ["title", "intro", "message", "file", "hint"] {
            assert!(
                page.contains(&format!("{field} &#60;script&#62;")),
                "{field}"
            );
        }
        assert!(
            page.contains("<mark>&#60;script&#62;</mark> tail"),
            "{page}"
        );
        assert!(page.contains(":3:7"));
        assert!(
            page.contains(r##"href="/.cygnet/#/requests/17""##),
            "{page}"
        );
    }

    #[test]
    fn the_text_variant_points_at_the_place() {
        assert_eq!(
            diagnostics_text(&view("abc")),
            "500: title abc\n\nintro abc\n\nerror: message abc\n  at file abc:3:7\n     3 | é abc tail\n       |   ^^^\n  hint: hint abc\n\nAnswered by the local emulator Cygnet.\n"
        );
    }

    #[test]
    fn marks_outside_the_line_do_no_harm() {
        for mark in [(0, 0), (3, 1), (99, 99), (usize::MAX, usize::MAX)] {
            let mut view = view("x");
            view.diagnostics[0].line = 0;
            view.diagnostics[0].excerpt[0].mark = Some(mark);
            assert!(diagnostics_page(&view).contains("</html>"));
            assert!(diagnostics_text(&view).contains("at file x\n"));
        }
    }
}
