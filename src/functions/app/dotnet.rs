//! .NET projects: a folder that holds one, and whether it becomes a worker of its own (isolated).

use std::path::{Path, PathBuf};

/// The package that makes a project an isolated worker.
pub(crate) const ISOLATED_PACKAGE: &str = "Microsoft.Azure.Functions.Worker";

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
    text.contains(ISOLATED_PACKAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_projects() {
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
    }
}
