//! Typed access to the AST that reports what does not fit.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use crate::finding::{Finding, Span, Spanned, nearest};

/// Place of an AST value.
pub(crate) fn span(value: &Value<'_>) -> Span {
    let range = value.range();
    Span {
        start: range.start,
        end: range.end,
    }
}

/// What a value is, for messages.
pub(crate) fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::NullKeyword(_) => "null",
    }
}

/// Typed access to AST values. Each method reports a wrong type once and gives `None`.
pub(crate) struct Reader<'o> {
    pub(crate) out: &'o mut Vec<Finding>,
    /// The rule that says which keys and types there are; empty for a file that only the emulator reads.
    pub(crate) code: &'static str,
    /// Who reads the file.
    pub(crate) reader: &'static str,
}

impl Reader<'_> {
    /// Reports a value that is not what is wanted, such as `a string`.
    pub(crate) fn wrong(&mut self, what: &str, wanted: &str, value: &Value<'_>) {
        let message = format!("`{what}` must be {wanted}, but is {}", kind(value));
        let found = Finding::error(self.code, span(value), message);
        self.out.push(found);
    }

    pub(crate) fn object<'v, 'a>(
        &mut self,
        what: &str,
        value: &'v Value<'a>,
    ) -> Option<&'v Object<'a>> {
        let found = value.as_object();
        if found.is_none() {
            self.wrong(what, "an object", value);
        }
        found
    }

    pub(crate) fn array<'v, 'a>(
        &mut self,
        what: &str,
        value: &'v Value<'a>,
    ) -> Option<&'v [Value<'a>]> {
        let found = value.as_array();
        if found.is_none() {
            self.wrong(what, "an array", value);
        }
        found.map(|array| array.elements.as_slice())
    }

    pub(crate) fn string(&mut self, what: &str, value: &Value<'_>) -> Option<Spanned<String>> {
        let found = value.as_string_lit();
        if found.is_none() {
            self.wrong(what, "a string", value);
        }
        found.map(|text| Spanned::new(text.value.to_string(), span(value)))
    }

    pub(crate) fn strings(&mut self, what: &str, value: &Value<'_>) -> Vec<Spanned<String>> {
        let Some(elements) = self.array(what, value) else {
            return Vec::new();
        };
        let item = format!("{what}[]");
        elements
            .iter()
            .filter_map(|element| self.string(&item, element))
            .collect()
    }

    /// A status code; quoted digits are seen in working configurations (RT-6).
    pub(super) fn status(&mut self, what: &str, value: &Value<'_>) -> Option<Spanned<u16>> {
        let at = span(value);
        let text = match value {
            Value::NumberLit(number) => number.value.to_string(),
            Value::StringLit(text) => {
                let message = format!("`{what}` is a number in quotes");
                self.out
                    .push(Finding::warning("RT-6", at, message).hint("write it without quotes"));
                text.value.trim().to_string()
            }
            _ => {
                self.wrong(what, "a number", value);
                return None;
            }
        };
        match text.parse::<u16>() {
            Ok(code) if (200..=599).contains(&code) => Some(Spanned::new(code, at)),
            _ => {
                let message =
                    format!("`{what}` must be a status code from 200 to 599, but is `{text}`");
                self.out.push(Finding::error("RT-6", at, message));
                None
            }
        }
    }

    /// A map of strings, in the order of the file.
    pub(crate) fn string_map(
        &mut self,
        what: &str,
        value: &Value<'_>,
    ) -> Vec<(Spanned<String>, Spanned<String>)> {
        let Some(object) = self.object(what, value) else {
            return Vec::new();
        };
        let mut pairs: Vec<(Spanned<String>, Spanned<String>)> = Vec::new();
        for property in &object.properties {
            let name = property.name.as_str();
            let item = format!("{what}.{name}");
            let Some(text) = self.string(&item, &property.value) else {
                continue;
            };
            let at = property.name.range();
            let at = Span {
                start: at.start,
                end: at.end,
            };
            pairs.retain(|(known, _)| known.value != name);
            pairs.push((Spanned::new(name.to_string(), at), text));
        }
        pairs
    }

    /// Reports keys that are not in `known`, with the nearest known one (CF-8). A key written twice: the last counts,
    /// as in every JSON reader, and that is said.
    pub(crate) fn known_keys(
        &mut self,
        place: &str,
        object: &Object<'_>,
        known: &[&str],
        legacy: &[(&str, &str)],
    ) {
        for (index, property) in object.properties.iter().enumerate() {
            let name = property.name.as_str();
            let range = property.name.range();
            let at = Span {
                start: range.start,
                end: range.end,
            };
            if object.properties[..index]
                .iter()
                .any(|earlier| earlier.name.as_str() == name)
            {
                let message = format!("`{name}` appears twice in {place}; the last one counts");
                self.out.push(Finding::warning(self.code, at, message));
            }
            if known.contains(&name) {
                continue;
            }
            let reader = self.reader;
            let message = format!("unknown key `{name}` in {place}; {reader} does not read it");
            let found = Finding::warning(self.code, at, message);
            let successor = legacy
                .iter()
                .find(|(old, _)| *old == name)
                .map(|(_, new)| *new);
            let hint = match (successor, nearest(name, known.iter().copied())) {
                (Some(successor), _) => Some(successor.to_string()),
                (None, Some(near)) => Some(format!("did you mean `{near}`?")),
                (None, None) => None,
            };
            self.out.push(match hint {
                Some(hint) => found.hint(hint),
                None => found,
            });
        }
    }
}

/// The last property of that name: JSON readers let the last one count.
pub(crate) fn get<'v, 'a>(object: &'v Object<'a>, name: &str) -> Option<&'v Value<'a>> {
    object
        .properties
        .iter()
        .rev()
        .find(|property| property.name.as_str() == name)
        .map(|property| &property.value)
}
