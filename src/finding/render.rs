//! Findings as text for a terminal: message, place, the line with a caret, and the hint. Colours are part of the text.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, Title};

use super::{Finding, Place, Severity, Source, Span};

/// One finding. `source` is the file that was read, if one was.
pub fn render(source: Option<&Source>, finding: &Finding) -> String {
    let title = title(finding);
    let mut group = match (&finding.place, source) {
        (Place::Span(span), Some(source)) => title.element(snippet(source, *span)),
        (Place::Path(path, position), _) => {
            let origin = Origin::path(path.display().to_string());
            title.element(match position {
                Some(at) => origin.line(at.line).char_column(at.column),
                None => origin,
            })
        }
        (Place::Span(_) | Place::Nowhere, _) => Group::with_title(title),
    };
    let places = finding.places_in_words(source);
    if let Some(places) = &places {
        group = group.element(Level::NOTE.message(places));
    }
    if let Some(hint) = &finding.hint {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    Renderer::styled().render(&[group])
}

/// A finding is shown on its first line only: whole rules would fill the screen.
fn snippet(source: &Source, span: Span) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let position = source.position(span.start);
    let line = source.line(position.line);
    let from = line
        .char_indices()
        .nth(position.column - 1)
        .map_or(line.len(), |(at, _)| at);
    let width = span.end.saturating_sub(span.start).max(1);
    let mut to = (from + width).min(line.len());
    while !line.is_char_boundary(to) {
        to += 1;
    }
    Snippet::source(line)
        .line_start(position.line)
        .path(source.path().display().to_string())
        .annotation(AnnotationKind::Primary.span(from..to.max(from)))
}

fn title(finding: &Finding) -> Title<'_> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Refused => Level::ERROR.with_name(Severity::Refused.label()),
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&finding.message);
    match finding.code {
        "" => title,
        code => title.id(code),
    }
}
