//! What resolving has to say without failing, as data: whoever called decides where it is printed.

use log::Level;

/// A remark about the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `Warn` is for the user's eyes; `Debug` goes to the log.
    pub level: Level,
    /// What was noticed, with the value and its place.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
}

impl Notice {
    /// A remark that the user should see.
    pub fn warn(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            level: Level::Warn,
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// A remark for the log.
    pub fn debug(message: impl Into<String>) -> Self {
        Self {
            level: Level::Debug,
            message: message.into(),
            hint: None,
        }
    }
}

/// The word of `known` that `word` was probably meant to be, if any is near: one slip in short words, two in long ones.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let slips = if word.chars().count() < 5 { 1 } else { 2 };
    known
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= slips)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
