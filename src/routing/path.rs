//! Request paths: decoded once, so that rules and file lookup can never disagree about what was asked for.

use std::borrow::Cow;

/// The path as rules and the file lookup see it: [`clean`], then [`decode`]. Begins with a slash.
pub fn normalize(raw: &str) -> Cow<'_, str> {
    match clean(raw) {
        Cow::Borrowed(raw) => decode(raw),
        Cow::Owned(clean) => Cow::Owned(decode(&clean).into_owned()),
    }
}

/// A raw path whose structure has one spelling: every separator (`\`, `%2F`, `%5C` too) is a slash, slashes are single,
/// and dot segments are resolved as in the URL standard, however they are escaped. All else stays byte for byte. What
/// answers a request gets this path, so nobody reads another one out of it than the rules have judged. How Azure spells
/// such paths for backends is not known. Begins with a slash.
pub fn clean(raw: &str) -> Cow<'_, str> {
    if is_clean(raw) {
        return Cow::Borrowed(raw);
    }
    let mut segments: Vec<&str> = Vec::new();
    // `/a/`, `/a/b/..` and `/a/.` name a folder.
    let mut is_folder = false;
    let mut rest = Some(raw);
    while let Some(text) = rest {
        let (segment, after) = split(text);
        is_folder = match dots(segment) {
            Some(2) => {
                segments.pop();
                true
            }
            Some(_) => true,
            None => {
                segments.push(segment);
                false
            }
        };
        rest = after;
    }
    let end = if is_folder && !segments.is_empty() {
        "/"
    } else {
        ""
    };
    Cow::Owned(format!("/{}{end}", segments.join("/")))
}

/// Whether [`clean`] would change nothing, as far as one look tells.
fn is_clean(raw: &str) -> bool {
    let bytes = raw.as_bytes();
    let is_plain = |at: usize| match &bytes[at..] {
        [b'/', b'.', rest @ ..] => rest.first().is_some_and(u8::is_ascii_alphanumeric),
        [b'\\', ..] | [b'/', b'/', ..] => false,
        [b'%', b'2', low, ..] => !matches!(low, b'e' | b'E' | b'f' | b'F'),
        [b'%', b'5', low, ..] => !matches!(low, b'c' | b'C'),
        _ => true,
    };
    raw.starts_with('/') && (0..bytes.len()).all(is_plain)
}

/// The first segment, and what follows its separator.
fn split(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    let separator = |at: usize| match &bytes[at..] {
        [b'/' | b'\\', ..] => Some((at, 1)),
        [b'%', b'2', b'f' | b'F', ..] | [b'%', b'5', b'c' | b'C', ..] => Some((at, 3)),
        _ => None,
    };
    match (0..bytes.len()).find_map(separator) {
        Some((at, length)) => (&text[..at], Some(&text[at + length..])),
        None => (text, None),
    }
}

/// How many dots a segment is, when it is nothing else; Java's servers drop what follows a `;`.
fn dots(segment: &str) -> Option<usize> {
    match decode(segment).split(';').next()? {
        "" if segment.is_empty() => Some(0),
        "." => Some(1),
        ".." => Some(2),
        _ => None,
    }
}

/// Decodes percent escapes once (RS-34). Malformed escapes, and escapes that are no UTF-8, stay as they are: a bad path is
/// a path that finds nothing, never an error.
pub fn decode(raw: &str) -> Cow<'_, str> {
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

/// The provider of `/.auth/login/<provider>`, the one sign-in path that a rule can match (RT-22), whatever the case of the
/// letters.
pub fn login_provider(path: &str) -> Option<&str> {
    const LOGIN: &str = "/.auth/login/";
    path.split_at_checked(LOGIN.len())
        .filter(|(start, _)| start.eq_ignore_ascii_case(LOGIN))
        .map(|(_, provider)| provider)
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
            ("//a///b//", "/a/b/"),
            ("/a%2Fb%5cc\\d", "/a/b/c/d"),
            ("/a/..%2fb", "/b"),
            ("/a\\..\\b", "/b"),
            ("/a/..;x=y/b", "/b"),
            ("/a;/b;x", "/a;/b;x"),
            ("/.../..a/.b", "/.../..a/.b"),
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

    #[test]
    fn what_is_clean_passes_byte_for_byte() {
        for (raw, clean_path) in [
            ("/a%20b/%41%ff?", "/a%20b/%41%ff?"),
            ("/a%20b//%41%ff", "/a%20b/%41%ff"),
            ("/%252e%252e/x", "/%252e%252e/x"),
            ("/.well-known/a..b", "/.well-known/a..b"),
            ("/x/%2E%2e/%41", "/%41"),
            ("/x%2ey", "/x%2ey"),
        ] {
            assert_eq!(clean(raw), clean_path, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_never_climbs(raw in "(/|\\\\|;|%2[eEfF]|%5[cC]|%[0-9a-fA-F]{0,2}|\\.|[a-z%é]){0,24}") {
            let path = normalize(&raw);
            prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains('\\'), "{path}");
            prop_assert!(!path.split('/').any(|segment| segment == ".."), "{path}");
            let clean_path = clean(&raw);
            prop_assert_eq!(&*path, &*decode(&clean_path));
            prop_assert_eq!(clean(&clean_path), &*clean_path);
        }

        /// A server that reads the path as the URL standard does, and then decodes it, comes to what the rules saw.
        #[test]
        fn what_is_sent_is_read_as_it_was_judged(raw in "(/|\\\\|;|%2[eEfF0]|%5[cC]|%[0-9a-f]{2}|\\.|[a-cA-Cé:@]){0,24}") {
            let url = url::Url::parse(&format!("http://host{}", clean(&raw))).unwrap();
            prop_assert_eq!(&*decode(url.path()), &*normalize(&raw));
            let joined = url::Url::parse("http://host/").unwrap().join(&clean(&raw)).unwrap();
            prop_assert_eq!(joined.host_str(), Some("host"));
        }
    }
}
