//! The runtimes that apps are started on, and their names.

use std::fmt;
use std::path::PathBuf;

/// The setting that names a runtime.
pub(crate) const SETTING: &str = "FUNCTIONS_WORKER_RUNTIME";

/// A runtime that apps are started on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runtime {
    /// Node.js, models v4 and v3.
    Node,
    /// Python, models v2 and v1.
    Python,
    /// Any, by a worker that speaks gRPC.
    Grpc(GrpcWorker),
    /// A program of the app's own, described in host.json.
    Custom,
    /// Whatever the Azure Functions Core Tools find.
    Func,
}

impl Runtime {
    /// The value of `FUNCTIONS_WORKER_RUNTIME`.
    pub(crate) fn setting(&self) -> &str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
            Self::Grpc(worker) => &worker.language,
            Self::Custom | Self::Func => "custom",
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node => f.write_str("Node.js"),
            Self::Python => f.write_str("Python"),
            Self::Grpc(GrpcWorker {
                language,
                place: WorkerLocation::Folder(_),
            }) => write!(f, "{language} by its language worker"),
            Self::Grpc(worker) => f.write_str(&worker.language),
            Self::Custom => f.write_str("a custom handler"),
            Self::Func => f.write_str("Azure Functions Core Tools"),
        }
    }
}

/// A runtime, and what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeChoice {
    /// The runtime.
    pub runtime: Runtime,
    /// What speaks for it, to follow "because": `function_app.py is there`.
    pub why: String,
}

impl RuntimeChoice {
    /// A choice for a worker that speaks gRPC.
    pub(crate) fn grpc(language: String, place: WorkerLocation, why: String) -> Self {
        Self {
            runtime: Runtime::Grpc(GrpcWorker { language, place }),
            why,
        }
    }
}

/// A worker that speaks gRPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcWorker {
    /// Its language, such as `dotnet-isolated`.
    pub language: String,
    /// Where it is.
    pub place: WorkerLocation,
}

/// Where a worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerLocation {
    /// In this folder, which is not the app's.
    Folder(PathBuf),
    /// In the app's folder: the app is built into its worker.
    App,
    /// In what becomes of this project file when it is built.
    Project(PathBuf),
}

/// The names of .NET that the Core Tools know, and those of `platform.apiRuntime` (`dotnet-isolated:8.0`).
pub(crate) fn is_dotnet(value: &str) -> bool {
    let name = value
        .split(':')
        .next()
        .unwrap_or(value)
        .to_ascii_lowercase();
    [
        "dotnet-isolated",
        "dotnetisolated",
        "dotnet",
        "c#",
        "csharp",
        "c#-isolated",
        "csharp-isolated",
        "f#",
        "fsharp",
    ]
    .contains(&name.as_str())
}

/// The names that the Core Tools know, and those of `platform.apiRuntime` (`python:3.11`).
pub(crate) fn parse(value: &str) -> Option<Runtime> {
    let name = value
        .split(':')
        .next()
        .unwrap_or(value)
        .to_ascii_lowercase();
    match name.as_str() {
        "node" | "nodejs" | "js" | "javascript" | "ts" | "typescript" => Some(Runtime::Node),
        "python" | "py" => Some(Runtime::Python),
        _ => None,
    }
}
