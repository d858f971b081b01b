//! Programs by their names, as a shell finds them.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;

use super::{Guard, ask, describe};

/// How long a program may take to tell its version: seconds, where it is read from a cold disk.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The command that runs a program: on Windows `npm` is `npm.cmd`, which the system itself does not look for.
pub(crate) fn command(name: impl AsRef<OsStr>) -> Command {
    let name = name.as_ref();
    match cfg!(windows).then(|| find(name)).flatten() {
        Some(found) => Command::new(found),
        None => Command::new(name),
    }
}

/// Where the PATH has a program; one that is named with its folder, where it is.
pub(crate) fn find(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_in(name.as_ref(), &path, &endings())
}

/// Where the PATH has a program, and the version that it tells.
///
/// # Errors
/// It is not there or does not work: a sentence.
pub(crate) async fn version(name: &str, guard: &Guard) -> Result<(PathBuf, String), String> {
    let path = find(name).ok_or_else(|| format!("`{name}` is not on the PATH"))?;
    let asked = ask(command(name).arg("--version"), guard, PATIENCE).await;
    let output = asked.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => format!("`{name} --version`: {error}"),
        _ => format!("`{}` cannot be started: {error}", path.display()),
    })?;
    let said = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().find(|line| !line.trim().is_empty());
        line.unwrap_or_default().trim().to_owned()
    };
    match output.status.success() {
        true => Ok((path, said(&output.stdout))),
        false => Err(format!(
            "`{name} --version` ended with {}: {}",
            describe(output.status),
            said(&output.stderr)
        )),
    }
}

/// The file of a program of this path, perhaps with an ending that its name leaves out.
pub(crate) fn file(path: &Path) -> Option<PathBuf> {
    with_ending(path, &endings())
}

fn find_in(name: &OsStr, path: &OsStr, endings: &[String]) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return with_ending(Path::new(name), endings);
    }
    std::env::split_paths(path).find_map(|folder| with_ending(&folder.join(name), endings))
}

fn with_ending(path: &Path, endings: &[String]) -> Option<PathBuf> {
    let own = path.extension().map(|own| format!(".{}", own.display()));
    let is_whole = endings.is_empty()
        || own.is_some_and(|own| endings.iter().any(|it| it.eq_ignore_ascii_case(&own)));
    let whole = is_whole.then(|| path.to_owned());
    let longer = endings.iter().map(|ending| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    });
    whole.into_iter().chain(longer).find(|path| path.is_file())
}

/// What may be left out at the end of a name. Where there is any, a file without one is no program: npm puts a shell script
/// beside each of its `.cmd`.
fn endings() -> Vec<String> {
    if !cfg!(windows) {
        return Vec::new();
    }
    let given = std::env::var("PATHEXT").unwrap_or_else(|_| ".COM;.EXE;.BAT;.CMD".to_owned());
    let given = given.split(';').filter(|ending| !ending.is_empty());
    given.map(str::to_ascii_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_looked_up_with_the_endings_of_programs() {
        let [first, second] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for (folder, file) in [
            (&first, "npm"),
            (&second, "npm.cmd"),
            (&second, "node.exe"),
            (&second, "a.b"),
        ] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let path = std::env::join_paths([first.path(), second.path()]).unwrap();
        let of_windows = [".exe", ".cmd"].map(str::to_owned);
        for (name, here, there) in [
            (
                "npm",
                Some(first.path().join("npm")),
                Some(second.path().join("npm.cmd")),
            ),
            ("node", None, Some(second.path().join("node.exe"))),
            (
                "node.exe",
                Some(second.path().join("node.exe")),
                Some(second.path().join("node.exe")),
            ),
            ("a.b", Some(second.path().join("a.b")), None),
            ("none", None, None),
        ] {
            assert_eq!(
                find_in(name.as_ref(), &path, &[]).as_deref(),
                here.as_deref(),
                "{name}"
            );
            assert_eq!(find_in(name.as_ref(), &path, &of_windows), there, "{name}");
        }
        let npm = second.path().join("npm");
        let found = find_in(npm.as_os_str(), OsStr::new(""), &of_windows);
        assert_eq!(found, Some(second.path().join("npm.cmd")), "by its folder");
    }
}
