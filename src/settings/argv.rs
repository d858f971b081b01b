//! Two-letter flags. The official CLI has `-is` and `-cn`; clap reads those as `-i s` and `-c n`, so they become their
//! long names before clap sees them.

use std::ffi::OsString;

use super::options;

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
    let expanded = options::ALL.iter().find_map(|option| {
        let rest = text.strip_prefix(option.two_letters?)?;
        (rest.is_empty() || rest.starts_with('=')).then(|| format!("{}{rest}", option.typed_name()))
    });
    expanded.map_or(word, OsString::from)
}
