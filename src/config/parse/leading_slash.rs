//! Targets of rewrites, which all begin alike in the model.

use crate::finding::Spanned;

/// Rewrites work with and without a leading slash (NF-4); the model always has one. Absolute URLs stay as written,
/// so that the finding about them shows the user's text.
pub(super) fn with_slash(mut target: Spanned<String>) -> Spanned<String> {
    if !target.value.starts_with('/') && !target.value.contains("://") {
        target.value.insert(0, '/');
    }
    target
}
