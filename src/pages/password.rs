//! The page of password protection (AU-9).

use askama::Template;

use super::template::render;

/// The form.
#[derive(Debug, Clone, Template)]
#[template(path = "password.html")]
pub struct PasswordPage<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// Where the visitor wanted to go.
    pub original_path: &'a str,
    /// What was wrong with the last attempt.
    pub error: Option<&'a str>,
}

impl PasswordPage<'_> {
    /// The page.
    pub fn to_html(&self) -> String {
        render(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_no_markup() {
        let page = PasswordPage {
            action: "/login",
            original_path: "/\"><script>",
            error: Some("No."),
        };
        let html = page.to_html();
        assert!(!html.contains("<script>") && html.contains("No."), "{html}");
    }
}
