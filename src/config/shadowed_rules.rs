//! Rules that no request ever reaches: equal routes (RT-31) and rules that earlier ones cover (RT-32).
//!
//! The reasoning is exact for the pattern language. A pattern falls into *atoms*: each path that an exact pattern
//! stands for, each extension of a filter, a prefix as a whole. No finite number of other patterns covers an atom
//! without one of them covering it alone, because beyond every prefix there are more paths than patterns. So a rule is
//! hidden when, for each of its methods and each of its atoms, one earlier rule with that method covers the atom.

use super::model::{Config, RouteRule};
use super::pattern::{NeverReason, Pattern, without_slash};
use crate::finding::{Finding, Source};

/// The methods that a rule can name (RT-2); a rule that names none has them all.
pub const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "OPTIONS", "TRACE",
];

/// Whether a rule takes requests with this method.
pub fn takes(rule: &RouteRule, method: &str) -> bool {
    rule.methods
        .as_ref()
        .is_none_or(|methods| methods.iter().any(|known| known.value == method))
}

/// Whether `wide` takes every method that `narrow` takes.
fn takes_all(wide: &RouteRule, narrow: &RouteRule) -> bool {
    wide.methods.is_none()
        || METHODS
            .iter()
            .all(|method| !takes(narrow, method) || takes(wide, method))
}

/// The parts of a rule's pattern. A star at a wrong place is a letter; a wildcard hides such a rule like any other.
fn atoms(rule: &RouteRule) -> Vec<Atom<'_>> {
    match rule.pattern {
        Pattern::Never(NeverReason::MisplacedStar | NeverReason::SeveralStars) => {
            vec![Atom::Path(format!(
                "/{}",
                rule.route.value.trim_start_matches('/')
            ))]
        }
        _ => {
            let mut atoms = rule.pattern.atoms();
            atoms.retain(|atom| !is_file_with_slash(atom));
            atoms
        }
    }
}

/// `/sw.js/`: an exact pattern stands for it too (RT-17), but nobody asks for it.
fn is_file_with_slash(atom: &Atom<'_>) -> bool {
    let Atom::Path(path) = atom else {
        return false;
    };
    let name = path
        .strip_suffix('/')
        .and_then(|path| path.rsplit('/').next());
    name.is_some_and(|name| name.contains('.'))
}

/// The earlier rules that leave nothing for rule `index`: those that each cover it alone, else those that do together;
/// empty when something is left.
pub fn hiding(routes: &[RouteRule], index: usize) -> Vec<usize> {
    let Some(rule) = routes.get(index) else {
        return Vec::new();
    };
    let mut covering: Vec<Vec<usize>> = Vec::new();
    for atom in atoms(rule) {
        let covers = |at: &usize| routes[*at].pattern.covers_atom(&atom);
        let found: Vec<usize> = (0..index).filter(covers).collect();
        if found.is_empty() {
            return Vec::new();
        }
        covering.push(found);
    }
    let Some(first) = covering.first() else {
        return Vec::new();
    };
    let alone = |at: &&usize| {
        takes_all(&routes[**at], rule) && covering.iter().all(|found| found.contains(at))
    };
    let whole: Vec<usize> = first.iter().filter(alone).copied().collect();
    if !whole.is_empty() {
        return whole;
    }
    let mut together = Vec::new();
    for found in &covering {
        for method in METHODS.iter().filter(|method| takes(rule, method)) {
            match found.iter().find(|&&at| takes(&routes[at], method)) {
                Some(at) if together.contains(at) => {}
                Some(at) => together.push(*at),
                None => return Vec::new(),
            }
        }
    }
    together.sort_unstable();
    together
}

