//! Route templates of Azure Functions, as ASP.NET's first router reads them.
//!
//! 1. `parse` — text → segments of literals and parameters
//! 2. `constraint` — `{id:int:min(1)}`
//! 3. `matching` — a path against a template → the route values, or nothing

mod constraint;
mod matching;
mod parse;

pub(crate) use constraint::Constraint;

use crate::config::letter_case::fold;

/// A compiled template such as `api/items/{id:int?}`.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    segments: Vec<Segment>,
}

/// What stands between two slashes: one part, or several (`{name}.{ext?}`).
#[derive(Debug, Clone)]
struct Segment {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Literal(String),
    Parameter(Parameter),
}

#[derive(Debug, Clone)]
struct Parameter {
    name: String,
    optional: bool,
    catch_all: bool,
    default: Option<String>,
    constraints: Vec<Constraint>,
}

impl Template {
    /// Reads a template. Empty segments are dropped (see [`Template::has_empty_segment`]); everything else that
    /// ASP.NET refuses is an error in one sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parse::parse(text)
    }

    /// Whether the text has an empty segment, which makes Azure refuse the route.
    pub(crate) fn has_empty_segment(text: &str) -> bool {
        text.contains("//")
    }

    /// Its second segment, folded, if that is a literal and no parameter: the first one is `api` always.
    pub(crate) fn first_word(&self) -> Option<String> {
        match self.segments.get(1)?.single()? {
            Part::Literal(word) => Some(fold(word).into_owned()),
            Part::Parameter(_) => None,
        }
    }

    /// The constraints that cannot be evaluated here and therefore hold always.
    pub(crate) fn unchecked_constraints(&self) -> Vec<&str> {
        self.parameters()
            .flat_map(|parameter| &parameter.constraints)
            .filter_map(Constraint::unchecked)
            .collect()
    }

    /// Paths that this template matches, one for each kind of value (a word, a number, …), unlikely to be literals of
    /// another template; none when no value is known that meets a constraint.
    pub(crate) fn samples(&self) -> Vec<String> {
        let kinds = 0..SAMPLES.len();
        let samples = kinds.filter_map(|kind| self.sample(kind));
        // A value next to a literal may be read otherwise than it was put there.
        samples
            .filter(|path| self.matches(path).is_some())
            .collect()
    }

    fn sample(&self, kind: usize) -> Option<String> {
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            for part in &segment.parts {
                match part {
                    Part::Literal(text) => path.push_str(text),
                    Part::Parameter(parameter) => path.push_str(parameter.sample(kind)?),
                }
            }
        }
        Some(path)
    }

    fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.segments.iter().flat_map(|segment| {
            segment.parts.iter().filter_map(|part| match part {
                Part::Parameter(parameter) => Some(parameter),
                Part::Literal(_) => None,
            })
        })
    }
}

impl Segment {
    /// The only part, when there is one only.
    fn single(&self) -> Option<&Part> {
        match self.parts.as_slice() {
            [part] => Some(part),
            _ => None,
        }
    }
}

impl Parameter {
    fn accepts(&self, value: &str) -> bool {
        self.constraints.iter().all(|each| each.accepts(value))
    }

    /// The value of a kind, or the first that meets the constraints.
    fn sample(&self, kind: usize) -> Option<&'static str> {
        let mut values = SAMPLES[kind..=kind].iter().chain(&SAMPLES);
        values.find(|value| self.accepts(value)).copied()
    }
}

/// Values that hardly anybody writes as a literal, one of each kind that a constraint may ask for.
const SAMPLES: [&str; 8] = [
    "zqxjkv",
    "7310923",
    "1",
    "true",
    "2031-05-17",
    "6f1f3c1e-5d0a-4c53-9d8e-2f4b7c1a9e60",
    "zq",
    "zqxjkvzqxjkvzqxjkv",
];

/// The route values of `path` (percent-decoded) under a route template such as `items/{id:int?}`, by name; `None` when
/// the template does not match.
///
/// # Errors
/// What is wrong with the template, in a sentence.
pub fn match_template(template: &str, path: &str) -> Result<Option<Vec<(String, String)>>, String> {
    Template::parse(template).map(|template| template.matches(path))
}
