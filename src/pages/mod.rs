//! The emulator's own HTML: pages that it answers with when the app has none.
//!
//! - [`error`]: the default 400, 401, 403, 404 pages (RS-40), with the reason and a way on
//! - [`diagnostics`]: the 500 page of a configuration that cannot be used
//! - [`upstream_unavailable`]: the 503 and 502 pages for a dev server that does not answer
//! - [`sites`], [`password`]: of `cygnet serve`: a host without an environment, password protection
//!
//! All pages share `templates/base.html`, work offline and escape what they show; each has a text variant for clients
//! that are no browsers. The pages of sign-in belong to the room `auth`.

pub mod diagnostics;
pub mod error;
pub mod password;
pub mod sites;
mod template;
pub mod upstream_unavailable;

pub use diagnostics::{
    DiagnosticView, DiagnosticsView, Severity, diagnostics_page, diagnostics_text, excerpt,
};
pub use error::{ErrorDetails, ErrorPage, Visitor, error_page};
pub(crate) use template::{prose, render};
pub use upstream_unavailable::NoAnswerPage;
