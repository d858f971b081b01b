//! .NET (isolated) apps as source: `dotnet build`, in full view, into `bin/output` as the Core Tools do (FR-13).

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::functions::app::dotnet::ISOLATED_PACKAGE;
use crate::functions::app::worker_config::FILE;
use crate::functions::error::HostError;
use crate::functions::worker::launch::LaunchContext;
use crate::functions::worker::launch::{Voice, run};
use crate::process::program;

/// Where the build goes, below the project.
const OUTPUT: &str = "bin/output";
/// What builds.
pub(crate) const PROGRAM: &str = "dotnet";
/// What to do without it.
pub(crate) const NO_DOTNET: &str = "install the .NET SDK from https://dotnet.microsoft.com/download and start again, or build the app \
                         elsewhere and name its output folder as the API location; static files and sign-in work without it";

/// Builds the project and answers with the folder of the worker.
///
/// # Errors
/// There is no `dotnet`, it failed, it is not allowed (`--no-install`) and was not done before, or what it made is no
/// worker.
pub(crate) async fn build(
    project: &Path,
    context: LaunchContext<'_>,
) -> Result<PathBuf, HostError> {
    let output = context.app.dir.join(OUTPUT);
    let name = project.file_name().unwrap_or_default().to_string_lossy();
    if !context.config.install {
        if output.join(FILE).is_file() {
            context.config.output.info(format!(
                "`--no-install` switches the build off: running {OUTPUT} as it is"
            ));
            return Ok(output);
        }
        return Err(HostError::new(
            format!("`{name}` is not built, and `--no-install` switches the build off"),
            format!("run `dotnet build --output {OUTPUT}` there, or start without `--no-install`"),
        ));
    }
    if program::find(PROGRAM).is_none() {
        return Err(HostError::new(
            format!("`{name}` must be built, but `dotnet` is not on the PATH"),
            NO_DOTNET,
        ));
    }
    let arguments = ["build", &*name, "--output", OUTPUT];
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .envs([("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1")])
        .current_dir(&context.app.dir);
    let shown = format!("dotnet {}", arguments.join(" "));
    run(command, &shown, (NO_DOTNET, Voice::Heard), context).await?;
    if output.join(FILE).is_file() {
        return Ok(output);
    }
    Err(HostError::new(
        format!("`{shown}` did not produce {FILE} in {OUTPUT}"),
        format!(
            "reference the package {ISOLATED_PACKAGE}.Sdk in `{name}`; only isolated apps run here"
        ),
    ))
}
