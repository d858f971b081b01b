//! The page for a dev server that does not answer (yet).

use askama::Template;

use super::template::render;

/// What the page says; each is a sentence in which backticks mark code.
#[derive(Debug, Clone, Template)]
#[template(path = "no_answer.html")]
pub struct NoAnswerPage {
    /// The title.
    pub title: &'static str,
    /// What is waited for, and for how long.
    pub lead: String,
    /// What the last attempt met.
    pub why: String,
    /// What to do.
    pub hint: String,
    /// Whether the page asks again by itself.
    pub reloads: bool,
    /// The request's number in the inspector, for the developer.
    pub request: Option<u64>,
}

impl NoAnswerPage {
    /// The page.
    pub fn to_html(&self) -> String {
        render(self)
    }

    /// The same for clients that do not show pages.
    pub fn to_text(&self) -> String {
        let Self {
            lead, why, hint, ..
        } = self;
        format!("{lead}\n{why}\nhint: {hint}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_that_waits_reloads_and_nothing_is_taken_for_markup() {
        let page = |reloads| NoAnswerPage {
            title: "Waiting",
            lead: "`http://localhost:1` is awaited".to_owned(),
            why: "<script>".to_owned(),
            hint: "start it".to_owned(),
            reloads,
            request: reloads.then_some(17),
        };
        let html = page(true).to_html();
        assert!(
            html.contains(r#"<meta http-equiv="refresh" content="1">"#),
            "{html}"
        );
        assert!(html.contains("<code>http://localhost:1</code>"), "{html}");
        assert!(
            html.contains(r##"href="/.cygnet/#/requests/17""##),
            "{html}"
        );
        assert!(!page(false).to_html().contains("/.cygnet/"));
        assert!(!html.contains("<script>"));
        assert!(!page(false).to_html().contains("refresh"));
        assert_eq!(
            page(true).to_text(),
            "`http://localhost:1` is awaited\n<script>\nhint: start it\n"
        );
    }
}
