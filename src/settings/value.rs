//! A value together with where it came from.

use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;

/// A resolved value and its source. Dereferences to the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: ValueSource,
}

impl<T> Setting<T> {
    /// A value from `source`.
    pub fn new(value: T, source: ValueSource) -> Self {
        Self { value, source }
    }

    /// The value that applies when nobody said anything.
    pub fn default(value: T) -> Self {
        Self::new(value, ValueSource::Default)
    }

    /// The same source, another value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Setting<U> {
        Setting::new(convert(self.value), self.source)
    }
}

impl<T> Deref for Setting<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Where a value came from, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueSource {
    /// The flag with this long name, such as `--port`.
    Flag(&'static str),
    /// The argument without a flag.
    Positional,
    /// `swa-cli.config.json`.
    ConfigFile {
        /// The file, absolute.
        path: PathBuf,
        /// The line of the value, from 1.
        line: usize,
        /// The column of the value in characters, from 1.
        column: usize,
        /// Whether the value stands in the `start` block of the configuration.
        start_block: bool,
    },
    /// The environment variable of this name.
    Env(&'static str),
    /// The variable of this name in the `.env` file of the current folder.
    DotEnv(&'static str),
    /// The link of this name to a backend, in `.cygnet/links.json`.
    Link(String),
    /// Nobody said anything, but the folder is a project of a framework.
    Detected,
    /// Nobody said anything.
    Default,
}

impl ValueSource {
    /// The strength of the layer: a larger rank overrides a smaller one.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) | Self::Positional => 5,
            Self::ConfigFile {
                start_block: true, ..
            } => 4,
            Self::ConfigFile { .. } => 3,
            Self::Env(_) => 2,
            Self::DotEnv(_) => 1,
            Self::Link(_) | Self::Detected | Self::Default => 0,
        }
    }
}

/// As `--print-config` and the messages show it: `--port`, `argument`, `swa-cli.config.json:4:13`, `SWA_CLI_PORT`,
/// `SWA_CLI_PORT in .env`, `default`.
impl fmt::Display for ValueSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Env(name) => f.write_str(name),
            Self::Positional => f.write_str("argument"),
            Self::ConfigFile {
                path, line, column, ..
            } => {
                // The whole path is long and, being in the base folder, known; the name is what an editor jumps to.
                let name = path.file_name().unwrap_or(path.as_os_str());
                write!(f, "{}:{line}:{column}", name.to_string_lossy())
            }
            Self::DotEnv(name) => write!(f, "{name} in .env"),
            Self::Link(name) => write!(f, "link to {name}"),
            Self::Detected => f.write_str("detected"),
            Self::Default => f.write_str("default"),
        }
    }
}
