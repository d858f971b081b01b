//! Which program installs the packages of a Node.js app: the one whose lock file lies there.

use std::path::Path;

use crate::detect::package_manager;
use crate::functions::app::package::Package;
use crate::functions::error::HostError;
use crate::functions::worker::launch::{LaunchContext, Voice, run};
use crate::process::program;

/// What installs unless an app wants another one.
pub(crate) const NPM: &str = "npm";
/// What to do without npm.
pub(crate) const NO_NPM: &str = "install Node.js with npm from https://nodejs.org";
/// A package whose install script downloads a program that nobody needs here.
const CORE_TOOLS: &str = "azure-functions-core-tools";

/// What package managers write into `node_modules` when they have come to their end.
const ENDS: [&str; 4] = [
    ".package-lock.json",
    ".yarn-integrity",
    ".yarn-state.yml",
    ".modules.yaml",
];

/// Whether `npm ci` did not come to its end: a package may lie there in part.
pub(crate) fn was_cut_off(dir: &Path) -> bool {
    let installed = dir.join("node_modules");
    let is_folder = installed
        .symlink_metadata()
        .is_ok_and(|found| found.is_dir());
    is_folder
        && dir.join("package-lock.json").is_file()
        && !ENDS.iter().any(|end| installed.join(end).exists())
}

/// The program that an app wants, and what speaks for it; npm when nothing does.
fn wanted(package: &Package, dir: &Path) -> Option<(&'static str, &'static str)> {
    package_manager::wanted(dir, package.manager.as_deref())
}

/// The command that installs: what it is as one line, for people.
pub(crate) fn shown(package: &Package, dir: &Path, is_edited: bool) -> String {
    match wanted(package, dir) {
        Some((program, _)) => format!("{program} install"),
        None => format!("npm {}", verb(dir, is_edited)),
    }
}

/// `npm ci` refuses a lock file that does not know the new dependencies yet.
fn verb(dir: &Path, is_edited: bool) -> &'static str {
    match !is_edited && dir.join("package-lock.json").is_file() {
        true => "ci",
        false => "install",
    }
}

/// Installs the packages of an app.
///
/// # Errors
/// No way to do it worked.
pub(crate) async fn install(
    package: &Package,
    is_edited: bool,
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let dir = &context.app.dir;
    let output = &context.config.output;
    if let Some((name, why)) = wanted(package, dir) {
        if program::find(name).is_some() {
            return command(name, &["install"], context).await;
        }
        if program::find("corepack").is_some() {
            return command("corepack", &[name, "install"], context).await;
        }
        output.advise(
            format!("{why} asks for {name}, which is not installed: npm installs the packages, and leaves no lock file"),
            format!("npm install --global {name}"),
        );
        return command(NPM, &["install", "--no-package-lock"], context).await;
    }
    let verb = verb(dir, is_edited);
    let mut tries = vec![(vec![verb], "")];
    if package
        .dev_dependencies
        .iter()
        .any(|name| name == CORE_TOOLS)
    {
        let why = "without install scripts: that of azure-functions-core-tools downloads a program that is not needed here";
        tries.push((vec![verb, "--ignore-scripts"], why));
    }
    if verb == "ci" {
        let mut words = tries
            .last()
            .map(|(words, _)| words.clone())
            .unwrap_or_default();
        words[0] = "install";
        tries.push((
            words,
            "which takes a package-lock.json that does not fit package.json",
        ));
    }
    let mut result = Ok(());
    for (words, why) in tries {
        if let Err(error) = result {
            output.warn(format!("{error}; now `npm {}`, {why}", words.join(" ")));
        }
        result = command(NPM, &words, context).await;
        if result.is_ok() {
            break;
        }
    }
    result
}

async fn command(name: &str, words: &[&str], context: LaunchContext<'_>) -> Result<(), HostError> {
    let mut command = program::command(name);
    command.args(words).current_dir(&context.app.dir);
    // A program that corepack fetches must not wait for an answer.
    command.env("COREPACK_ENABLE_DOWNLOAD_PROMPT", "0");
    // Questions to the registry that change nothing of what is installed. A lock file names exact versions: those in the cache
    // are as good, also where there is no network.
    let offline = (words.first() == Some(&"ci")).then_some(("prefer_offline", true));
    let told = ["audit", "fund", "update_notifier"].map(|name| (name, false));
    for (name, value) in told.into_iter().chain(offline) {
        command.env(format!("npm_config_{name}"), value.to_string());
    }
    let shown = format!("{name} {}", words.join(" "));
    run(command, &shown, (NO_NPM, Voice::Quiet), context).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_says_which_program_installs() {
        let dir = tempfile::tempdir().unwrap();
        let lock = |name: &str| std::fs::write(dir.path().join(name), "").unwrap();
        let named = Package {
            manager: Some("yarn@4.1.0".to_owned()),
            ..Package::default()
        };
        let of = |package: &Package| shown(package, dir.path(), false);
        assert_eq!(of(&Package::default()), "npm install");
        assert_eq!(of(&named), "yarn install");
        lock("pnpm-lock.yaml");
        assert_eq!(of(&named), "pnpm install");
        lock("package-lock.json");
        assert_eq!(of(&named), "npm ci");
        assert_eq!(shown(&named, dir.path(), true), "npm install");
    }
}
