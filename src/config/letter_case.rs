//! Letters without their case, as the router of Azure Functions compares them. Rules on paths that a backend answers are
//! compared no more strictly, or another spelling would reach a function around its rule.

use std::borrow::Cow;

use super::pattern::Pattern;

/// The capital of a letter that has one of one character, as in .NET; `ß` stays what it is.
pub fn upper(character: char) -> char {
    single(character.to_uppercase()).unwrap_or(character)
}

/// Ordinal comparison that ignores case, character by character.
pub fn same(left: &str, right: &str) -> bool {
    left == right || left.chars().map(upper).eq(right.chars().map(upper))
}

/// One spelling for all texts that are the [`same`].
pub fn fold(text: &str) -> Cow<'_, str> {
    let is_folded = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_folded) {
        return Cow::Borrowed(text);
    }
    let fold = |character| {
        let upper = upper(character);
        single(upper.to_lowercase()).unwrap_or(upper)
    };
    Cow::Owned(text.chars().map(fold).collect())
}

fn single(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    first.filter(|_| characters.next().is_none())
}

impl Pattern {
    /// Whether a decoded path matches when case does not count.
    pub fn matches_without_case(&self, path: &str) -> bool {
        self.folded().matches(&fold(path))
    }

    /// This pattern for folded paths.
    pub fn folded(&self) -> Self {
        let fold = |text: &String| fold(text).into_owned();
        match self {
            Self::Exact(path) => Self::Exact(fold(path)),
            Self::Prefix(prefix) => Self::Prefix(fold(prefix)),
            Self::Extension { prefix, extensions } => Self::Extension {
                prefix: fold(prefix),
                extensions: extensions.iter().map(fold).collect(),
            },
            Self::Never(reason) => Self::Never(*reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, same};
    use proptest::prelude::*;

    #[test]
    fn letters_that_only_some_tables_fold_are_folded() {
        for (left, right) in [("SECRET", "\u{17f}ecret"), ("i", "\u{131}"), ("É", "é")] {
            assert!(same(left, right), "{left} {right}");
        }
        assert!(!same("ß", "ss") && !same("a", "b") && !same("a", "aa"));
    }

    proptest! {
        #[test]
        fn what_is_the_same_folds_to_the_same(left in "[a-cA-CiIıſsSkKK%ßẞé]{1,3}", right in "[a-cA-CiIıſsSkKK%ßẞé]{1,3}") {
            prop_assert!(!same(&left, &right) || fold(&left) == fold(&right));
            let folded = fold(&left);
            prop_assert_eq!(fold(&folded), &*folded);
        }
    }
}
