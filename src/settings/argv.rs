//! Two-letter flags. The official CLI has `-is` and `-cn`; clap reads those as `-i s` and `-c n`, so they become their
//! long names before clap sees them.

use std::ffi::OsString;

/// The two-letter flags of the official CLI's `start`, with their long names.
const TWO_LETTERS: [(&str, &str); 4] = [
    ("-is", "--api-devserver-url"),
    ("-cn", "--config-name"),
    ("-db", "--data-api-location"),
    ("-ds", "--data-api-devserver-url"),
];

/// Rewrites `-is` and its like, alone or as `-is=value`, up to a `--`. Every other word stays as it is.
pub fn expand(argv: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut only_words = false;
    argv.into_iter()
        .map(|word| {
            only_words |= word == "--";
            match only_words {
                true => word,
                false => expand_word(word),
            }
        })
        .collect()
}

fn expand_word(word: OsString) -> OsString {
    let Some(text) = word.to_str() else {
        return word;
    };
    for (short, long) in TWO_LETTERS {
        match text.strip_prefix(short) {
            Some("") => return long.into(),
            Some(rest) if rest.starts_with('=') => return format!("{long}{rest}").into(),
            _ => {}
        }
    }
    word
}
