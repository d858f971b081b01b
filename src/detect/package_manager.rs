//! Which program installs the packages of a Node.js project: the one whose lock file lies there.

use std::path::Path;

/// Lock files that another program than npm writes.
const OTHERS: [(&str, &str); 2] = [("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn")];

/// The program that the project in a folder wants, and what speaks for it; `None`: npm, as nothing asks for another one.
/// `named` is `packageManager` of its `package.json`, such as `pnpm@9.1.0`.
pub fn wanted(folder: &Path, named: Option<&str>) -> Option<(&'static str, &'static str)> {
    if folder.join("package-lock.json").is_file() {
        return None;
    }
    let by_lock = OTHERS
        .into_iter()
        .find(|(lock, _)| folder.join(lock).is_file());
    let by_name = named.and_then(|named| {
        let name = named.split('@').next().unwrap_or(named);
        let (_, program) = OTHERS.into_iter().find(|(_, program)| *program == name)?;
        Some((program, "packageManager of package.json"))
    });
    by_lock.map(|(lock, program)| (program, lock)).or(by_name)
}

/// The program of a folder that may be part of a workspace, whose lock file lies further up in the repository.
pub fn of_workspace(folder: &Path, named: Option<&str>) -> &'static str {
    if let Some((program, _)) = wanted(folder, named) {
        return program;
    }
    for folder in folder.ancestors() {
        if folder.join("package-lock.json").is_file() {
            break;
        }
        if let Some((program, _)) = wanted(folder, None) {
            return program;
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    "npm"
}
