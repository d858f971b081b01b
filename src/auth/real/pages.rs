//! The page of a sign-in that failed at the provider.

use askama::Template;

use super::error::{SignInError, split_hint};
use crate::pages::{error::provider_label, render};

/// What failed, and where.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// By its name in URLs.
    pub provider: &'a str,
    /// Why.
    pub error: &'a SignInError,
    /// What has to be registered at the provider.
    pub redirect_uri: &'a str,
    /// The address that begins anew.
    pub again: &'a str,
    /// Whether browsers come by https.
    pub secure: bool,
}

/// The page. What the provider said is text in it, whatever it holds.
pub fn failure_page(failure: &Failure<'_>) -> String {
    let error = failure.error;
    let why = error.to_string();
    // Not in what the provider wrote.
    let (why, own_hint) = match error {
        SignInError::Provider { .. } => (&*why, None),
        _ => split_hint(&why),
    };
    render(&FailureTemplate {
        label: provider_label(failure.provider),
        lead: match error {
            SignInError::Provider { .. } => "The provider refused, in these words:",
            SignInError::Unavailable(_) => "The provider gave no answer that could be used:",
            SignInError::Refused(_) => "What the provider answered was refused:",
            SignInError::NotBegun(_) => "This answer ends no sign-in of this browser:",
            SignInError::Emulator(_) => "The emulator could not go on:",
        },
        why,
        hint: own_hint.or(error.hint()),
        redirect_uri: failure.redirect_uri,
        again: failure.again,
        secure: failure.secure,
    })
}

#[derive(Template)]
#[template(path = "sign_in_failed.html")]
struct FailureTemplate<'a> {
    label: &'a str,
    lead: &'static str,
    why: &'a str,
    hint: Option<&'a str>,
    redirect_uri: &'a str,
    again: &'a str,
    secure: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_providers_text_as_text_the_hint_and_what_to_register() {
        let page = |error: &SignInError| {
            failure_page(&Failure {
                provider: "my-idp",
                error,
                redirect_uri: "http://localhost:4280/.auth/login/my-idp/callback",
                again: "/.auth/login/my-idp",
                secure: false,
            })
        };
        let denied = page(&SignInError::Provider {
            code: "access_denied".to_owned(),
            description: Some("<script>alert(1)</script>".to_owned()),
        });
        assert!(!denied.contains("<script>alert"), "{denied}");
        assert!(denied.contains("did not consent"), "{denied}");
        let uri = ">http://localhost:4280/.auth/login/my-idp/callback</code>";
        assert!(denied.contains(uri), "{denied}");
        assert!(denied.contains("--ssl"), "{denied}");
        let skewed = page(&SignInError::Refused(
            "it is late (hint: look at the clock)".into(),
        ));
        assert!(skewed.contains("<p>it is late</p>"), "{skewed}");
        assert!(skewed.contains("look at the clock"), "{skewed}");
    }
}
