//! The client's tag in a page. Pure: bytes in, bytes out.
//!
//! It goes where the page's own head begins, so that it runs before whatever in the page may fail, and nothing else of
//! the page moves.

use actix_web::http::header::{HeaderMap, HeaderName};
use bytes::Bytes;

use super::csp::{self, ScriptPermission};

/// Where the client is.
pub const CLIENT_PATH: &str = "/.cygnet/live.js";
/// The tag for a page of the app.
const TAG: &str = "<script src=\"/.cygnet/live.js\" async></script>";
/// The tag for the page that shows the findings itself: it reloads when they change and needs no overlay.
pub const TAG_OF_FINDINGS: &str =
    "<script src=\"/.cygnet/live.js\" async data-shows-findings></script>";

/// The header by which a browser says what it wants a file for; nothing else sends it.
pub const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// Whether a browser asks for a page to show.
pub fn is_for_document(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_DEST)
        .is_some_and(|dest| [&b"document"[..], b"iframe", b"frame"].contains(&dest.as_bytes()))
}

/// The tag that a page with this `Content-Security-Policy` may have.
pub fn tag(policy: Option<&str>) -> Option<String> {
    match csp::judge(policy.unwrap_or_default()) {
        ScriptPermission::Allowed => Some(TAG.to_owned()),
        ScriptPermission::WithNonce(nonce) => {
            Some(TAG.replace(" async", &format!(" async nonce=\"{nonce}\"")))
        }
        ScriptPermission::Forbidden => None,
    }
}

/// The page with the tag in it; `None` when it is in an encoding in which the tag would be no tag.
pub fn inject(page: &[u8], tag: &str) -> Option<Bytes> {
    if page.starts_with(b"\xff\xfe") || page.starts_with(b"\xfe\xff") {
        return None; // UTF-16
    }
    let (before, after) = page.split_at(place(page));
    Some([before, tag.as_bytes(), after].concat().into())
}

/// The offset behind `<head>`; where the page has none, before the first thing that its head or body would begin with.
fn place(page: &[u8]) -> usize {
    let mut at = if page.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    loop {
        let space = page[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let rest = &page[at + space..];
        let skipped = match rest {
            [b'<', b'!', b'-', b'-', ..] => comment(rest),
            [b'<', b'!' | b'?', ..] => memchr::memchr(b'>', rest).map(|end| end + 1),
            _ if is_tag(rest, b"html") => tag_end(rest),
            _ if is_tag(rest, b"head") => {
                return at + tag_end(rest).map_or(0, |end| space + end);
            }
            _ => None,
        };
        match skipped {
            Some(length) => at += space + length,
            None => return at,
        }
    }
}

/// The length of the comment at the start; `None` when it does not end.
fn comment(text: &[u8]) -> Option<usize> {
    if text.starts_with(b"<!-->") {
        return Some(5);
    }
    if text.starts_with(b"<!--->") {
        return Some(6);
    }
    let inside = text.get(4..)?;
    let end = |needle: &[u8]| memchr::memmem::find(inside, needle).map(|at| at + 4 + needle.len());
    match (end(b"-->"), end(b"--!>")) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn is_tag(text: &[u8], name: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"<") else {
        return false;
    };
    rest.len() > name.len()
        && rest[..name.len()].eq_ignore_ascii_case(name)
        && (rest[name.len()].is_ascii_whitespace() || b"/>".contains(&rest[name.len()]))
}

/// The length of the tag at the start; a `>` between quotes does not end it. `None` when it does not end.
fn tag_end(text: &[u8]) -> Option<usize> {
    let (mut quote, mut is_value) = (None, false);
    for (at, &byte) in text.iter().enumerate() {
        match quote {
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None => match byte {
                b'>' => return Some(at + 1),
                // A quote only opens a value right after its `=`.
                b'"' | b'\'' if is_value => (quote, is_value) = (Some(byte), false),
                b'=' => is_value = true,
                _ if byte.is_ascii_whitespace() => {}
                _ => is_value = false,
            },
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn where_the_tag_goes() {
        // `|` is the place.
        for page in [
            "<!doctype html><html><head>|<title>x</title></head>",
            "<!DOCTYPE html>\n<HTML lang=en>\n<HEAD\n>|\n<title>",
            "\u{feff}<!doctype html><head>|",
            "<html data-x=\"<head>\"><head data-y='>'>|x",
            "<html data-x=a\"b><head>|x",
            "<!-- <head> --><html><!--><head>|x",
            "<!--a--!><head>|",
            "<?xml version='1.0'?><html><head/>|",
            "<!doctype html>|<title>no head</title>",
            "<!doctype html><html>|<body><p>no head</p>",
            "<html>|<header>not a head</header>",
            "|<p>a fragment</p>",
            "|  just text with <head>",
            "|",
            "<!doctype html>|\n",
            "|<!-- never closed <head>",
            "<html>|<head unclosed",
            "|<script>\"<head>\"</script><head>",
            "|</html><head>",
        ] {
            let expected = page.replace('|', TAG);
            let found = inject(page.replace('|', "").as_bytes(), TAG).unwrap();
            assert_eq!(String::from_utf8(found.to_vec()).unwrap(), expected);
        }
        assert_eq!(inject(b"\xff\xfe<\0h\0", TAG), None);
    }

    #[test]
    fn the_policy_decides_on_the_tag() {
        assert_eq!(tag(None).as_deref(), Some(TAG));
        assert_eq!(tag(Some("default-src 'none'")), None);
        assert_eq!(
            tag(Some("script-src 'nonce-abc'")).as_deref(),
            Some("<script src=\"/.cygnet/live.js\" async nonce=\"abc\"></script>")
        );
    }

    proptest! {
        /// Whatever the bytes: without the tag it is the page, and the tag is there once more than before.
        #[test]
        fn only_the_tag_is_added(parts in proptest::collection::vec(prop_oneof![
            Just(&b"<!--"[..]), Just(&b"-->"[..]), Just(&b"<head>"[..]), Just(&b"<html a='"[..]), Just(&b"'>"[..]),
            Just(&b"\xef\xbb\xbf"[..]), Just(&b"<!doctype html>"[..]), Just(&b" \n"[..]), Just(&b"<"[..]), Just(&b"x\xff\0"[..]),
        ], 0..12)) {
            let page = parts.concat();
            let found = inject(&page, TAG).unwrap();
            let at = place(&page);
            prop_assert_eq!(&found[at..at + TAG.len()], TAG.as_bytes());
            prop_assert_eq!([&found[..at], &found[at + TAG.len()..]].concat(), page);
        }
    }
}
