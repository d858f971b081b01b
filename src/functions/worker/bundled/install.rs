//! What must happen before an app can start: its packages, and its build when `main` names one that is missing.

use std::path::Path;
use std::time::SystemTime;

use super::package_manager::{self, NO_NPM};
use super::typescript;
use crate::functions::app::package::{NodeCode, Package};
use crate::functions::error::HostError;
use crate::functions::worker::launch::{LaunchContext, Voice, run};
use crate::process::program;

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
    let package = &code.package;
    let edited = context.cache.differs(&package.wanted);
    let missing = needs_install(code, dir);
    let is_bare = missing && !dir.join("node_modules").is_dir();
    let mut changed = false;
    if (edited || missing) && !is_bare && !allowed {
        context.config.output.advise(
            "the packages are not those of package.json, and installing is switched off",
            format!(
                "run `{}`, or start without `--no-install`",
                package_manager::shown(package, dir, edited)
            ),
        );
    } else if missing || edited {
        if !allowed {
            return Err(HostError::new(
                format!(
                    "the packages of `{}` are not installed, and installing is switched off",
                    dir.display()
                ),
                format!(
                    "run `{}` there, or start without `--no-install`",
                    package_manager::shown(package, dir, edited)
                ),
            ));
        }
        package_manager::install(package, edited, context).await?;
        changed = true;
    }
    // Installing may have written a lock file.
    let installed = if changed {
        Package::load(dir).wanted
    } else {
        package.wanted.clone()
    };
    context.cache.keep(installed);
    Ok(build(code, changed, context).await? || changed)
}

/// Builds what is missing or older than its sources. Answers whether it was.
async fn build(
    code: &NodeCode,
    installed: bool,
    context: LaunchContext<'_>,
) -> Result<bool, HostError> {
    let LaunchContext { app, cache, .. } = context;
    let allowed = context.config.install;
    let package = &code.package;
    let watches = package.has_watch && typescript::is_built(code, app);
    let is_missing = code.entry.is_err() || !app.unbuilt.is_empty();
    if allowed
        && !watches
        && typescript::is_built(code, app)
        && let Some(error) = cache.failed(typescript::saved(app))
    {
        // What the compiler wrote all the same starts nothing.
        return Err(error);
    }
    let is_stale =
        allowed && !is_missing && !cache.is_watching() && typescript::is_stale(code, context);
    let builds = package.has_build && (is_missing || is_stale);
    if builds {
        if !allowed {
            return Err(HostError::new(
                format!(
                    "`{}` is not built, and `--no-install` switches the build off",
                    app.dir.display()
                ),
                "run `npm run build` there, or start without `--no-install`",
            ));
        }
        if !installed && !has_all(&package.dev_dependencies, &app.dir) {
            // The compiler is one of them.
            package_manager::install(package, false, context).await?;
        }
        let begun = SystemTime::now();
        let mut command = program::command("npm");
        command.args(["run", "build"]).current_dir(&app.dir);
        let told = (NO_NPM, Voice::Heard);
        if let Err(error) = run(command, "npm run build", told, context).await {
            cache.note_failed(begun, error.clone());
            return Err(error);
        }
        cache.note_build(begun);
    }
    if allowed && watches {
        typescript::watch(context);
    }
    Ok(builds)
}

/// Node.js looks for packages in every folder upwards, so a workspace's common `node_modules` counts.
fn has_all(names: &[String], app_dir: &Path) -> bool {
    names.iter().all(|name| {
        let mut folders = app_dir.ancestors().map(|dir| dir.join("node_modules"));
        folders.any(|folder| folder.join(name).join("package.json").exists())
    })
}

fn needs_install(code: &NodeCode, app_dir: &Path) -> bool {
    let dependencies = &code.package.dependencies;
    !dependencies.is_empty()
        && (!has_all(dependencies, app_dir) || package_manager::was_cut_off(app_dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::app::discovery::discover;
    use crate::functions::config::HostConfig;
    use crate::functions::output::Output;
    use crate::functions::worker::install_cache::InstallCache;
    use crate::functions::worker::stage::Stage;

    fn needed(files: &[&str], package: &str) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let api = dir.path().join("api");
        std::fs::create_dir_all(&api).unwrap();
        std::fs::write(api.join("package.json"), package).unwrap();
        for name in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        needs_install(&NodeCode::look(&api), &api)
    }

    #[test]
    fn installs_when_a_package_is_nowhere() {
        let package = r#"{"dependencies": {"a": "1", "@b/c": "1"}}"#;
        let (a, c) = (
            "node_modules/a/package.json",
            "node_modules/@b/c/package.json",
        );
        assert!(needed(&[], package));
        assert!(needed(&[a], package));
        assert!(!needed(&[a, c], package));
        assert!(needed(&[a, "node_modules/@b/c/index.js"], package));
        assert!(!needed(&[], r#"{"devDependencies": {"a": "1"}}"#));
    }

    #[test]
    fn installs_again_what_was_cut_off() {
        let package = r#"{"dependencies": {"a": "1"}}"#;
        let (a, lock) = ("api/node_modules/a/package.json", "api/package-lock.json");
        assert!(needed(&[a, lock], package), "npm has not come to its end");
        assert!(!needed(
            &[a, lock, "api/node_modules/.package-lock.json"],
            package
        ));
        assert!(!needed(
            &[a, lock, "api/node_modules/.modules.yaml"],
            package
        ));
        assert!(!needed(&[a], package), "nobody knows what it was made from");
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
            stage: &Stage::default(),
        };
        let error = prepare(&NodeCode::look(dir.path()), context)
            .await
            .unwrap_err();
        assert!(error.message.contains("not installed"));
        assert!(error.hint.contains("npm install"));
    }
}
