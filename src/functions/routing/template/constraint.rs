//! Inline constraints of ASP.NET routing. A value that fails one does not match; an unknown name is an error.

use regex::Regex;

/// One constraint with its arguments.
#[derive(Debug, Clone)]
pub(crate) enum Constraint {
    Int,
    Long,
    Bool,
    DateTime,
    Decimal,
    Float,
    Guid,
    Length(usize, usize),
    Range(i64, i64),
    Matches(Regex),
    /// A regular expression that only .NET can read: it holds always, and the start says so.
    Unchecked(String),
    File(bool),
    Required,
}

impl Constraint {
    /// Reads `int`, `min(1)`, `regex(^a$)`, in any case.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => match rest.strip_suffix(')') {
                Some(argument) => (name, argument),
                None => {
                    return Err(format!(
                        "the constraint '{text}' has no closing parenthesis"
                    ));
                }
            },
            None => (text, ""),
        };
        let bad = || format!("the constraint '{text}' has no valid argument");
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| bad());
        let count = |text: &str| text.trim().parse::<usize>().map_err(|_| bad());
        Ok(match name.trim().to_ascii_lowercase().as_str() {
            "int" => Self::Int,
            "long" => Self::Long,
            "bool" => Self::Bool,
            "datetime" => Self::DateTime,
            "decimal" => Self::Decimal,
            "double" | "float" => Self::Float,
            "guid" => Self::Guid,
            "required" => Self::Required,
            "file" => Self::File(true),
            "nonfile" => Self::File(false),
            "alpha" => Self::regex("^[a-z]*$"),
            "regex" => Self::regex(argument),
            "minlength" => Self::Length(count(argument)?, usize::MAX),
            "maxlength" => Self::Length(0, count(argument)?),
            "length" => match argument.split_once(',') {
                Some((least, most)) => Self::Length(count(least)?, count(most)?),
                None => Self::Length(count(argument)?, count(argument)?),
            },
            "min" => Self::Range(number(argument)?, i64::MAX),
            "max" => Self::Range(i64::MIN, number(argument)?),
            "range" => {
                let (least, most) = argument.split_once(',').ok_or_else(bad)?;
                Self::Range(number(least)?, number(most)?)
            }
            _ => return Err(format!("the constraint '{text}' is unknown")),
        })
    }

    fn regex(pattern: &str) -> Self {
        // .NET compiles these to ignore case.
        match Regex::new(&format!("(?i:{pattern})")) {
            Ok(regex) => Self::Matches(regex),
            Err(_) => Self::Unchecked(pattern.to_owned()),
        }
    }

    /// The pattern that is not evaluated here, if this is one.
    pub(crate) fn unchecked(&self) -> Option<&str> {
        match self {
            Self::Unchecked(pattern) => Some(pattern),
            _ => None,
        }
    }

    /// Whether the value passes.
    pub(crate) fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Int => value.trim().parse::<i32>().is_ok(),
            Self::Long => value.trim().parse::<i64>().is_ok(),
            Self::Bool => ["true", "false"]
                .iter()
                .any(|each| value.trim().eq_ignore_ascii_case(each)),
            Self::DateTime => date_time(value.trim()),
            Self::Decimal => decimal(value.trim()),
            Self::Float => value.trim().replace(',', "").parse::<f64>().is_ok(),
            Self::Guid => guid(value.trim()),
            Self::Length(least, most) => {
                // .NET counts UTF-16 units.
                let length = value.encode_utf16().count();
                *least <= length && length <= *most
            }
            Self::Range(least, most) => value
                .trim()
                .parse::<i64>()
                .is_ok_and(|number| *least <= number && number <= *most),
            Self::Matches(regex) => regex.is_match(value),
            Self::Unchecked(_) => true,
            Self::File(wanted) => is_file(value) == *wanted,
            Self::Required => !value.is_empty(),
        }
    }
}

/// No exponent, thousands separators allowed.
fn decimal(value: &str) -> bool {
    let plain = value.replace(',', "");
    plain
        .chars()
        .all(|each| each.is_ascii_digit() || matches!(each, '.' | '-' | '+'))
        && plain.parse::<f64>().is_ok()
}

/// The forms `N`, `D`, `B` and `P` of .NET.
fn guid(value: &str) -> bool {
    let bare = value
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| {
            value
                .strip_prefix('(')
                .and_then(|rest| rest.strip_suffix(')'))
        })
        .unwrap_or(value);
    let simple_or_dashed = bare.len() == 36 || (bare.len() == 32 && bare.len() == value.len());
    simple_or_dashed && uuid::Uuid::try_parse(bare).is_ok()
}

fn is_file(value: &str) -> bool {
    let last = value.rsplit('/').next().unwrap_or(value);
    last.rfind('.').is_some_and(|dot| dot + 1 < last.len())
}

/// The forms that fit into a path segment: ISO 8601 and `M-d-yyyy`, with an optional time.
fn date_time(value: &str) -> bool {
    let (date, time) = match value.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (value, None),
    };
    let numbers: Option<Vec<u32>> = date
        .split(['-', '.'])
        .map(|each| each.parse().ok())
        .collect();
    let valid_date = match numbers.as_deref() {
        Some([year, month]) if *year > 31 => valid_day(*year, *month, 1),
        Some([year, month, day]) if *year > 31 => valid_day(*year, *month, *day),
        Some([month, day, year]) => valid_day(*year, *month, *day),
        _ => false,
    };
    valid_date && time.is_none_or(valid_time)
}

fn valid_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=9999).contains(&year) && (1..=days).contains(&day)
}

fn valid_time(text: &str) -> bool {
    let bare = text.trim_end_matches(['Z', 'z']);
    let bare = bare.split(['+', '-']).next().unwrap_or(bare);
    let parts: Vec<&str> = bare.split(':').collect();
    let below = |text: &str, limit: f64| {
        text.parse::<f64>()
            .is_ok_and(|value| (0.0..limit).contains(&value))
    };
    match parts.as_slice() {
        [hour, minute] => below(hour, 24.0) && below(minute, 60.0),
        [hour, minute, second] => below(hour, 24.0) && below(minute, 60.0) && below(second, 60.0),
        _ => false,
    }
}
