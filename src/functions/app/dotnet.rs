//! .NET (isolated) apps as source: `dotnet build`, in full view, into `bin/output` as the Core Tools do (FR-13).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::worker_config::FILE;
use crate::functions::error::Trouble;
use crate::functions::worker::Ground;
use crate::functions::worker::bundled::install::visibly;

/// Where the build goes, below the project.
const OUTPUT: &str = "bin/output";
/// The package that makes a project an isolated worker.
const PACKAGE: &str = "Microsoft.Azure.Functions.Worker";

const NO_DOTNET: &str = "install the .NET SDK from https://dotnet.microsoft.com/download and start again, or build the app \
                         elsewhere and name its output folder as the API location; static files and sign-in work without it";

/// The project file of a folder.
pub(crate) fn project(dir: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "csproj" || extension == "fsproj")
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

/// Whether a folder holds a .NET project, which builds into `bin` and `obj`.
pub fn is_project(dir: &Path) -> bool {
    project(dir).is_some()
}

/// Whether a project becomes a worker: apps that run inside of the host (in-process) do not.
pub(crate) fn is_isolated(project: &Path) -> bool {
    let text = std::fs::read_to_string(project).unwrap_or_default();
    text.contains(PACKAGE)
}

/// Builds the project and answers with the folder of the worker.
///
/// # Errors
/// There is no `dotnet`, it failed, it is not allowed (`allowed` is false) and was not done before, or what it made is no
/// worker.
pub(crate) async fn build(
    project: &Path,
    allowed: bool,
    ground: Ground<'_>,
) -> Result<PathBuf, Trouble> {
    let output = ground.app.dir.join(OUTPUT);
    let name = project.file_name().unwrap_or_default().to_string_lossy();
    if !allowed {
        if output.join(FILE).is_file() {
            ground.output.info(format!(
                "`--no-install` switches the build off: running {OUTPUT} as it is"
            ));
            return Ok(output);
        }
        return Err(Trouble::new(
            format!("`{name}` is not built, and `--no-install` switches the build off"),
            format!("run `dotnet build --output {OUTPUT}` there, or start without `--no-install`"),
        ));
    }
    if !on_path("dotnet", std::env::var_os("PATH")) {
        return Err(Trouble::new(
            format!("`{name}` must be built, and there is no `dotnet` on the PATH"),
            NO_DOTNET,
        ));
    }
    let arguments = ["build", &*name, "--output", OUTPUT];
    let mut command = Command::new("dotnet");
    command
        .args(arguments)
        .envs([("DOTNET_NOLOGO", "1"), ("DOTNET_CLI_TELEMETRY_OPTOUT", "1")])
        .current_dir(&ground.app.dir);
    let shown = format!("dotnet {}", arguments.join(" "));
    visibly(command, &shown, NO_DOTNET, ground).await?;
    if output.join(FILE).is_file() {
        return Ok(output);
    }
    Err(Trouble::new(
        format!("`{shown}` made no {FILE} in {OUTPUT}"),
        format!("reference the package {PACKAGE}.Sdk in `{name}`; only isolated apps run here"),
    ))
}

fn on_path(program: &str, path: Option<OsString>) -> bool {
    let path = path.unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_projects_and_programs() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(project(dir.path()), None);
        let file = dir.path().join("app.csproj");
        std::fs::write(
            &file,
            "<PackageReference Include=\"Microsoft.Azure.Functions.Worker\" />",
        )
        .unwrap();
        assert_eq!(project(dir.path()), Some(file.clone()));
        assert!(is_isolated(&file));
        std::fs::write(
            &file,
            "<PackageReference Include=\"Microsoft.NET.Sdk.Functions\" />",
        )
        .unwrap();
        assert!(!is_isolated(&file));
        let path = std::env::join_paths(["/no/such/folder".as_ref(), dir.path()]).unwrap();
        assert!(on_path("app.csproj", Some(path)));
        assert!(!on_path("app.csproj", None));
    }
}
