//! What must happen before an app can start: its packages, and its build when `main` names one that is missing.

use std::path::Path;
use std::time::SystemTime;

use tokio::process::Command;

use super::typescript;
use crate::functions::app::package::{NodeCode, Package};
use crate::functions::error::HostError;
use crate::functions::worker::launch::{LaunchContext, run_visibly};

/// Runs what is needed, visibly. Answers whether the app must be looked at again.
///
/// # Errors
/// A command failed, or is needed but not allowed (`--no-install`).
pub(crate) async fn prepare(
    code: &NodeCode,
    context: LaunchContext<'_>,
) -> Result<bool, HostError> {
    let dir = &context.app.dir;
    let allowed = context.config.install;
    let mut changed = false;
    let missing = needs_install(code, dir);
    let edited = context.cache.differs(&code.package.wanted);
    if edited && !missing && !allowed {
        context.config.output.advise(
            "the dependencies in package.json changed, and installing is switched off",
            "run `npm install`, or start without `--no-install`",
        );
    } else if missing || edited {
        // `npm ci` refuses a lock file that does not know the new dependencies yet.
        let verb = if !edited && dir.join("package-lock.json").is_file() {
            "ci"
        } else {
            "install"
        };
        if !allowed {
            return Err(HostError::new(
                format!(
                    "the packages of `{}` are not installed, and installing is switched off",
                    dir.display()
                ),
                format!("run `npm {verb}` there, or start without `--no-install`"),
            ));
        }
        npm(&[verb], context).await?;
        changed = true;
    }
    // Installing may have written a lock file.
    let installed = if changed {
        Package::load(dir).wanted
    } else {
        code.package.wanted.clone()
    };
    context.cache.keep(installed);
    let is_missing = code.entry.is_err();
    let is_stale = allowed
        && !is_missing
        && !context.cache.is_watching()
        && typescript::is_stale(code, context);
    if code.package.has_build && (is_missing || is_stale) {
        if !allowed {
            return Err(HostError::new(
                format!(
                    "`{}` is not built, and `--no-install` switches the build off",
                    dir.display()
                ),
                "run `npm run build` there, or start without `--no-install`",
            ));
        }
        let begun = SystemTime::now();
        npm(&["run", "build"], context).await?;
        context.cache.note_build(begun);
        changed = true;
    }
    if allowed && code.package.has_watch && typescript::is_built(code, dir) {
        typescript::watch(context);
    }
    Ok(changed)
}

/// Node.js looks for packages in every folder upwards, so a workspace's common `node_modules` counts.
fn needs_install(code: &NodeCode, app_dir: &Path) -> bool {
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

async fn npm(arguments: &[&str], context: LaunchContext<'_>) -> Result<(), HostError> {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(&context.app.dir);
    let shown = format!("npm {}", arguments.join(" "));
    let missing = "install Node.js with npm from https://nodejs.org";
    run_visibly(command, &shown, missing, context).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::app::discovery::discover;
    use crate::functions::config::HostConfig;
    use crate::functions::output::Output;
    use crate::functions::worker::install_cache::InstallCache;

    fn needed(files: &[&str], package: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let api = dir.path().join("api");
        std::fs::create_dir_all(&api).unwrap();
        std::fs::write(api.join("package.json"), package).unwrap();
        for name in files {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        needs_install(&NodeCode::look(&api), &api)
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
        let config = HostConfig {
            install: false,
            output: Output::new(|_| {}),
            ..HostConfig::new(dir.path())
        };
        let context = LaunchContext {
            app: &discover(&config).unwrap(),
            config: &config,
            cache: &InstallCache::default(),
        };
        let error = prepare(&NodeCode::look(dir.path()), context)
            .await
            .unwrap_err();
        assert!(error.message.contains("not installed"));
        assert!(error.hint.contains("npm install"));
    }
}
