//! A finding: something about a file or a folder of the app that somebody should know, with its place and the next step.
//!
//! Configuration, content, functions, settings and deployments are all judged by findings; [`render()`] shows one.
//! What to do about a finding follows from its code and its severity, never from its message.
//!
//! - [`Advice`]: what to do about an error
//! - [`arranged`]: findings in the order of the file, those that say the same as one
//! - [`nearest`]: the word that was probably meant
//! - [`source`]: the text of a file with its lines, so that every value has a line and a column
//! - [`render`](mod@render): a finding as text, with the line and a caret

mod advice;
mod arranged;
mod nearest;
pub mod render;
pub mod source;

use std::path::{Path, PathBuf};

pub use advice::Advice;
pub use arranged::arranged;
pub use nearest::nearest;
pub use render::render;
pub use source::{Position, Source, Span, Spanned};

/// How grave a finding is, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file cannot be used: serving without it would fall open.
    Error,
    /// A deployment is refused (CF-80…CF-98), but the meaning is clear, so the emulator serves it.
    Refused,
    /// Production ignores it, or surprises with it.
    Warning,
    /// Nothing that anybody must know; shown to those who ask for details.
    Note,
}

impl Severity {
    /// The word in front of a message.
    pub fn label(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Refused => "refused at deployment",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Where a finding is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Place {
    /// Nowhere in particular.
    #[default]
    Nowhere,
    /// In the file that was read, whose [`Source`] whoever shows the finding has.
    Span(Span),
    /// A file or folder, with the place in it where that is known.
    Path(PathBuf, Option<Position>),
}

impl Place {
    /// The bytes in the file that was read; all places that are elsewhere count as its end.
    pub fn span(&self) -> Span {
        match self {
            Self::Span(span) => *span,
            Self::Nowhere | Self::Path(..) => Span {
                start: usize::MAX,
                end: usize::MAX,
            },
        }
    }

    /// The other file or folder.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path, _) => Some(path),
            Self::Nowhere | Self::Span(_) => None,
        }
    }
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self::Span(span)
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Self::Path(path, None)
    }
}

/// One finding: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// The rule of Azure's behaviour it rests on, such as `RT-32`; empty for what is only about this machine.
    pub code: &'static str,
    /// What is wrong, with the value.
    pub message: String,
    /// The place; the first of several.
    pub place: Place,
    /// Where else the same holds, in the order of the file.
    pub also: Vec<Place>,
    /// The next step, if one is known.
    pub hint: Option<String>,
}

impl Finding {
    /// A finding that makes the file unusable.
    pub fn error(code: &'static str, place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            place: place.into(),
            also: Vec::new(),
            hint: None,
        }
    }

    /// A finding that keeps Azure, but not the emulator, from taking the app. The message is Azure's own where known.
    pub fn refused(
        code: &'static str,
        place: impl Into<Place>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Refused,
            ..Self::error(code, place, message)
        }
    }

    /// A finding that the emulator can live with.
    pub fn warning(
        code: &'static str,
        place: impl Into<Place>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, place, message)
        }
    }

    /// A finding about the settings of this machine that the user should see.
    pub fn remark(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::warning("", Place::Nowhere, message).hint(hint)
    }

    /// A finding about the settings of this machine for those who ask for details.
    pub fn note(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Note,
            ..Self::warning("", Place::Nowhere, message)
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Every place that it is about, the first one first.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        std::iter::once(&self.place).chain(&self.also)
    }

    /// Whether it keeps Azure from taking the app.
    pub fn is_refused(&self) -> bool {
        self.severity < Severity::Warning
    }
}
