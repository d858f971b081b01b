//! The session cookie (AU-50, AU-51, AU-54): `StaticWebAppsAuthCookie`, base64 of the principal's JSON.
//!
//! Azure's cookie is sealed; with the mock sign-in it is plain, as the incumbent's is, because end-to-end suites write it
//! themselves (a difference from Azure that we keep). What [`super::real::Sessions`] seals has the same names. Reading never fails: a cookie that makes no sense is
//! [`CookieReading::Malformed`] and its sender is anonymous.

use super::principal::ClientPrincipal;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use memchr::memmem;
use std::borrow::Cow;
use std::collections::HashSet;

/// Name of the session cookie; chunks are called `<name>_0`, `<name>_1`, ….
pub const COOKIE_NAME: &str = "StaticWebAppsAuthCookie";

/// Longest cookie value in characters before it is cut into chunks (AU-51).
pub const CHUNK_LENGTH: usize = 2000;

/// Lifetime of a session in seconds: 8 hours from sign-in, not sliding (AU-50).
pub const SESSION_SECONDS: u32 = 28_800;

/// Most chunks of one session: 32,000 characters. More would not pass the request-head limits of common servers, and
/// the browser would be locked out of every page until it drops its cookies.
pub const MAX_CHUNKS: usize = 16;

/// What the `Cookie` headers of a request say about its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CookieReading {
    /// No session cookie.
    Anonymous,
    /// A readable session cookie.
    SignedIn(ClientPrincipal),
    /// A session cookie that says nothing usable; the sender counts as anonymous. Carries the reason.
    Malformed(String),
}

impl CookieReading {
    /// The signed-in user, if there is one.
    pub fn principal(&self) -> Option<&ClientPrincipal> {
        match self {
            Self::SignedIn(principal) => Some(principal),
            Self::Anonymous | Self::Malformed(_) => None,
        }
    }
}

/// Reads the session cookie from the raw values of all `Cookie` headers.
///
/// Accepts standard and URL-safe base64, padded or not, percent-encoded or quoted, UTF-8 or the Latin-1 that a
/// browser's `btoa` makes; one cookie, or chunks `_0`, `_1`, … up to the first gap.
pub fn principal_from_cookies<'a>(cookie_headers: impl Iterator<Item = &'a [u8]>) -> CookieReading {
    read_session(cookie_headers, decode)
}

/// Reads the session cookie, or its chunks put together, by `decode`, which says what is wrong with a value.
pub(super) fn read_session<'a>(
    cookie_headers: impl Iterator<Item = &'a [u8]>,
    decode: impl FnOnce(&[u8]) -> Result<ClientPrincipal, String>,
) -> CookieReading {
    let mut whole: Option<&[u8]> = None;
    let mut chunks: Vec<(u16, &[u8])> = Vec::new();
    for_each_auth_cookie(cookie_headers, |name, value| match name {
        AuthCookie::Whole if whole.is_none() && !value.is_empty() => whole = Some(value),
        AuthCookie::Whole => {}
        AuthCookie::Chunk(index) => chunks.push((index, value)),
    });
    let joined = match whole {
        Some(value) => Cow::Borrowed(value),
        None => Cow::Owned(join_chunks(chunks)),
    };
    // `deleted` is what signing out writes; a client without a clock may send it back.
    if joined.is_empty() || *joined == *b"deleted" {
        return CookieReading::Anonymous;
    }
    match decode(&joined) {
        Ok(principal) => CookieReading::SignedIn(principal),
        Err(reason) => CookieReading::Malformed(reason),
    }
}

/// The value of another cookie than the session's, as it was sent.
pub fn value_of<'a>(cookie_headers: impl Iterator<Item = &'a [u8]>, name: &str) -> Option<&'a str> {
    cookie_headers
        .filter_map(|header| std::str::from_utf8(header).ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The names of the session cookie and its chunks that a request carries, each once, in the order sent.
pub fn auth_cookie_names<'a>(cookie_headers: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut names = Vec::new();
    let mut known = HashSet::new();
    for_each_auth_cookie(cookie_headers, |name, _| {
        if known.insert(name) {
            names.push(match name {
                AuthCookie::Whole => COOKIE_NAME.to_owned(),
                AuthCookie::Chunk(index) => chunk_name(index.into()),
            });
        }
    });
    names
}

/// The `Set-Cookie` values that sign `principal` in.
///
/// Cookies among `existing` that are not overwritten are deleted, else a shorter session would end in the chunks of a
/// longer one. `secure` adds the `Secure` attribute: only right when the request came by https.
///
/// # Errors
/// A sentence, when the principal needs more than [`MAX_CHUNKS`] chunks.
pub fn set_cookie_headers(
    principal: &ClientPrincipal,
    existing: &[String],
    secure: bool,
) -> Result<Vec<String>, String> {
    let value = STANDARD.encode(principal.to_cookie_json());
    write_session(&value, existing, secure)
}

