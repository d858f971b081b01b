//! Where Cygnet keeps what outlives a run.

use std::path::{Path, PathBuf};

use super::StoreError;
use super::atomic_file::write_whole;
use super::folder::make_folder;

/// The folder of the links and deployments of a project, below its base folder.
pub const PROJECT_FOLDER: &str = ".cygnet";

/// Makes the project's folder of state, which is not for version control, the personas in it aside: it ignores itself.
///
/// # Errors
/// It is a symbolic link, or the disk.
pub fn make_project_folder(project: &Path) -> Result<(), StoreError> {
    let folder = project.join(PROJECT_FOLDER);
    make_folder(project, &folder)?;
    let ignore = folder.join(".gitignore");
    if ignore.symlink_metadata().is_err() {
        write_whole(&ignore, b"*\n!personas.json\n").map_err(StoreError::io("writing", &ignore))?;
    }
    Ok(())
}

/// The user's state folder: `CYGNET_STATE_DIR`, else `$XDG_STATE_HOME/cygnet`, else on Windows `%LOCALAPPDATA%\cygnet`,
/// else `~/.local/state/cygnet`. Absolute; it need not exist. `None` when none of the variables (and no `HOME` or
/// `USERPROFILE`) says a place.
pub fn state_dir() -> Option<PathBuf> {
    state_dir_from(|name| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        std::path::absolute(value).ok()
    })
}

/// The same by the variables that `variable` knows.
pub fn state_dir_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let folder = |name| variable(name).filter(|value| !value.as_os_str().is_empty());
    folder("CYGNET_STATE_DIR")
        .or_else(|| Some(folder("XDG_STATE_HOME")?.join("cygnet")))
        .or_else(|| {
            Some(
                folder("LOCALAPPDATA")
                    .filter(|_| cfg!(windows))?
                    .join("cygnet"),
            )
        })
        .or_else(|| {
            let home = folder("HOME").or_else(|| folder("USERPROFILE"))?;
            Some(home.join(".local/state/cygnet"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_variable_wins_then_the_standard_then_home() {
        let with = |pairs: &'static [(&str, &str)]| {
            state_dir_from(|name| {
                let found = pairs.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| PathBuf::from(value))
            })
        };
        let all = &[
            ("CYGNET_STATE_DIR", "/own"),
            ("XDG_STATE_HOME", "/xdg"),
            ("HOME", "/home/a"),
        ];
        assert_eq!(with(all), Some("/own".into()));
        assert_eq!(with(&all[1..]), Some("/xdg/cygnet".into()));
        assert_eq!(with(&all[2..]), Some("/home/a/.local/state/cygnet".into()));
        assert_eq!(with(&[("CYGNET_STATE_DIR", "")]), None);
    }
}
