//! The `.env` file of the current folder, which the official CLI loads: `NAME=value` lines, comments, quotes.

use std::collections::HashMap;

/// Reads `NAME=value` lines. Lines that are none are skipped, as the official CLI does; of two with the same name the
/// later one counts. Quoted values keep their spaces and `#`; `\n` in double quotes is a line break.
///
/// A value ends with its line: quoted values over several lines, which `dotenv` reads, are cut after the first one.
pub fn parse(text: &str) -> HashMap<String, String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .filter_map(line)
        .collect()
}

fn line(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    Some((name.to_owned(), unquote(value.trim())))
}

fn unquote(value: &str) -> String {
    for quote in ['"', '\'', '`'] {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.split_once(quote));
        if let Some((inner, _comment)) = inner {
            return match quote {
                '"' => inner.replace("\\n", "\n").replace("\\r", "\r"),
                _ => inner.to_owned(),
            };
        }
    }
    let bare = value.split_once('#').map_or(value, |(before, _)| before);
    bare.trim_end().to_owned()
}
