//! Why settings cannot be used: what failed, with which value, where it was written, and the next step.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::descriptor::Descriptor;
use super::options;
use super::value::ValueSource;
use crate::finding::Advice;

/// An option as its user wrote it: `--port`, `SWA_CLI_PORT`, `port` (swa-cli.config.json:4:13), the argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The option.
    pub option: &'static Descriptor,
    /// Where it was written.
    pub source: ValueSource,
}

impl Named {
    /// The name of `option` in the layer that `source` belongs to.
    pub fn new(option: &'static Descriptor, source: &ValueSource) -> Self {
        let source = source.clone();
        Self { option, source }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.option.name_in(&self.source);
        match &self.source {
            ValueSource::Positional => f.write_str("the argument"),
            ValueSource::ConfigFile { .. } => write!(f, "`{name}` ({})", self.source),
            ValueSource::DotEnv(name) => write!(f, "`{name}` in .env"),
            ValueSource::Flag(_)
            | ValueSource::Env(_)
            | ValueSource::Link(_)
            | ValueSource::Detected
            | ValueSource::Default => {
                write!(f, "`{name}`")
            }
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The current folder is gone.
    #[error("the current folder cannot be read: {0}")]
    CurrentFolder(#[source] std::io::Error),

    /// `--config` names a file that is not there.
    #[error("the configuration file \"{}\" is not found", .0.display())]
    ConfigFileNotFound(PathBuf),

    /// The configuration file is there but cannot be read.
    #[error("the configuration file \"{}\" cannot be read: {problem}", .path.display())]
    ConfigFileUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: std::io::Error,
    },

    /// The configuration file is not JSON.
    #[error("{place}: {problem}")]
    ConfigFileSyntax {
        /// `file:line:column`.
        place: String,
        /// What is wrong there.
        problem: String,
    },

    /// A value of the configuration file has the wrong type.
    #[error("{place}: `{key}` must be {expected}, not {found}")]
    WrongType {
        /// `file:line:column`.
        place: String,
        /// The key, such as `port`.
        key: String,
        /// Such as `a number`.
        expected: &'static str,
        /// Such as `an array`.
        found: String,
    },

    /// `--config-name` names no configuration of the file.
    #[error("there is no configuration `{name}`{}", .path.as_ref().map(|p| format!(" in \"{}\"", p.display())).unwrap_or_default())]
    NoSuchConfiguration {
        /// The name asked for.
        name: String,
        /// The file, when there is one.
        path: Option<PathBuf>,
        /// The names that exist.
        known: Vec<String>,
    },

    /// A value does not mean anything.
    #[error("invalid value `{value}` for {named}: {problem}")]
    InvalidValue {
        /// The option.
        named: Named,
        /// The value as written.
        value: String,
        /// What is wrong with it.
        problem: String,
    },

    /// A folder, or the URL of a dev server, was given twice.
    #[error("cygnet start <{}> cannot be used when {} option is also set.", .0.key, .0.typed_name())]
    PositionalAndOption(&'static Descriptor),

    /// A certificate without its key, or the other way round.
    #[error("{given} is set, but {} is not", .missing.typed_name())]
    TlsHalf {
        /// The option that is set.
        given: Named,
        /// The one that belongs to it.
        missing: &'static Descriptor,
    },

    /// A folder that is needed is missing. The first words are those of the official CLI.
    #[error("The folder \"{}\" is not found.", .path.display())]
    FolderNotFound {
        /// The folder, absolute.
        path: PathBuf,
        /// The option that names it.
        named: Named,
        /// A configuration that the argument was perhaps meant to name.
        similar: Option<String>,
    },

    /// A path that should be a folder is a file.
    #[error("\"{}\" is not a folder.", .path.display())]
    NotAFolder {
        /// The path, absolute.
        path: PathBuf,
        /// The option that names it.
        named: Named,
    },
}

impl Advice for SettingsError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::CurrentFolder(_) => "change to a folder that exists".to_owned(),
            Self::ConfigFileNotFound(_) => {
                "check the path after `--config`; it starts at the current folder".to_owned()
            }
            Self::ConfigFileUnreadable { .. } => "check the permissions of the file".to_owned(),
            Self::ConfigFileSyntax { .. } => {
                "the file is plain JSON: no comments, no trailing commas, names in double quotes"
                    .to_owned()
            }
            Self::WrongType { expected, key, .. } => {
                format!("make the value of `{key}` {expected}, or remove it")
            }
            Self::NoSuchConfiguration { known, path, .. } => no_such_configuration(known, path),
            Self::InvalidValue { named, .. } => match named.source {
                ValueSource::Env(_) | ValueSource::DotEnv(_) => {
                    format!("set {named} to another value, or remove it")
                }
                _ => format!("change {named}; `cygnet --help` says what it accepts"),
            },
            Self::PositionalAndOption(_) => {
                "You either have to use the positional argument or option, not both at the same time."
                    .to_owned()
            }
            Self::TlsHalf { given, missing } => format!(
                "give {} too, or leave {given} out to use a certificate made here",
                missing.typed_name()
            ),
            Self::FolderNotFound {
                similar: Some(name),
                ..
            } => format!("did you mean the configuration `{name}`?"),
            Self::FolderNotFound { named, .. } => match named.source {
                ValueSource::Default => format!("name a folder that exists with {named}"),
                _ if *named.option == options::OUTPUT_LOCATION.descriptor => {
                    format!("it is named by {named}; build the app first, or name another folder")
                }
                _ => format!("it is named by {named}; create it, or name another folder"),
            },
            Self::NotAFolder { named, .. } => {
                format!("it is named by {named}; name the folder that holds it")
            }
        }))
    }
}

impl SettingsError {
    /// Whether the command line itself is wrong (exit code 2), rather than what it points at (exit code 1).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::PositionalAndOption(_) => true,
            Self::InvalidValue { named, .. } => {
                matches!(named.source, ValueSource::Flag(_) | ValueSource::Positional)
            }
            _ => false,
        }
    }
}

fn no_such_configuration(known: &[String], path: &Option<PathBuf>) -> String {
    match (path, known) {
        (None, _) => {
            "there is no swa-cli.config.json in the current folder; name one with `--config`"
                .to_owned()
        }
        (Some(_), []) => "the file has no configurations".to_owned(),
        (Some(_), known) => format!("the file has: {}", known.join(", ")),
    }
}
