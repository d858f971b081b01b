//! The default error pages (RS-40): what Azure's say, and why the emulator answered so.

use super::template::render;
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What an error page shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorPage<'a> {
    /// Status code that the response has.
    pub status: u16,
    /// Why, in a sentence: the rule that decided, the provider that is missing.
    pub why: Option<&'a str>,
    /// Names of the providers to offer on a 401.
    pub providers: &'a [String],
    /// Path that the visitor asked for, to come back to after signing in.
    pub path: Option<&'a str>,
    /// What only the developer may read.
    pub details: Option<&'a ErrorDetails>,
}

/// What led to an error, for whoever is at the machine where the configuration lies.
#[derive(Debug, Clone, Default)]
pub struct ErrorDetails {
    /// The rule that decided, as in `routes[3] /admin*`, and its `file:line`.
    pub rule: Option<(String, Option<String>)>,
    /// The roles of which one is needed.
    pub needed: Vec<String>,
    /// Who asked, where that matters.
    pub visitor: Option<Visitor>,
    /// Ways to come in: the words of a link, and its address.
    pub ways: Vec<(String, String)>,
    /// The next step, where there is one in the configuration.
    pub hint: Option<&'static str>,
    /// The request's number in the inspector.
    pub request: Option<u64>,
}

/// Who asked.
#[derive(Debug, Clone)]
pub enum Visitor {
    /// Nobody is signed in.
    Anonymous,
    /// A user: name, provider, and roles.
    User(String, String, Vec<String>),
}

/// The page for `status` of the emulator's own endpoints, which offers no sign-in.
pub fn error_page(status: u16, why: Option<&str>) -> String {
    ErrorPage {
        status,
        why,
        ..ErrorPage::default()
    }
    .to_html()
}

/// The name of a provider for people: `GitHub` for `github`; a custom provider keeps its own name.
pub(crate) fn provider_label(provider: &str) -> &str {
    match provider {
        "github" => "GitHub",
        "aad" => "Microsoft Entra ID",
        "apple" => "Apple",
        "facebook" => "Facebook",
        "google" => "Google",
        "twitter" => "X (Twitter)",
        other => other,
    }
}

impl ErrorPage<'_> {
    /// Renders the page as production shows it: that there was an error, and no more.
    pub fn to_bare_html(self) -> String {
        render(&BareTemplate {
            status: self.status,
            phrase: reason_phrase(self.status),
            sentence: sentence(self.status),
        })
    }

    /// Renders the page.
    pub fn to_html(self) -> String {
        let come_back = self.path.map_or(String::new(), |path| {
            format!(
                "?post_login_redirect_uri={}",
                utf8_percent_encode(path, NON_ALPHANUMERIC)
            )
        });
        let sign_in = match self.status {
            401 => self.providers,
            _ => &[],
        };
        render(&ErrorTemplate {
            status: self.status,
            phrase: reason_phrase(self.status),
            sentence: sentence(self.status),
            why: self.why,
            details: self.details,
            sign_in: sign_in
                .iter()
                .map(|name| SignInLink {
                    label: provider_label(name),
                    href: format!("/.auth/login/{name}{come_back}"),
                })
                .collect(),
            sign_out: self.status == 403,
            has_ways: self.details.is_some_and(|details| !details.ways.is_empty()),
        })
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    status: u16,
    phrase: &'static str,
    sentence: &'static str,
    why: Option<&'a str>,
    details: Option<&'a ErrorDetails>,
    sign_in: Vec<SignInLink<'a>>,
    sign_out: bool,
    has_ways: bool,
}

#[derive(Template)]
#[template(path = "error_bare.html")]
struct BareTemplate {
    status: u16,
    phrase: &'static str,
    sentence: &'static str,
}

struct SignInLink<'a> {
    label: &'a str,
    href: String,
}

/// Words of the titles: `Azure Static Web Apps - 404: Not found` (RS-40).
fn reason_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not found",
        405 => "Method not allowed",
        413 => "Content too large",
        415 => "Unsupported media type",
        500 => "Internal server error",
        _ => "Error",
    }
}

fn sentence(status: u16) -> &'static str {
    match status {
        400 => "The request could not be understood.",
        401 => "Only signed-in visitors may see this page.",
        403 => "You do not have the role that this page asks for.",
        404 => "There is nothing at this address.",
        405 => "This address does not answer that method.",
        413 => "The request is larger than the limit.",
        415 => "The request's body is of a kind that is not read here.",
        _ => "The request could not be answered.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rs_40_titles() {
        for (status, title) in [
            (400, "Azure Static Web Apps - 400: Bad request"),
            (401, "Azure Static Web Apps - 401: Unauthorized"),
            (403, "Azure Static Web Apps - 403: Forbidden"),
            (404, "Azure Static Web Apps - 404: Not found"),
        ] {
            let page = error_page(status, None);
            assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
            assert!(page.contains("local emulator Cygnet"));
            assert!(!page.contains("<script>"), "an error page needs no script");
        }
    }

    #[test]
    fn the_reason_is_shown_and_escaped() {
        let why = "no <script>alert(1)</script>";
        let page = error_page(404, Some(why));
        assert!(!page.contains("<script>"));
        assert!(page.contains("no &#60;script&#62;"));
    }

    #[test]
    fn the_bare_page_says_no_more_than_production() {
        let page = ErrorPage {
            status: 403,
            why: Some("a reason"),
            ..ErrorPage::default()
        }
        .to_bare_html();
        assert!(page.contains("<title>Azure Static Web Apps - 403: Forbidden</title>"));
        assert!(
            !page.contains("a reason") && !page.contains("Cygnet"),
            "{page}"
        );
    }

    #[test]
    fn details_are_shown_and_escaped() {
        let evil = "<script>".to_owned();
        let details = ErrorDetails {
            rule: Some((evil.clone(), Some(evil.clone()))),
            needed: vec![evil.clone()],
            visitor: Some(Visitor::User(
                evil.clone(),
                evil.clone(),
                vec![evil.clone()],
            )),
            ways: vec![(evil, "/.auth/login/github?a=\"b".to_owned())],
            hint: Some("use `this`"),
            request: Some(17),
        };
        let page = ErrorPage {
            status: 403,
            why: Some("x"),
            details: Some(&details),
            ..ErrorPage::default()
        }
        .to_html();
        assert!(!page.contains("<script>"), "{page}");
        assert_eq!(page.matches("&#60;script&#62;").count(), 7, "{page}");
        assert!(page.contains(r#"href="/.auth/login/github?a=&#34;b""#));
        assert!(page.contains(r##"href="/.cygnet/#/requests/17""##));
        assert!(page.contains("use <code>this</code>"));
    }

    #[test]
    fn only_a_401_offers_to_sign_in_and_comes_back() {
        assert!(!error_page(404, None).contains("/.auth/login/"));
        assert!(!error_page(403, None).contains("/.auth/login/"));
        let page = ErrorPage {
            status: 401,
            providers: &["my-oidc".to_owned()],
            path: Some("/a b?\"<script>"),
            ..ErrorPage::default()
        }
        .to_html();
        assert!(page.contains(
            r#"href="/.auth/login/my-oidc?post_login_redirect_uri=%2Fa%20b%3F%22%3Cscript%3E""#
        ));
    }
}
