//! Why a sign-in at a provider failed.

/// A failed sign-in. The texts are for the person who develops the app; what a provider wrote is shown as it came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The provider refused, in its own words.
    #[error("{}", in_words(.code, .description.as_deref()))]
    Provider {
        /// `access_denied`, `invalid_client`, …
        code: String,
        /// `error_description`
        description: Option<String>,
    },
    /// It does not answer, or not as its protocol says.
    #[error("{0}")]
    Unavailable(String),
    /// What it answered proves nothing.
    #[error("{0}")]
    Refused(String),
    /// Nothing that this browser began.
    #[error("{0}")]
    NotBegun(String),
    /// The emulator itself cannot go on.
    #[error("{0}")]
    Emulator(String),
}

impl SignInError {
    /// The status of the page that says so.
    pub fn status(&self) -> u16 {
        match self {
            Self::Provider { code, .. } if is_denial(code) => 403,
            Self::Provider { .. } | Self::Refused(_) => 401,
            Self::Unavailable(_) => 502,
            Self::NotBegun(_) => 400,
            Self::Emulator(_) => 500,
        }
    }

    /// What to do about it, in a sentence with backticks around code.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Provider { code, .. } => match code.as_str() {
                "access_denied" | "consent_required" => {
                    "the user, or an administrator, did not consent: sign in again and accept, or ask for fewer scopes"
                }
                "invalid_client" | "unauthorized_client" => {
                    "compare the values of the settings that the configuration names with the registration at the provider"
                }
                "redirect_uri_mismatch" | "invalid_redirect_uri" => {
                    "register the redirect URI below at the provider, exactly as it is written"
                }
                "invalid_grant" => {
                    "a code is good once and for a minute or so: sign in again; if that fails too, the redirect URI below is not the registered one"
                }
                "invalid_scope" => {
                    "compare `login.scopes` with what the provider allows this client"
                }
                "invalid_request" => {
                    "if the provider takes redirect URIs by https only, start with `--ssl` and register the one that is shown then"
                }
                _ => return None,
            },
            Self::Unavailable(_) => {
                "if it is up again, try once more; the addresses come from the configuration and from the provider's own document"
            }
            Self::NotBegun(_) => {
                "a sign-in is good for ten minutes, once, and in the browser and at the host (`localhost` is not `127.0.0.1`) where it began"
            }
            Self::Refused(_) | Self::Emulator(_) => return None,
        })
    }
}

/// A sentence and the hint in brackets at its end.
pub fn split_hint(sentence: &str) -> (&str, Option<&str>) {
    match sentence.split_once(" (hint: ") {
        Some((sentence, hint)) => (sentence, hint.strip_suffix(')')),
        None => (sentence, None),
    }
}

fn is_denial(code: &str) -> bool {
    matches!(
        code,
        "access_denied" | "consent_required" | "interaction_required" | "login_required"
    )
}

fn in_words(code: &str, description: Option<&str>) -> String {
    match description {
        Some(description) => format!("`{code}`: {description}"),
        None => format!("`{code}`"),
    }
}
