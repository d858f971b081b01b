//! Request paths: decoded once, so that rules and file lookup can never disagree about what was asked for.

use std::borrow::Cow;

/// Decodes percent escapes (RS-34) and resolves dot segments. Malformed escapes, and escapes that are no UTF-8, stay as
/// they are: a bad path is a path that finds nothing, never an error. The result begins with a slash.
pub fn normalize(raw: &str) -> Cow<'_, str> {
    let decoded = decode(raw);
    if decoded.starts_with('/') && !has_dot_segment(&decoded) {
        return decoded;
    }
    let mut segments: Vec<&str> = Vec::new();
    let trimmed = decoded.strip_prefix('/').unwrap_or(&decoded);
    let mut last = "";
    for segment in trimmed.split('/') {
        last = segment;
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    // `/a/..` and `/a/.` name a folder, as in the URL standard.
    if matches!(last, "." | "..") {
        segments.push("");
    }
    Cow::Owned(format!("/{}", segments.join("/")))
}

fn has_dot_segment(path: &str) -> bool {
    // `memchr`-fast for the usual path, which holds no dot after a slash.
    path.match_indices("/.").any(|(at, _)| {
        let rest = &path.as_bytes()[at + 2..];
        matches!(rest, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..])
    })
}

fn decode(raw: &str) -> Cow<'_, str> {
    let Some(first) = raw.find('%') else {
        return Cow::Borrowed(raw);
    };
    let bytes = raw.as_bytes();
    let mut out = String::with_capacity(raw.len());
    out.push_str(&raw[..first]);
    let mut at = first;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            let next = raw[at..].find('%').map_or(raw.len(), |offset| at + offset);
            out.push_str(&raw[at..next]);
            at = next;
            continue;
        }
        let run: Vec<u8> = bytes[at..].chunks(3).map_while(escape).collect();
        if run.is_empty() {
            out.push('%');
            at += 1;
            continue;
        }
        push_utf8(&mut out, &run, &raw[at..at + run.len() * 3]);
        at += run.len() * 3;
    }
    Cow::Owned(out)
}

fn escape(chunk: &[u8]) -> Option<u8> {
    match chunk {
        [b'%', high, low] => {
            let digit = |byte: u8| (byte as char).to_digit(16);
            Some((digit(*high)? * 16 + digit(*low)?) as u8)
        }
        _ => None,
    }
}

/// Appends decoded bytes; those that are no UTF-8 keep their escapes from `raw`.
fn push_utf8(out: &mut String, bytes: &[u8], raw: &str) {
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        at += chunk.valid().len();
        let bad = chunk.invalid().len();
        out.push_str(&raw[at * 3..(at + bad) * 3]);
        at += bad;
    }
}

/// The path of a target, without its query.
pub fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or(target)
}

/// Whether a path belongs to the API once there is one: `/api` and `/api/…`, whatever the case of the letters (AP-3).
pub fn is_api(path: &str) -> bool {
    has_root(path, "/api")
}

/// Whether a path belongs to the database connection: `/data-api/…`, whatever the case of the letters (AP-80).
pub fn is_data_api(path: &str) -> bool {
    path.len() > "/data-api".len() && has_root(path, "/data-api")
}

/// Whether a path belongs to sign-in: `/.auth` and `/.auth/…` (RT-22).
pub fn is_auth(path: &str) -> bool {
    has_root(path, "/.auth")
}

/// The provider of `/.auth/login/<provider>`, the one sign-in path that a rule can match (RT-22).
pub fn login_provider(path: &str) -> Option<&str> {
    path.strip_prefix("/.auth/login/")
        .filter(|provider| !provider.is_empty() && !provider.contains('/'))
}

fn has_root(path: &str, root: &str) -> bool {
    path.get(..root.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(root))
        && matches!(path.as_bytes().get(root.len()), None | Some(b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rs_34_decodes_once_and_resolves_dots() {
        for (raw, path) in [
            ("/a", "/a"),
            ("/a%20b", "/a b"),
            ("/%61dmin/x", "/admin/x"),
            ("/%2e%2e/%2e%2e/etc/passwd", "/etc/passwd"),
            ("/a/./b/../c", "/a/c"),
            ("/a/..", "/"),
            ("/a/b/.", "/a/b/"),
            ("/.well-known/x", "/.well-known/x"),
            ("/100%", "/100%"),
            ("/%zz%4", "/%zz%4"),
            ("/%E0%A4%A", "/%E0%A4%A"),
            ("/%c3%a9%ff", "/é%ff"),
            ("/%252e", "/%2e"),
            ("*", "/*"),
            ("", "/"),
        ] {
            assert_eq!(normalize(raw), path, "{raw}");
        }
    }

    #[test]
    fn ap_3_api_and_rt_22_auth_roots() {
        assert!(
            is_api("/api")
                && is_api("/api/x")
                && is_api("/API/x")
                && !is_api("/apix")
                && !is_api("/ap")
        );
        assert!(is_auth("/.auth/me") && !is_auth("/.authx"));
        assert_eq!(login_provider("/.auth/login/github"), Some("github"));
        assert_eq!(login_provider("/.auth/login/github/callback"), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_never_climbs(raw in "(/|%2[eEfF]|%[0-9a-fA-F]{0,2}|\\.|[a-z%é]){0,24}") {
            let path = normalize(&raw);
            prop_assert!(path.starts_with('/'));
            prop_assert!(!path.split('/').any(|segment| segment == ".."), "{path}");
        }
    }
}
