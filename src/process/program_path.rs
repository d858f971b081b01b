//! Whether a program can be started by its name.

use std::ffi::OsString;

/// Whether a program of this name lies in one of the folders of `PATH`.
pub(crate) fn is_on_path(program: &str) -> bool {
    is_in(program, std::env::var_os("PATH"))
}

fn is_in(program: &str, path: Option<OsString>) -> bool {
    let path = path.unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_programs() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("app"), "").unwrap();
        let path = std::env::join_paths(["/no/such/folder".as_ref(), dir.path()]).unwrap();
        assert!(is_in("app", Some(path)));
        assert!(!is_in("app", None));
    }
}
