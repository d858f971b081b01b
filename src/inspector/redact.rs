//! What is secret is not shown unless somebody asks for it who has the token of the page: headers, cookies, query values and
//! fields of bodies by their names.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// Stands for what is not shown.
pub const HIDDEN: &str = "‹redacted›";

/// Parts of names whose values are secret.
const SECRET: &str = "passw|pwd|secret|token|api_?-?key|functions-key|subscription-key|access_?key|credential|signature|authorization|private_?key|connection_?string|verifier";
/// Whole names of query values that are: those of Functions keys, of shared access signatures and of sign-in.
const SECRET_WORDS: &str = "code|sig|key|otp|pin|nonce|state|session_state";

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&$text).ok());
    };
}

pattern!(NAME, format!("(?i){SECRET}|cookie"));
pattern!(
    PAIR,
    format!(r"(?i)([?&#;]|^)((?:[^=&?#;]*(?:{SECRET})[^=&?#;]*|{SECRET_WORDS})=)([^&#;\s]*)")
);
pattern!(
    FIELD,
    format!(
        r#"(?i)("(?:[^"\\]*(?:{SECRET})[^"\\]*|{SECRET_WORDS})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}}\]\[{{"]+)"#
    )
);
pattern!(
    PART,
    format!(r#"(?i)(name="[^"]*(?:{SECRET})[^"]*"[^\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)([^\r\n]*)"#)
);

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Their names alone.
    Hidden,
    /// With their values.
    Shown,
}

impl Secrets {
    /// The value of a header as it is shown. Of cookies the names stay, of credentials the scheme.
    pub fn header<'v>(self, name: &str, value: &'v str) -> Cow<'v, str> {
        let is_secret = NAME.as_ref().is_none_or(|names| names.is_match(name));
        match self {
            Self::Shown => Cow::Borrowed(value),
            Self::Hidden if !is_secret => self.url(value),
            Self::Hidden => Cow::Owned(hidden_header(name, value)),
        }
    }

    /// A URL, or its path and query, as it is shown.
    pub fn url(self, url: &str) -> Cow<'_, str> {
        match self {
            Self::Hidden if url.contains('=') => replaced(&PAIR, url, |found| {
                format!("{}{}{HIDDEN}", &found[1], &found[2])
            }),
            _ => Cow::Borrowed(url),
        }
    }

    /// Everything of a value, whose texts may hold URLs, as it is shown.
    pub fn texts(self, mut value: Value) -> Value {
        match &mut value {
            Value::String(text) => *text = self.url(text).into_owned(),
            Value::Array(list) => list
                .iter_mut()
                .for_each(|one| *one = self.texts(one.take())),
            Value::Object(fields) => {
                fields
                    .values_mut()
                    .for_each(|one| *one = self.texts(one.take()));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        value
    }

    /// The text of a body as it is shown.
    pub fn body<'t>(self, content_type: Option<&str>, text: &'t str) -> Cow<'t, str> {
        let essence = content_type.unwrap_or_default().to_ascii_lowercase();
        match self {
            Self::Shown => Cow::Borrowed(text),
            Self::Hidden if essence.starts_with("application/x-www-form-urlencoded") => {
                self.url(text)
            }
            Self::Hidden if essence.starts_with("multipart/") => {
                replaced(&PART, text, |found| format!("{}{HIDDEN}", &found[1]))
            }
            Self::Hidden => replaced(&FIELD, text, |found| format!("{}\"{HIDDEN}\"", &found[1])),
        }
    }
}

/// Hides everything where the pattern is none, which a test rules out.
fn replaced<'t>(
    pattern: &LazyLock<Option<Regex>>,
    text: &'t str,
    with: impl Fn(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    match &**pattern {
        Some(pattern) => pattern.replace_all(text, with),
        None => Cow::Borrowed(HIDDEN),
    }
}

fn hidden_header(name: &str, value: &str) -> String {
    match name {
        "cookie" => {
            let names = value.split(';').map(|pair| cookie_name(pair.trim()));
            names.collect::<Vec<_>>().join("; ")
        }
        "set-cookie" => {
            let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
            let rest = if rest.is_empty() {
                String::new()
            } else {
                format!(";{rest}")
            };
            format!("{}{rest}", cookie_name(pair))
        }
        _ => match value.split_once(' ') {
            Some((scheme, _)) if scheme.chars().all(|letter| letter.is_ascii_alphabetic()) => {
                format!("{scheme} {HIDDEN}")
            }
            _ => HIDDEN.to_owned(),
        },
    }
}

fn cookie_name(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Secrets::Hidden, *};

    #[test]
    fn headers() {
        for (name, value, shown) in [
            ("authorization", "Bearer abc.def", "Bearer ‹redacted›"),
            ("authorization", "abc", "‹redacted›"),
            (
                "cookie",
                "a=1; theme=dark",
                "a=‹redacted›; theme=‹redacted›",
            ),
            (
                "set-cookie",
                "s=1; Path=/; HttpOnly",
                "s=‹redacted›; Path=/; HttpOnly",
            ),
            ("x-functions-key", "abc", "‹redacted›"),
            ("ocp-apim-subscription-key", "abc", "‹redacted›"),
            ("x-ms-auth-token", "Bearer a", "Bearer ‹redacted›"),
            ("x-api-key", "a", "‹redacted›"),
            ("accept", "text/html; q=0.9", "text/html; q=0.9"),
            ("location", "/cb?code=abc&x=1", "/cb?code=‹redacted›&x=1"),
            (
                "www-authenticate",
                "Bearer realm=\"x\"",
                "Bearer realm=\"x\"",
            ),
        ] {
            assert_eq!(Hidden.header(name, value), shown, "{name}");
            assert_eq!(Secrets::Shown.header(name, value), value);
        }
    }

    #[test]
    fn urls() {
        for (url, shown) in [
            ("/api/x?code=abc", "/api/x?code=‹redacted›"),
            ("/x?a=1&sig=z%3D&b=2", "/x?a=1&sig=‹redacted›&b=2"),
            ("/x?Access_Token=z#y", "/x?Access_Token=‹redacted›#y"),
            (
                "/cb?oauth_verifier=a&iss=b",
                "/cb?oauth_verifier=‹redacted›&iss=b",
            ),
            ("/x?zip_code=1&barcode=2", "/x?zip_code=1&barcode=2"),
            (
                "the API, asked for /x?code=1 by name",
                "the API, asked for /x?code=‹redacted› by name",
            ),
            ("/a=b", "/a=b"),
        ] {
            assert_eq!(Hidden.url(url), shown);
        }
    }

    #[test]
    fn bodies() {
        let json = Some("application/json");
        for (kind, text, shown) in [
            (
                json,
                r#"{"user":"a","password":"b\"c","n":1}"#,
                r#"{"user":"a","password":"‹redacted›","n":1}"#,
            ),
            (
                json,
                r#"{"access_token": 12, "x": 1}"#,
                r#"{"access_token": "‹redacted›", "x": 1}"#,
            ),
            (
                json,
                r#"{"clientSecret": "cut of"#,
                r#"{"clientSecret": "‹redacted›""#,
            ),
            (
                Some("application/x-www-form-urlencoded"),
                "user=a&password=b",
                "user=a&password=‹redacted›",
            ),
            (
                Some("multipart/form-data; boundary=x"),
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nb\r\n--x--",
                "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n‹redacted›\r\n--x--",
            ),
            (None, "plain text", "plain text"),
        ] {
            assert_eq!(Hidden.body(kind, text), shown);
        }
    }
}
