//! The page for a host at which no environment answers.

use askama::Template;

use super::template::render;

/// What there is instead.
#[derive(Debug, Clone, Template)]
#[template(path = "sites.html")]
pub struct SitesPage<'a> {
    host: &'a str,
    /// Names and addresses.
    sites: &'a [(String, String)],
}

impl<'a> SitesPage<'a> {
    /// For a host, with the names and addresses of all environments.
    pub fn new(host: &'a str, sites: &'a [(String, String)]) -> Self {
        Self { host, sites }
    }

    /// The page.
    pub fn to_html(&self) -> String {
        render(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_listed_and_the_host_is_no_markup() {
        let list = [("qa".to_owned(), "http://shop-qa.localhost:1".to_owned())];
        let html = SitesPage::new("<b>", &list).to_html();
        assert!(
            html.contains(r#"href="http://shop-qa.localhost:1""#),
            "{html}"
        );
        assert!(!html.contains("<b>"));
        assert!(SitesPage::new("x", &[]).to_html().contains("cygnet deploy"));
    }
}
