//! How the user wants an app to be run, where the automatic choice is not wanted.

use std::fmt;

use clap::ValueEnum;

/// What runs the functions (`--api-host`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ApiHost {
    /// What the app is written for.
    #[default]
    Auto,
    /// Node.js.
    Node,
    /// Python.
    Python,
    /// The program of the app's own that host.json describes.
    Custom,
    /// The Azure Functions Core Tools, if they are installed.
    Func,
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Node => "node",
            Self::Python => "python",
            Self::Custom => "custom",
            Self::Func => "func",
        })
    }
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// What runs the app.
    pub host: ApiHost,
    /// More arguments of `func start` (`--func-args`).
    pub func_args: Vec<String>,
    /// The port of the language's debugger (`--api-debug`). The worker is not restarted under it.
    pub debug: Option<u16>,
}
