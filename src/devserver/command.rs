//! The forms of `--run`, as the official CLI has them.
//!
//! | form | what runs |
//! |---|---|
//! | `npm:script`, `yarn:script` | `npm run script --if-present` |
//! | `npx:words` | `npx words` |
//! | a file of the app location | that file |
//! | anything else | the words, by the shell |
//!
//! The shell is `/bin/sh`, on Windows `cmd`.

use std::path::Path;

use tokio::process::Command;

/// The process for `--run TEXT`, in the folder `app`; `app` that is missing gives way to `base`.
pub(super) fn command(text: &str, app: &Path, base: &Path) -> Command {
    let folder = if app.is_dir() { app } else { base };
    let text = text.trim();
    let file = folder.join(text);
    let mut command = if let Some(script) = text
        .strip_prefix("npm:")
        .or_else(|| text.strip_prefix("yarn:"))
    {
        shell(&format!("npm run {script} --if-present"))
    } else if let Some(words) = text.strip_prefix("npx:") {
        shell(&format!("npx {words}"))
    } else if file.is_file() {
        shell_file(&file)
    } else {
        shell(text)
    };
    // A dev server would open its own address; the app is here.
    command.current_dir(folder).env("BROWSER", "none");
    command
}

#[cfg(unix)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]);
    command
}

/// As an argument, so that no character of its name means anything to the shell.
#[cfg(unix)]
fn shell_file(file: &Path) -> Command {
    let mut command = shell("exec \"$0\"");
    command.arg(file);
    command
}

/// `cmd` takes what stands between the first and the last quote as it is, and does not know how others quote words.
#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.args(["/d", "/s", "/c"]);
    command.raw_arg(format!("\"{line}\""));
    command
}

/// By what Windows runs files of its ending with.
#[cfg(windows)]
fn shell_file(file: &Path) -> Command {
    shell(&format!("\"{}\"", file.display()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn words(text: &str, folder: &Path) -> Vec<String> {
        let command = command(text, folder, Path::new("/"));
        let command = command.as_std();
        assert_eq!(command.get_current_dir(), Some(folder));
        assert!(
            command
                .get_envs()
                .any(|(name, value)| name == "BROWSER" && value.is_some_and(|it| it == "none"))
        );
        let words = command.get_args().skip(1);
        words
            .map(|word| word.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_forms_of_the_official_cli() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for (text, run) in [
            ("npm:dev", "npm run dev --if-present"),
            ("yarn:start:app", "npm run start:app --if-present"),
            ("npx:vite --port 3000", "npx vite --port 3000"),
            ("npm run build:watch", "npm run build:watch"),
            ("  echo 'a b' && true ", "echo 'a b' && true"),
        ] {
            assert_eq!(words(text, folder), [run], "{text}");
        }
    }

    #[test]
    fn a_file_of_the_app_is_run_as_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("start me.sh");
        std::fs::write(&file, "#!/bin/sh\n").unwrap();
        assert_eq!(
            words("start me.sh", folder.path()),
            ["exec \"$0\"", file.to_str().unwrap()]
        );
        assert_eq!(words("start you.sh", folder.path()), ["start you.sh"]);
    }

    #[test]
    fn without_the_app_location_it_runs_where_the_emulator_was_started() {
        let folder = tempfile::tempdir().unwrap();
        let made = command("true", Path::new("/does/not/exist"), folder.path());
        assert_eq!(made.as_std().get_current_dir(), Some(folder.path()));
    }
}
