//! Strict JSON into an AST (CF-10). A file that takes liberties is never used, but read on as far as its meaning is
//! clear, so that one comma does not hide what else is wrong with it.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::errors::{ParseError, ParseErrorKind as Kind};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::finding::{Finding, Source, Span};

/// Plain JSON, without the liberties that the parser can take.
pub(crate) const STRICT_JSON: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A deployment's words for a file that it cannot read (CF-99).
pub const UNREADABLE: &str = "Could not read and deserialize the provided routes file.";

/// Liberties that are put right one by one, so that each is reported at its place.
const MAX_REPAIRS: usize = 50;

/// Parses strictly, and lets `read` read the tree. After an error it reads what the file was meant to say, if that is
/// clear; every place is still a place in `source`.
pub(super) fn read<T>(
    source: &Source,
    out: &mut Vec<Finding>,
    read: impl FnOnce(&Value<'_>, &mut Vec<Finding>) -> Option<T>,
) -> Option<T> {
    let mut text = Cow::Borrowed(source.text());
    for _ in 0..MAX_REPAIRS {
        let error = match parse_to_ast(&text, &CollectOptions::default(), &STRICT_JSON) {
            Ok(parsed) => {
                return match &parsed.value {
                    Some(value) => read(value, out),
                    None => {
                        out.extend(out.is_empty().then(|| empty(source)));
                        None
                    }
                };
            }
            Err(error) => error,
        };
        out.push(finding(&error));
        match repaired(&text, &error) {
            Some(next) => text = Cow::Owned(next),
            None => break,
        }
    }
    let liberal = parse_to_ast(&text, &CollectOptions::default(), &ParseOptions::default());
    read(liberal.ok()?.value.as_ref()?, out)
}

/// Parses JSON with comments and commas behind the last value, for files that nobody reads but Cygnet.
pub(crate) fn read_with_comments<T>(
    source: &Source,
    out: &mut Vec<Finding>,
    read: impl FnOnce(&Value<'_>, &mut Vec<Finding>) -> Option<T>,
) -> Option<T> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        ..STRICT_JSON
    };
    match parse_to_ast(source.text(), &CollectOptions::default(), &options) {
        Ok(parsed) => match &parsed.value {
            Some(value) => return read(value, out),
            None => out.push(Finding::error("", all_of(source), "the file is empty")),
        },
        Err(error) => out.push(not_json("", &error)),
    }
    None
}

/// The text with the liberty at the error put right, each character at its place; `None` when it is not clear what was
/// meant.
fn repaired(text: &str, error: &ParseError) -> Option<String> {
    let range = error.range();
    let blank = |range: Range<usize>| {
        let part = text.get(range.clone())?;
        let blanks: String = part
            .bytes()
            .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
            .collect();
        Some([&text[..range.start], &blanks, &text[range.end..]].concat())
    };
    match error.kind() {
        Kind::CommentsNotAllowed | Kind::TrailingCommasNotAllowed => blank(range.start..range.end),
        // Something before the configuration.
        Kind::UnexpectedWord | Kind::UnexpectedToken
            if text.get(..range.start)?.trim().is_empty() =>
        {
            blank(range.start..text.find('{')?)
        }
        Kind::ExpectedComma => {
            let (before, behind) = text.split_at_checked(range.start)?;
            let blank = behind.chars().next().filter(char::is_ascii_whitespace)?;
            Some([before, ",", &behind[blank.len_utf8()..]].concat())
        }
        _ => None,
    }
}

fn all_of(source: &Source) -> Span {
    let end = source.text().len();
    Span { start: 0, end }
}

fn empty(source: &Source) -> Finding {
    Finding::error("CF-10", all_of(source), "the file is empty")
        .hint("write `{}` for a configuration without rules, or delete the file")
}

fn finding(error: &ParseError) -> Finding {
    let azure = format!("Azure refuses the file: \"{UNREADABLE}\"");
    let found = not_json("CF-10", error);
    let hint = match &found.hint {
        Some(hint) => format!("{hint}; {azure}"),
        None => azure,
    };
    found.hint(hint)
}

/// That a file is not JSON, with what to do about it where that is clear.
pub(crate) fn not_json(code: &'static str, error: &ParseError) -> Finding {
    let range = error.range();
    let span = Span {
        start: range.start,
        end: range.end.max(range.start),
    };
    let message = format!(
        "this is not JSON: {}",
        lower_first(&error.kind().to_string())
    );
    let hint = syntax_hint(error.kind()).map(str::to_owned);
    Finding {
        hint,
        ..Finding::error(code, span, message)
    }
}

fn syntax_hint(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::CommentsNotAllowed => "remove the comment",
        Kind::TrailingCommasNotAllowed => "remove the comma before the closing bracket",
        Kind::ExpectedComma => "put a comma here, between the two values",
        Kind::SingleQuotedStringsNotAllowed => "use double quotes",
        Kind::UnterminatedObject => "close the object with `}`",
        Kind::UnterminatedArray => "close the array with `]`",
        Kind::UnexpectedWord | Kind::UnexpectedToken => {
            "a file starts with `{`, and text is in double quotes"
        }
        _ => return None,
    })
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use crate::config::read;
    use crate::finding::Source;

    /// Rule and lines of each finding, after it was seen that nothing is served.
    fn found(text: &str) -> Vec<String> {
        let source = Source::new("x", text);
        let outcome = read(&source);
        assert!(outcome.config.is_none(), "{text}");
        let found = outcome.findings.iter().map(|found| {
            let lines = found.places().map(|place| {
                let line = source.position(place.span().start).line;
                line.to_string()
            });
            format!("{} {}", found.code, lines.collect::<Vec<_>>().join(","))
        });
        found.collect()
    }

    #[test]
    fn cf_10_liberties_do_not_hide_what_else_is_wrong() {
        let wrong = r#""navigationFallbak": {}"#;
        for (text, expected) in [
            (
                format!("{{\n\"routes\": [],\n{wrong},\n}}"),
                "CF-8 3, CF-10 3",
            ),
            (
                format!("{{\n// é\n\"routes\": [],// b\n{wrong}}}"),
                "CF-10 2,3, CF-8 4",
            ),
            (format!("{{\"routes\": []\n{wrong}}}"), "CF-10 1, CF-8 2"),
            (format!("a {{\n{wrong}}}"), "CF-10 1, CF-8 2"),
            (format!("{{\n'routes': [],\n{wrong}}}"), "CF-10 2, CF-8 3"),
        ] {
            assert_eq!(found(&text).join(", "), expected, "{text}");
        }
    }

    #[test]
    fn cf_10_nothing_is_guessed_where_the_meaning_is_not_clear() {
        for text in [
            "{\"navigationFallbak\": {}",
            "{\"routes\": [}",
            "{\"routes\": a}",
            "a",
        ] {
            let found = found(text);
            assert!(
                matches!(found.as_slice(), [one] if one.starts_with("CF-10")),
                "{text}: {found:?}"
            );
        }
    }
}
