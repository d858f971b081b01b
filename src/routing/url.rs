//! Text of the program as part of a URL.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// A target from the configuration as a `Location`: as written, with only what a header cannot hold escaped.
pub fn location(to: &str) -> Cow<'_, str> {
    const FORBIDDEN: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\');
    utf8_percent_encode(to, FORBIDDEN).into()
}

/// A decoded path as part of a URL.
pub fn encode_path(path: &str) -> Cow<'_, str> {
    const RESERVED: &AsciiSet = &CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'`')
        .add(b'{')
        .add(b'}')
        .add(b'\\')
        .add(b'^')
        .add(b'|');
    utf8_percent_encode(path, RESERVED).into()
}

/// Text as one value inside a query, like JavaScript's `encodeURIComponent`.
pub fn encode_component(text: &str) -> Cow<'_, str> {
    const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');
    utf8_percent_encode(text, COMPONENT).into()
}