/// The same for a value that is ASCII.
pub(super) fn write_session(
    value: &str,
    existing: &[String],
    secure: bool,
) -> Result<Vec<String>, String> {
    let secure = if secure { "; Secure" } else { "" };
    let written: Vec<(String, &str)> = if value.len() <= CHUNK_LENGTH {
        vec![(COOKIE_NAME.to_owned(), value)]
    } else {
        // In ASCII, every byte position is a character boundary.
        (0..value.len().div_ceil(CHUNK_LENGTH))
            .map(|index| {
                let start = index * CHUNK_LENGTH;
                let end = (start + CHUNK_LENGTH).min(value.len());
                (chunk_name(index), value.get(start..end).unwrap_or_default())
            })
            .collect()
    };
    if written.len() > MAX_CHUNKS {
        return Err(format!(
            "the session would need {} cookies of {CHUNK_LENGTH} characters; {MAX_CHUNKS} are the limit (hint: fewer or shorter claims)",
            written.len()
        ));
    }
    let stale = existing
        .iter()
        .filter(|name| is_auth_cookie(name) && written.iter().all(|(new, _)| new != *name))
        .map(|name| deletion(name));
    let set = written.iter().map(|(name, value)| {
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS}{secure}")
    });
    Ok(stale.chain(set).collect())
}

/// The `Set-Cookie` values that sign out: the session cookie itself and each chunk among `existing`, in the
/// incumbent's words.
pub fn clear_cookie_headers(existing: &[String]) -> Vec<String> {
    let chunks = existing
        .iter()
        .filter(|name| *name != COOKIE_NAME && is_auth_cookie(name));
    std::iter::once(deletion(COOKIE_NAME))
        .chain(chunks.map(|name| deletion(name)))
        .collect()
}

fn deletion(name: &str) -> String {
    format!("{name}=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
}

fn chunk_name(index: usize) -> String {
    format!("{COOKIE_NAME}_{index}")
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum AuthCookie {
    Whole,
    Chunk(u16),
}

fn is_auth_cookie(name: &str) -> bool {
    classify(name.as_bytes()).is_some()
}

fn classify(name: &[u8]) -> Option<AuthCookie> {
    let rest = name.strip_prefix(COOKIE_NAME.as_bytes())?;
    if rest.is_empty() {
        return Some(AuthCookie::Whole);
    }
    let digits = std::str::from_utf8(rest.strip_prefix(b"_")?).ok()?;
    let index: u16 = digits.parse().ok()?;
    // `_00` and `_+1` parse too, but are no names that anybody writes or that deletion would hit.
    (index.to_string() == digits).then_some(AuthCookie::Chunk(index))
}

fn for_each_auth_cookie<'a>(
    headers: impl Iterator<Item = &'a [u8]>,
    mut visit: impl FnMut(AuthCookie, &'a [u8]),
) {
    for header in headers {
        // Most requests carry no session: one search decides that, without looking at single cookies.
        if memmem::find(header, COOKIE_NAME.as_bytes()).is_none() {
            continue;
        }
        for pair in header.split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let Some(equals) = memchr::memchr(b'=', pair) else {
                continue;
            };
            if let Some(name) = classify(pair[..equals].trim_ascii()) {
                visit(name, unquoted(pair[equals + 1..].trim_ascii()));
            }
        }
    }
}

fn unquoted(value: &[u8]) -> &[u8] {
    value
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""))
        .unwrap_or(value)
}

fn join_chunks(mut chunks: Vec<(u16, &[u8])>) -> Vec<u8> {
    // Stable, so that of two cookies with one name the first wins, as everywhere.
    chunks.sort_by_key(|(index, _)| *index);
    chunks.dedup_by_key(|(index, _)| *index);
    chunks
        .iter()
        .enumerate()
        .take_while(|(place, (index, value))| *place == usize::from(*index) && !value.is_empty())
        .flat_map(|(_, (_, value))| value.iter().copied())
        .collect()
}

const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn decode(value: &[u8]) -> Result<ClientPrincipal, String> {
    let mut standard: Vec<u8> = percent_encoding::percent_decode(value)
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        })
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    while standard.last() == Some(&b'=') {
        standard.pop();
    }
    let bytes = LENIENT_BASE64
        .decode(&standard)
        .map_err(|error| format!("the `{COOKIE_NAME}` cookie is not base64: {error}"))?;
    // `btoa` in a browser makes one byte of each character up to U+00FF.
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect());
    ClientPrincipal::from_json(&text)
        .map_err(|error| format!("the `{COOKIE_NAME}` cookie holds no client principal: {error}"))
}

#[cfg(test)]
#[path = "cookie_tests.rs"]
mod tests;
