//! A path against a [`Template`]: two passes, cheap refusals first, as ASP.NET's `RoutePatternMatcher` goes.

use super::{Parameter, Part, Segment, Template};
use crate::config::letter_case::{same, upper};

/// Route values by name, in template order; absent optional values are not listed.
pub(crate) type Values = Vec<(String, String)>;

impl Template {
    /// Matches a percent-decoded path with or without its leading slash. One trailing slash is ignored, an empty
    /// segment never matches, literals ignore case.
    pub(crate) fn matches(&self, path: &str) -> Option<Values> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let pieces = tokens(path);
        self.could_match(&pieces)?;

        let mut values = Values::new();
        for (index, segment) in self.segments.iter().enumerate() {
            let piece = pieces.get(index);
            match (segment.single(), piece) {
                (Some(Part::Literal(_)), _) => {}
                (Some(Part::Parameter(parameter)), piece) => {
                    let value = piece.map(|(start, text)| {
                        if parameter.catch_all {
                            &path[*start..]
                        } else {
                            text
                        }
                    });
                    parameter.take(value.filter(|text| !text.is_empty()), &mut values)?;
                }
                (None, Some((_, text))) => complex(segment, text, &mut values)?,
                (None, None) => return None,
            }
        }
        Some(values)
    }

    fn could_match(&self, pieces: &[(usize, &str)]) -> Option<()> {
        for (index, (_, text)) in pieces.iter().enumerate() {
            // The shortest reason first: more segments than the template has.
            let segment = self.segments.get(index)?;
            if let Some(Part::Parameter(parameter)) = segment.single()
                && parameter.catch_all
            {
                return Some(());
            }
            if text.is_empty() {
                return None;
            }
            if let Some(Part::Literal(literal)) = segment.single()
                && !same(literal, text)
            {
                return None;
            }
        }
        let missing_is_fine = |segment: &Segment| match segment.single() {
            Some(Part::Parameter(parameter)) => {
                parameter.optional || parameter.catch_all || parameter.default.is_some()
            }
            _ => false,
        };
        self.segments[pieces.len()..]
            .iter()
            .all(missing_is_fine)
            .then_some(())
    }
}

impl Parameter {
    /// Records a value, the default when there is none; `None` when a constraint refuses it.
    fn take(&self, value: Option<&str>, values: &mut Values) -> Option<()> {
        let Some(value) = value.or(self.default.as_deref()) else {
            return Some(());
        };
        if !self.accepts(value) {
            return None;
        }
        values.push((self.name.clone(), value.to_owned()));
        Some(())
    }
}

/// The segments with their offsets; a single trailing slash opens no segment.
fn tokens(path: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < path.len() {
        let end = path[start..].find('/').map_or(path.len(), |at| start + at);
        pieces.push((start, &path[start..end]));
        start = end + 1;
    }
    pieces
}

/// A segment of several parts. An optional last part after `.` may be missing together with the dot.
fn complex(segment: &Segment, text: &str, values: &mut Values) -> Option<()> {
    let text: Vec<char> = text.chars().collect();
    let parts = segment.parts.as_slice();
    let optional_last = matches!(parts.last(), Some(Part::Parameter(last)) if last.optional);
    let found = match greedy(parts, &text) {
        Some(found) => found,
        None if optional_last && text.last() != Some(&'.') => {
            greedy(&parts[..parts.len() - 2], &text)?
        }
        None => return None,
    };
    for (parameter, value) in found.into_iter().rev() {
        parameter.take(Some(&value), values)?;
    }
    Some(())
}

/// Goes from the right, each literal at its last place, so the left parameter takes most; parameters need a value.
fn greedy<'t>(parts: &'t [Part], text: &[char]) -> Option<Vec<(&'t Parameter, String)>> {
    let mut found = Vec::new();
    let mut end = text.len();
    let mut pending: Option<&Parameter> = None;
    for (index, part) in parts.iter().enumerate().rev() {
        match part {
            Part::Parameter(parameter) => {
                pending = Some(parameter);
                if index == 0 {
                    found.push((parameter, value(&text[..end])?));
                    end = 0;
                }
            }
            Part::Literal(literal) => {
                let literal: Vec<char> = literal.chars().collect();
                // A parameter that waits for its value needs at least one character.
                let limit = if pending.is_some() {
                    end.checked_sub(1)?
                } else {
                    end
                };
                let at = last_index(&text[..limit], &literal)?;
                let after = at + literal.len();
                match pending.take() {
                    Some(parameter) => found.push((parameter, value(&text[after..end])?)),
                    None if after != end => return None,
                    None => {}
                }
                end = at;
            }
        }
    }
    (end == 0).then_some(found)
}

fn value(text: &[char]) -> Option<String> {
    (!text.is_empty()).then(|| text.iter().collect())
}

fn last_index(text: &[char], wanted: &[char]) -> Option<usize> {
    (0..=text.len().checked_sub(wanted.len())?)
        .rev()
        .find(|at| {
            text[*at..*at + wanted.len()]
                .iter()
                .zip(wanted)
                .all(|(left, right)| upper(*left) == upper(*right))
        })
}

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;
