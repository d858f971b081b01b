//! JSON as its text says it: keys keep their order, which parsing into a map would lose.

use serde::de::IgnoredAny;

/// The text without the space between its tokens; `None` when it is not valid JSON.
pub(crate) fn compact(json: &[u8]) -> Option<String> {
    serde_json::from_slice::<IgnoredAny>(json).ok()?;
    let text = std::str::from_utf8(json).ok()?;
    let mut strings = Strings::default();
    let keep = |byte: &char| strings.inside(*byte) || !byte.is_ascii_whitespace();
    Some(text.chars().filter(keep).collect())
}

/// The members of an object in [`compact`] text, each with the text of its value; none when it is no object.
pub(crate) fn members(compact: &str) -> Vec<(String, &str)> {
    let inner = compact
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let Some(inner) = inner.filter(|inner| !inner.is_empty()) else {
        return Vec::new();
    };
    let (mut strings, mut depth) = (Strings::default(), 0usize);
    let between = |byte: char| {
        let inside = strings.inside(byte);
        match byte {
            '{' | '[' if !inside => depth += 1,
            '}' | ']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
        !inside && depth == 0 && byte == ','
    };
    let member = |text| {
        // A name is a string and knows its own end.
        let mut read = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let name = read.next()?.ok()?;
        Some((name, text[read.byte_offset()..].strip_prefix(':')?))
    };
    inner.split(between).filter_map(member).collect()
}

/// Which characters are within strings, asked in their order.
#[derive(Default)]
struct Strings {
    open: bool,
    escaped: bool,
}

impl Strings {
    fn inside(&mut self, next: char) -> bool {
        let was_open = self.open;
        if self.open {
            self.open = self.escaped || next != '"';
            self.escaped = next == '\\' && !self.escaped;
        } else {
            self.open = next == '"';
        }
        was_open || self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_strings_stay_as_they_are() {
        let text = br#" {"z, \"}": [1, {"b": " , ", "a": 2}], "a" :"\\", "n": null} "#;
        let compact = compact(text).unwrap();
        assert_eq!(
            compact,
            r#"{"z, \"}":[1,{"b":" , ","a":2}],"a":"\\","n":null}"#
        );
        let expected = [
            ("z, \"}", r#"[1,{"b":" , ","a":2}]"#),
            ("a", r#""\\""#),
            ("n", "null"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(members(&compact), expected);
        for (none, why) in [("[1]", "a list"), ("{}", "empty"), ("\"{}\"", "a text")] {
            assert!(members(none).is_empty(), "{why}");
        }
        assert!(super::compact(b"{\"a\": }").is_none());
    }
}