/// Adds the finding about one rule, if it is equal to an earlier one or hidden.
pub(super) fn hidden(
    config: &Config,
    source: &Source,
    rule: &RouteRule,
    index: usize,
    out: &mut Vec<Finding>,
) {
    let line = |at: usize| source.position(config.routes[at].span.start).line;
    let earlier = &config.routes[..index];
    let equal = earlier.iter().position(|other| {
        same_route(&other.route.value, &rule.route.value)
            && METHODS
                .iter()
                .any(|method| takes(other, method) && takes(rule, method))
            && (other.methods.is_none() == rule.methods.is_none() || takes_all(other, rule))
    });
    if let Some(other) = equal {
        let message = format!(
            "A rule was already processed with a duplicate route {}. Therefore, this rule will not be evaluated. Please remove the duplicate rule. (The first one is `routes[{other}]`, line {}.)",
            rule.route.value,
            line(other)
        );
        let found = Finding::refused("RT-31", rule.route.span, message);
        out.push(found.hint("join the two rules, or give them different methods"));
        return;
    }
    let hiding = hiding(&config.routes, index);
    let list = hiding.iter().map(|&at| {
        let route = &config.routes[at].route.value;
        format!("{route} (`routes[{at}]`, line {})", line(at))
    });
    let list = list.collect::<Vec<_>>().join(", ");
    // Public sites were deployed with rules behind an extension filter that covers them; whether a deployment adds several
    // rules up is unknown.
    let refuses = |&at: &usize| {
        let other = &config.routes[at];
        matches!(other.pattern, Pattern::Prefix(_))
            && takes_all(other, rule)
            && atoms(rule)
                .iter()
                .all(|atom| other.pattern.covers_atom(atom))
    };
    if hiding.iter().any(refuses) {
        let message = format!(
            "A route is covered up by a wildcard route and would not be evaluated. Route: {}, Wildcard(s): {list}",
            rule.route.value
        );
        out.push(
            Finding::refused("RT-32", rule.route.span, message)
                .hint("move this rule above the rule that covers it"),
        );
    } else if !hiding.is_empty() {
        let message = format!(
            "route `{}` is never reached: nothing is left for it by {list}",
            rule.route.value
        );
        out.push(
            Finding::warning("RT-32", rule.route.span, message)
                .hint("move this rule further up, or remove it"),
        );
    }
}

/// Slashes at the end do not count when duplicates are hunted (RT-31).
fn same_route(a: &str, b: &str) -> bool {
    let trim = |text: &str| text.trim_matches('/').to_string();
    trim(a) == trim(b)
}

/// A part of a pattern that one pattern alone has to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom<'p> {
    /// One path.
    Path(String),
    /// Everything that begins with this.
    Prefix(&'p str),
    /// Everything that begins with the first and ends with a dot and the second.
    Extension(&'p str, &'p str),
}

impl Pattern {
    /// The parts of this pattern; none when it matches nothing.
    pub fn atoms(&self) -> Vec<Atom<'_>> {
        match self {
            Self::Exact(exact) => {
                let paths = [Some(exact.as_str()), self.index_folder()];
                let stems = paths.into_iter().flatten().map(without_slash);
                let both = |stem: &str| [stem.to_string(), format!("{stem}/")];
                let atoms = stems
                    .flat_map(both)
                    .filter(|path| !path.is_empty() && self.matches(path));
                atoms.map(Atom::Path).collect()
            }
            Self::Prefix(prefix) => vec![Atom::Prefix(prefix)],
            Self::Extension { prefix, extensions } => {
                let each = extensions.iter();
                each.map(|extension| Atom::Extension(prefix, extension))
                    .collect()
            }
            Self::Never(_) => Vec::new(),
        }
    }

    /// Whether this pattern matches every path of an atom.
    pub fn covers_atom(&self, atom: &Atom<'_>) -> bool {
        match atom {
            Atom::Path(path) => self.matches(path),
            Atom::Prefix(prefix) => {
                matches!(self, Self::Prefix(ours) if prefix.starts_with(ours.as_str()))
            }
            Atom::Extension(prefix, extension) => match self {
                Self::Prefix(ours) => prefix.starts_with(ours.as_str()),
                Self::Extension {
                    prefix: ours,
                    extensions,
                } => {
                    prefix.starts_with(ours.as_str())
                        && extensions.iter().any(|ours| {
                            extension
                                .strip_suffix(ours.as_str())
                                .is_some_and(|stem| stem.is_empty() || stem.ends_with('.'))
                        })
                }
                Self::Exact(_) | Self::Never(_) => false,
            },
        }
    }

    /// Whether some path matches both patterns.
    pub fn meets(&self, other: &Self) -> bool {
        let prefixes_fit = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
        match (self, other) {
            (Self::Never(_), _) | (_, Self::Never(_)) => false,
            (Self::Exact(_), _) => self.atoms().iter().any(|atom| match atom {
                Atom::Path(path) => other.matches(path),
                _ => false,
            }),
            (_, Self::Exact(_)) => other.meets(self),
            (Self::Prefix(a), Self::Prefix(b))
            | (Self::Prefix(a), Self::Extension { prefix: b, .. })
            | (Self::Extension { prefix: a, .. }, Self::Prefix(b)) => prefixes_fit(a, b),
            (
                Self::Extension {
                    prefix: a,
                    extensions: ours,
                },
                Self::Extension {
                    prefix: b,
                    extensions: theirs,
                },
            ) => {
                prefixes_fit(a, b)
                    && ours.iter().any(|our| {
                        theirs.iter().any(|their| {
                            let (our, their) = (format!(".{our}"), format!(".{their}"));
                            our.ends_with(&their) || their.ends_with(&our)
                        })
                    })
            }
        }
    }
}

#[cfg(test)]
#[path = "shadowed_rules_tests.rs"]
mod tests;
