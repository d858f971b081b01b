//! The programs that functions are built and run with, each looked for as a start looks for it.

use std::path::PathBuf;

use super::bundled::node;
use super::bundled::package_manager::{NO_NPM, NPM};
use super::bundled::python_packages;
use super::core_tools::{self, NO_CORE_TOOLS};
use super::grpc::dotnet_build::{self, NO_DOTNET};
use crate::functions::app::python_interpreter::Interpreter;
use crate::functions::app::runtime::{Runtime, RuntimeChoice, is_dotnet};
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;
use crate::process::program;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Runs JavaScript.
    Node,
    /// Installs packages of Node.js.
    Npm,
    /// Runs Python.
    Python,
    /// Builds .NET (isolated).
    Dotnet,
    /// Azure Functions Core Tools, for `--api-host func` only.
    CoreTools,
}

/// A program that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTool {
    /// Where it is; `None` for one that only the system finds.
    pub program: Option<PathBuf>,
    /// Its version, as it tells it.
    pub version: String,
}

impl Tool {
    /// Whether an app cannot do without.
    pub fn is_needed(self, choice: &RuntimeChoice) -> bool {
        match (self, &choice.runtime) {
            (Self::Node | Self::Npm, Runtime::Node)
            | (Self::Python, Runtime::Python)
            | (Self::CoreTools, Runtime::Func) => true,
            (Self::Dotnet, Runtime::Grpc(worker)) => is_dotnet(&worker.language),
            _ => false,
        }
    }

    /// The one that a start with this configuration would use.
    ///
    /// # Errors
    /// There is none, or it is of no use.
    pub async fn find(self, config: &HostConfig) -> Result<FoundTool, HostError> {
        let guard = &config.guard;
        let by_name = async |name: &str, hint: &str| {
            let found = program::version(name, guard).await;
            let (program, version) = found.map_err(|why| HostError::new(why, hint))?;
            Ok(FoundTool {
                program: Some(program),
                version,
            })
        };
        match self {
            Self::Node => {
                let version = node::version(&config.node_program, guard).await?;
                Ok(FoundTool {
                    program: program::find(&config.node_program),
                    version,
                })
            }
            Self::Python => {
                let found = Interpreter::of(&config.app_dir);
                let version = python_packages::version(found.program(), guard).await?;
                Ok(FoundTool {
                    program: program::find(found.program()),
                    version,
                })
            }
            Self::Npm => by_name(NPM, NO_NPM).await,
            Self::Dotnet => by_name(dotnet_build::PROGRAM, NO_DOTNET).await,
            Self::CoreTools => by_name(core_tools::PROGRAM, NO_CORE_TOOLS).await,
        }
    }
}
