//! What must happen before an app can start: its packages, and its build when `main` names one that is missing.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::discovery::App;
use super::output::{Line, Output, Stream};
use super::trouble::Trouble;
use crate::process::Guard;
use crate::process::{GroupChild, describe, each_line};

/// Runs what is needed, visibly. Answers whether the app must be looked at again.
///
/// # Errors
/// A command failed, or is needed but not allowed (`allowed` is false).
pub(crate) async fn prepare(
    app: &App,
    allowed: bool,
    guard: &Guard,
    output: &Output,
) -> Result<bool, Trouble> {
    let mut changed = false;
    if needs_install(app) {
        let verb = if app.dir.join("package-lock.json").is_file() {
            "ci"
        } else {
            "install"
        };
        if !allowed {
            return Err(Trouble::new(
                format!(
                    "the packages of `{}` are not installed, and installing is switched off",
                    app.dir.display()
                ),
                format!("run `npm {verb}` there, or start without `--no-install`"),
            ));
        }
        npm(&app.dir, &[verb], guard, output).await?;
        changed = true;
    }
    if app.entry.is_err() && app.package.has_build {
        if !allowed {
            return Err(Trouble::new(
                format!(
                    "`{}` is not built, and `--no-install` switches the build off",
                    app.dir.display()
                ),
                "run `npm run build` there, or start without `--no-install`",
            ));
        }
        npm(&app.dir, &["run", "build"], guard, output).await?;
        changed = true;
    }
    Ok(changed)
}

/// Node.js looks for packages in every folder upwards, so a workspace's common `node_modules` counts.
fn needs_install(app: &App) -> bool {
    let found = |name: &String| {
        app.dir
            .ancestors()
            .any(|dir| dir.join("node_modules").join(name).exists())
    };
    !app.package.dependencies.is_empty()
        && !app.dir.join("node_modules").is_dir()
        && !app.package.dependencies.iter().all(found)
}

async fn npm(
    dir: &Path,
    arguments: &[&str],
    guard: &Guard,
    output: &Output,
) -> Result<(), Trouble> {
    let shown = format!("npm {}", arguments.join(" "));
    output.info(format!("running `{shown}` in {}", dir.display()));
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let hint = format!(
        "run `{shown}` in `{}` by hand to see why, then save a file of the app or start again",
        dir.display()
    );
    let failed = |why: String| Trouble::new(format!("`{shown}` failed: {why}"), hint.clone());
    let mut child = GroupChild::spawn(&mut command, guard).map_err(|error| {
        Trouble::new(
            format!("`npm` cannot be started: {error}"),
            "install Node.js with npm from https://nodejs.org",
        )
    })?;
    let (stdout, stderr) = child.pipes();
    let print = |stream| move |text| output.say(Line::printed(stream, text));
    let (status, (), ()) = tokio::join!(
        child.wait(),
        async {
            if let Some(pipe) = stdout {
                each_line(pipe, print(Stream::Stdout)).await;
            }
        },
        async {
            if let Some(pipe) = stderr {
                each_line(pipe, print(Stream::Stderr)).await;
            }
        },
    );
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(describe(status))),
        Err(error) => Err(failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::discovery::discover;
    use super::*;

    fn needed(files: &[&str], package: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let api = dir.path().join("api");
        std::fs::create_dir_all(&api).unwrap();
        std::fs::write(api.join("package.json"), package).unwrap();
        for name in files {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        needs_install(&discover(&api).unwrap())
    }

    #[test]
    fn installs_when_a_package_is_nowhere() {
        let package = r#"{"dependencies": {"a": "1", "@b/c": "1"}}"#;
        assert!(needed(&[], package));
        assert!(needed(&["node_modules/a"], package));
        assert!(!needed(&["node_modules/a", "node_modules/@b/c"], package));
        assert!(!needed(&["api/node_modules"], package));
        assert!(!needed(&[], r#"{"devDependencies": {"a": "1"}}"#));
    }

    #[tokio::test]
    async fn says_what_to_do_when_installing_is_off() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("package.json"),
            r#"{"dependencies": {"a": "1"}}"#,
        )
        .unwrap();
        let app = discover(dir.path()).unwrap();
        let trouble = prepare(&app, false, &Guard::new(None), &Output::new(|_| {}))
            .await
            .unwrap_err();
        assert!(trouble.message.contains("not installed"));
        assert!(trouble.hint.contains("npm install"));
    }
}
