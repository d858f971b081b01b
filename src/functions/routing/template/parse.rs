//! Text → [`Template`].

use super::{Constraint, Parameter, Part, Segment, Template};

pub(super) fn parse(text: &str) -> Result<Template, String> {
    if text.starts_with('~') {
        return Err("a route template cannot start with '~'".to_owned());
    }
    let mut segments = Vec::new();
    for piece in split(text) {
        if !piece.is_empty() {
            segments.push(segment(piece)?);
        }
    }
    check(&segments)?;
    Ok(Template { segments })
}

/// Splits at the slashes that stand outside of braces: a regular expression may hold some.
fn split(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut depth, mut start) = (0usize, 0usize);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth == 0 => {
                pieces.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(&text[start..]);
    pieces
}

fn segment(text: &str) -> Result<Segment, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
            literal.push(character);
            rest = after;
        } else if character == '{' {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            let end = closing(rest)
                .ok_or_else(|| format!("'{text}' has an opening brace that is never closed"))?;
            parts.push(Part::Parameter(parameter(&rest[1..end])?));
            rest = &rest[end + 1..];
        } else if character == '}' {
            return Err(format!(
                "'{text}' has a closing brace that was never opened"
            ));
        } else {
            if character == '?' {
                return Err(format!(
                    "the literal section of '{text}' cannot contain '?'"
                ));
            }
            literal.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(Segment { parts })
}

/// Where the brace that opens `text` closes; doubled braces belong to the inside.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'{' | b'}' if bytes.get(at + 1) == Some(&bytes[at]) && !ends_here(bytes, at) => {
                at += 2
            }
            b'}' => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// `}}` after an odd run closes the parameter with its last brace: `{a:regex(b{{2}})}` has three in a row only
/// because of the closing parenthesis between, so a plain pair is always an escape unless nothing opened it.
fn ends_here(bytes: &[u8], at: usize) -> bool {
    bytes[at] == b'}' && !bytes[1..at].windows(2).any(|pair| pair == b"{{")
}

fn parameter(text: &str) -> Result<Parameter, String> {
    let unescaped = text.replace("{{", "{").replace("}}", "}");
    let mut rest = unescaped.as_str();
    let catch_all = rest.starts_with('*');
    rest = rest.trim_start_matches('*');
    let name_end = rest.find([':', '=', '?']).unwrap_or(rest.len());
    let name = rest[..name_end].trim().to_owned();
    if name.is_empty() || name.contains(['/', '{', '}', '*']) {
        return Err(format!("'{{{text}}}' has no valid parameter name"));
    }
    rest = &rest[name_end..];

    let mut constraints = Vec::new();
    while let Some(after) = rest.strip_prefix(':') {
        let end = constraint_end(after);
        constraints.push(Constraint::parse(&after[..end])?);
        rest = &after[end..];
    }
    let (mut default, mut optional) = (None, false);
    if let Some(value) = rest.strip_prefix('=') {
        if value.ends_with('?') {
            return Err(format!(
                "'{name}' cannot have a default value and be optional"
            ));
        }
        default = Some(value.to_owned());
    } else if rest == "?" {
        optional = true;
    } else if !rest.is_empty() {
        return Err(format!("'{{{text}}}' is not understood after '{name}'"));
    }
    if catch_all && optional {
        return Err(format!(
            "the catch-all parameter '{name}' cannot be optional"
        ));
    }
    Ok(Parameter {
        name,
        optional,
        catch_all,
        default,
        constraints,
    })
}

/// A constraint ends at `:`, `=` or a final `?` outside of its parentheses.
fn constraint_end(text: &str) -> usize {
    let mut depth = 0usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ':' | '=' | '?' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

fn check(segments: &[Segment]) -> Result<(), String> {
    let mut names: Vec<String> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let last_segment = index + 1 == segments.len();
        for (place, part) in segment.parts.iter().enumerate() {
            let Part::Parameter(parameter) = part else {
                continue;
            };
            let name = parameter.name.to_lowercase();
            if names.contains(&name) {
                return Err(format!(
                    "the parameter '{}' appears more than once",
                    parameter.name
                ));
            }
            names.push(name);
            if parameter.catch_all && (!last_segment || segment.parts.len() > 1) {
                return Err(format!(
                    "the catch-all parameter '{}' must be the last segment",
                    parameter.name
                ));
            }
            check_neighbours(segment, place, parameter)?;
        }
    }
    Ok(())
}

fn check_neighbours(segment: &Segment, place: usize, parameter: &Parameter) -> Result<(), String> {
    let before = place.checked_sub(1).map(|at| &segment.parts[at]);
    if let Some(Part::Parameter(other)) = before {
        return Err(format!(
            "'{}' and '{}' must be separated by a literal",
            other.name, parameter.name
        ));
    }
    if parameter.optional && segment.parts.len() > 1 {
        let last = place + 1 == segment.parts.len();
        if !last || !matches!(before, Some(Part::Literal(text)) if text == ".") {
            return Err(format!(
                "the optional parameter '{}' must stand alone in its segment, or last after a '.'",
                parameter.name
            ));
        }
    }
    Ok(())
}
