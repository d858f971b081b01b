//! The emulator's own HTML: pages that it answers with when the app has none.
//!
//! - [`error`]: the default 400, 401, 403, 404 pages (RS-40), with the reason and a way on
//! - [`diagnostics`]: the 500 page of a configuration that cannot be used
//! - [`no_answer`]: the 503 and 502 pages for a dev server that does not answer
//! - [`sites`], [`password`]: of `cygnet serve`: a host without an environment, password protection
//!
//! All pages share `templates/base.html`, work offline and escape what they show; each has a text variant for clients
//! that are no browsers. The pages of sign-in belong to the room `auth`.

pub mod diagnostics;
pub mod error;
pub mod no_answer;
pub mod password;
pub mod sites;

pub use diagnostics::{
    DiagnosticView, DiagnosticsView, ExcerptLine, Severity, diagnostics_page, diagnostics_text,
    excerpt,
};
pub use error::{ErrorPage, error_page};
pub use no_answer::NoAnswerPage;

/// A stretch of a sentence, in code letters or not.
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_code: bool,
}

/// Cuts a sentence at its backticks, which messages put around names and values. An odd last backtick is only a
/// character: its part stays ordinary text.
pub(crate) fn prose(sentence: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    while let Some((before, code, after)) = next_code(rest) {
        parts.push(Part {
            text: before,
            is_code: false,
        });
        parts.push(Part {
            text: code,
            is_code: true,
        });
        rest = after;
    }
    parts.push(Part {
        text: rest,
        is_code: false,
    });
    parts
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

/// Renders a template. Rendering into memory does not fail; if it did, the visitor would still get a sentence.
pub(crate) fn render(template: &impl askama::Template) -> String {
    template.render().unwrap_or_else(|error| {
        log::error!("cannot render a page: {error}");
        "This page could not be rendered; the log of Cygnet says why.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn backticks_become_code() {
        let show = |sentence| {
            super::prose(sentence)
                .iter()
                .map(|part| match part.is_code {
                    true => format!("<{}>", part.text),
                    false => part.text.to_owned(),
                })
                .collect::<String>()
        };
        assert_eq!(show("a `b` c `d`"), "a <b> c <d>");
        assert_eq!(show("a `b"), "a `b");
        assert_eq!(show("``"), "<>");
        assert_eq!(show(""), "");
    }
}
