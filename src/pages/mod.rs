//! The emulator's own HTML: pages that it answers with when the app has none.
//!
//! - [`error`]: the default 400, 401, 403, 404 pages (RS-40), with the reason and a way on
//! - [`diagnostics`]: the 500 page of a configuration that cannot be used
//!
//! All pages share `templates/base.html`, work offline and escape what they show; each has a text variant for clients
//! that are no browsers. The pages of sign-in are next door, in [`crate::auth::pages`].

pub mod diagnostics;
pub mod error;

pub use diagnostics::{
    DiagnosticView, DiagnosticsView, ExcerptLine, Severity, diagnostics_page, diagnostics_text,
};
pub use error::{ErrorPage, error_page, error_text};

/// Renders a template. Rendering into memory does not fail; if it did, the visitor would still get a sentence.
pub(crate) fn render(template: &impl askama::Template) -> String {
    template.render().unwrap_or_else(|error| {
        log::error!("cannot render a page: {error}");
        "This page could not be rendered; the log of Cygnet says why.".to_owned()
    })
}
