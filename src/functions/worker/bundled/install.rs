//! What must happen before an app can start: its packages, and its build when `main` names one that is missing.

use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use tokio::process::Command;

use super::node::Code;
use super::typescript;
use crate::functions::app::package::Package;
use crate::functions::error::Trouble;
use crate::functions::output::{Line, Stream};
use crate::functions::worker::Ground;
use crate::process::{GroupChild, describe, each_line};

/// Runs what is needed, visibly. Answers whether the app must be looked at again.
///
/// # Errors
/// A command failed, or is needed but not allowed (`allowed` is false).
pub(crate) async fn prepare(
    code: &Code,
    allowed: bool,
    ground: Ground<'_>,
) -> Result<bool, Trouble> {
    let dir = &ground.app.dir;
    let mut changed = false;
    let missing = needs_install(code, dir);
    let edited = ground.memory.differs(&code.package.wanted);
    if edited && !missing && !allowed {
        ground.output.warn("the dependencies in package.json changed, and installing is switched off\nhint: run `npm install`, or start without `--no-install`");
    } else if missing || edited {
        // `npm ci` refuses a lock file that does not know the new dependencies yet.
        let verb = if !edited && dir.join("package-lock.json").is_file() {
            "ci"
        } else {
            "install"
        };
        if !allowed {
            return Err(Trouble::new(
                format!(
                    "the packages of `{}` are not installed, and installing is switched off",
                    dir.display()
                ),
                format!("run `npm {verb}` there, or start without `--no-install`"),
            ));
        }
        npm(&[verb], ground).await?;
        changed = true;
    }
    // Installing may have written a lock file.
    let installed = if changed {
        Package::load(dir).wanted
    } else {
        code.package.wanted.clone()
    };
    ground.memory.keep(installed);
    let is_missing = code.entry.is_err();
    let is_stale = allowed
        && !is_missing
        && !ground.memory.is_watching()
        && typescript::is_stale(code, ground);
    if code.package.has_build && (is_missing || is_stale) {
        if !allowed {
            return Err(Trouble::new(
                format!(
                    "`{}` is not built, and `--no-install` switches the build off",
                    dir.display()
                ),
                "run `npm run build` there, or start without `--no-install`",
            ));
        }
        let begun = SystemTime::now();
        npm(&["run", "build"], ground).await?;
        ground.memory.note_build(begun);
        changed = true;
    }
    if allowed && code.package.has_watch && typescript::is_built(code, dir) {
        typescript::watch(ground);
    }
    Ok(changed)
}

/// Node.js looks for packages in every folder upwards, so a workspace's common `node_modules` counts.
fn needs_install(code: &Code, app_dir: &Path) -> bool {
    let found = |name: &String| {
        app_dir
            .ancestors()
            .any(|dir| dir.join("node_modules").join(name).exists())
    };
    let dependencies = &code.package.dependencies;
    !dependencies.is_empty()
        && !app_dir.join("node_modules").is_dir()
        && !dependencies.iter().all(found)
}

async fn npm(arguments: &[&str], ground: Ground<'_>) -> Result<(), Trouble> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(&ground.app.dir);
    let shown = format!("npm {}", arguments.join(" "));
    let missing = "install Node.js with npm from https://nodejs.org";
    visibly(command, &shown, missing, ground).await
}

/// Runs a command that prepares the app; all that it says goes to the sink.
///
/// # Errors
/// It cannot be started (`missing` then says what to do) or it failed.
pub(crate) async fn visibly(
    mut command: Command,
    shown: &str,
    missing: &str,
    ground: Ground<'_>,
) -> Result<(), Trouble> {
    let Ground {
        app, output, guard, ..
    } = ground;
    output.info(format!("running `{shown}` in {}", app.dir.display()));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let hint = format!(
        "run `{shown}` in `{}` by hand to see why, then save a file of the app or start again",
        app.dir.display()
    );
    let failed = |why: String| Trouble::new(format!("`{shown}` failed: {why}"), hint.clone());
    let mut child = GroupChild::spawn(&mut command, guard)
        .map_err(|error| Trouble::new(format!("`{shown}` cannot be started: {error}"), missing))?;
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
    use super::*;
    use crate::functions::app::discovery::{Wishes, discover};
    use crate::functions::output::Output;
    use crate::functions::worker::Memory;
    use crate::process::Guard;

    fn needed(files: &[&str], package: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let api = dir.path().join("api");
        std::fs::create_dir_all(&api).unwrap();
        std::fs::write(api.join("package.json"), package).unwrap();
        for name in files {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        needs_install(&Code::look(&api), &api)
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
        let ground = Ground {
            app: &discover(dir.path(), &Wishes::default()).unwrap(),
            guard: &Guard::new(None),
            output: &Output::new(|_| {}),
            memory: &Memory::default(),
            own_port: None,
        };
        let trouble = prepare(&Code::look(dir.path()), false, ground)
            .await
            .unwrap_err();
        assert!(trouble.message.contains("not installed"));
        assert!(trouble.hint.contains("npm install"));
    }
}
