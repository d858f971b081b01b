//! Diagnostics as text: message, place, the line with a caret, and the hint.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

use super::diagnostics::{Diagnostic, Severity};
use super::source::Source;

/// One finding for a terminal; `color` adds ANSI sequences.
pub fn render(source: &Source, diagnostic: &Diagnostic, color: bool) -> String {
    let path = source.path().display().to_string();
    let position = source.position(diagnostic.span.start);
    let line = source.line(position.line);
    // A finding is shown on its first line only: whole rules would fill the screen.
    let from = line
        .char_indices()
        .nth(position.column - 1)
        .map_or(line.len(), |(at, _)| at);
    let width = diagnostic
        .span
        .end
        .saturating_sub(diagnostic.span.start)
        .max(1);
    let mut to = (from + width).min(line.len());
    while !line.is_char_boundary(to) {
        to += 1;
    }
    let snippet = Snippet::source(line)
        .line_start(position.line)
        .path(path)
        .annotation(AnnotationKind::Primary.span(from..to.max(from)));
    finish(title(diagnostic).element(snippet), diagnostic, color)
}

/// A finding about a file or folder as a whole.
pub fn render_beside(place: &Path, diagnostic: &Diagnostic, color: bool) -> String {
    let origin = Origin::path(place.display().to_string());
    finish(title(diagnostic).element(origin), diagnostic, color)
}

fn title(diagnostic: &Diagnostic) -> Title<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Refused => Level::ERROR.with_name(Severity::Refused.label()),
        Severity::Warning => Level::WARNING,
    };
    level.primary_title(&diagnostic.message).id(diagnostic.rule)
}

fn finish<'d>(mut group: Group<'d>, diagnostic: &'d Diagnostic, color: bool) -> String {
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// `file:line:column: severity: message` on one line.
pub fn one_line(source: &Source, diagnostic: &Diagnostic) -> String {
    let position = source.position(diagnostic.span.start);
    let severity = diagnostic.severity.label();
    format!(
        "{}:{}:{}: {severity}: {} [{}]",
        source.path().display(),
        position.line,
        position.column,
        diagnostic.message,
        diagnostic.rule
    )
}
