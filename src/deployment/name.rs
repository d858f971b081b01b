//! What an environment is called, and at which host it is found (EN-1…EN-5).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::finding::Advice;
use crate::link::model;

/// The longest name of an environment (EN-3).
const LONGEST: usize = 16;

/// A deployment's words for what [`LONGEST`] and the alphabet refuse.
const INVALID: &str = "The environment name provided exceeds the character limit of 16 or has invalid character(s). Valid characters are 0-9, a-z, and A-Z.";

/// One environment of an app (EN-5). Displayed as `production`, `17`, `feature/login`, `qa`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum EnvironmentId {
    /// What everybody sees.
    Production,
    /// The preview of a pull request, by its number.
    PullRequest(u32),
    /// The preview of a branch, by the branch's name.
    Branch(String),
    /// A preview with a name of its own.
    Named(String),
}

/// A name that no environment can have, with why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` cannot name an environment: {why} (EN-3)")]
pub struct NameError {
    name: String,
    why: &'static str,
}

impl Advice for NameError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        None
    }
}

impl EnvironmentId {
    /// The named environment: digits and letters, 16 at most, not digits alone, which would be a pull request.
    ///
    /// # Errors
    /// EN-3.
    pub fn named(name: &str) -> Result<Self, NameError> {
        let refuse = |why| {
            let name = name.to_owned();
            Err(NameError { name, why })
        };
        match name {
            "" => refuse("it is empty"),
            _ if is_production(name) => Ok(Self::Production),
            _ if name.len() > LONGEST || !name.chars().all(|c| c.is_ascii_alphanumeric()) => {
                refuse(INVALID)
            }
            _ if name.chars().all(|c| c.is_ascii_digit()) => {
                refuse("digits alone name a pull request; deploy it with --pr")
            }
            _ => Ok(Self::Named(name.to_owned())),
        }
    }

    /// The environment of a branch.
    ///
    /// # Errors
    /// No letter or digit is left of its name.
    pub fn branch(name: &str) -> Result<Self, NameError> {
        match branch_label(name).is_empty() {
            true => Err(NameError {
                name: name.to_owned(),
                why: "it has neither digits nor letters",
            }),
            false => Ok(Self::Branch(name.to_owned())),
        }
    }

    /// The `<id>` in the host `<app>-<id>`; empty for production (EN-2).
    pub fn label(&self) -> String {
        match self {
            Self::Production => String::new(),
            Self::PullRequest(number) => number.to_string(),
            Self::Branch(name) => branch_label(name),
            Self::Named(name) => name.to_ascii_lowercase(),
        }
    }

    /// Whether `text` as typed means this one: its name or its label, in any case.
    pub fn is_meant_by(&self, text: &str) -> bool {
        match self {
            Self::Production => is_production(text),
            _ => {
                text.eq_ignore_ascii_case(&self.to_string())
                    || text.eq_ignore_ascii_case(&self.label())
            }
        }
    }

    /// Whether it can have a linked backend (EN-12).
    pub fn may_be_linked(&self) -> bool {
        !matches!(self, Self::PullRequest(_))
    }

    /// Its link to a backend; a pull request's never has one (EN-12).
    pub fn link<'a>(&self, project: &'a model::Project) -> Option<&'a model::Link> {
        let name = self.link_name();
        let mut all = project.links.iter().filter(|_| self.may_be_linked());
        all.find(|link| link.environment.eq_ignore_ascii_case(&name))
    }

    /// What `cygnet backends link --environment` calls it.
    pub fn link_name(&self) -> String {
        match self {
            Self::Production => model::PRODUCTION.to_owned(),
            other => other.label(),
        }
    }

    /// Whether it counts against the limit of previews (EN-33).
    pub fn is_preview(&self) -> bool {
        *self != Self::Production
    }

    /// `production`, `pull request`, `branch`, `named`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::PullRequest(_) => "pull request",
            Self::Branch(_) => "branch",
            Self::Named(_) => "named",
        }
    }
}

impl fmt::Display for EnvironmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Production => f.write_str("production"),
            Self::PullRequest(number) => write!(f, "{number}"),
            Self::Branch(name) | Self::Named(name) => f.write_str(name),
        }
    }
}

fn is_production(text: &str) -> bool {
    model::environment_name(text) == model::PRODUCTION
}

/// What becomes of a branch name such as `feature/login` in a host name. Undocumented (EN-3): other characters are taken
/// out, and the rest is cut after 16.
fn branch_label(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(LONGEST)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn en_2_3_labels() {
        let label = |id: Result<EnvironmentId, NameError>| id.unwrap().label();
        assert_eq!(EnvironmentId::Production.label(), "");
        assert_eq!(EnvironmentId::PullRequest(17).label(), "17");
        assert_eq!(label(EnvironmentId::named("QA1")), "qa1");
        assert_eq!(
            label(EnvironmentId::branch("feature/Log-in")),
            "featurelogin"
        );
        assert_eq!(
            label(EnvironmentId::branch("a-very-long-branch-name")),
            "averylongbranchn"
        );
        assert_eq!(
            EnvironmentId::named("Default"),
            Ok(EnvironmentId::Production)
        );
    }

    #[test]
    fn en_3_what_cannot_be_a_name() {
        for name in ["", "a-b", "ü", "12345678901234567", "17", "a b", "../x"] {
            assert!(EnvironmentId::named(name).is_err(), "{name}");
        }
        for name in ["a-b", "12345678901234567"] {
            let refused = EnvironmentId::named(name).unwrap_err().to_string();
            assert!(
                refused.contains("exceeds the character limit of 16"),
                "{refused}"
            );
        }
        for name in ["", "/", "ü"] {
            assert!(EnvironmentId::branch(name).is_err(), "{name}");
        }
    }

    #[test]
    fn each_is_meant_by_its_name_and_its_label() {
        let branch = EnvironmentId::branch("feature/x").unwrap();
        assert!(branch.is_meant_by("feature/x") && branch.is_meant_by("FEATUREX"));
        assert!(EnvironmentId::PullRequest(7).is_meant_by("7"));
        assert!(EnvironmentId::Production.is_meant_by("default"));
        assert!(!EnvironmentId::Production.is_meant_by(""));
    }
}
