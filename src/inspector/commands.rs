//! A request as commands that make it again.

use std::borrow::Cow;

use super::entry::Entry;
use super::redact::Secrets;
use super::shown::{Side, body, headers};

/// Headers that curl says itself.
const CURLS_OWN: [&str; 5] = [
    "host",
    "content-length",
    "connection",
    "accept-encoding",
    "expect",
];

/// `curl …`; with placeholders where secrets are hidden.
pub fn curl(entry: &Entry, url: &str, secrets: Secrets) -> String {
    let mut words = vec!["curl".to_owned(), "-i".to_owned()];
    if entry.method != "GET" {
        let method = entry.method.as_str();
        words.push(if method == "HEAD" {
            "-I".to_owned()
        } else {
            format!("-X {method}")
        });
    }
    words.push(quoted(&secrets.url(url)).into_owned());
    let kept = headers(entry.heads.as_ref().map(|heads| &heads.request), secrets);
    for (name, value) in kept
        .iter()
        .filter(|(name, _)| !CURLS_OWN.contains(&name.as_str()))
    {
        words.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    if let Some(text) = body(entry, Side::Request, secrets).and_then(|body| body.text)
        && !text.is_empty()
    {
        words.push(format!("--data-binary {}", quoted(&text)));
    }
    words.join(" ")
}

/// `cygnet explain …`.
pub fn explain(entry: &Entry, secrets: Secrets) -> String {
    let mut command = "cygnet explain".to_owned();
    if entry.method != "GET" {
        command.push_str(&format!(" {}", entry.method));
    }
    command.push_str(&format!(" {}", quoted(&secrets.url(entry.target()))));
    let caller = entry.facts().caller.as_ref();
    let roles = caller.into_iter().flat_map(|caller| &caller.user_roles);
    let own: Vec<&String> = roles.filter(|role| *role != "anonymous").collect();
    let asked = own
        .iter()
        .filter(|role| own.len() == 1 || **role != "authenticated");
    for role in asked {
        command.push_str(&format!(" --role {}", quoted(role)));
    }
    command
}

/// A word for a shell. What no shell can say, a NUL, is left out.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.:=,@".contains(&byte);
    match !word.is_empty() && word.bytes().all(plain) {
        true => Cow::Borrowed(word),
        false => Cow::Owned(format!(
            "'{}'",
            word.replace('\0', "").replace('\'', r"'\''")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, shown) in [
            ("/api/x", "/api/x"),
            ("/x?a=1&b", "'/x?a=1&b'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("$(id)", "'$(id)'"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
