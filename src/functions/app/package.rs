//! `package.json`: the entry point of a v4 app, what to install, how to build.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use serde_json::Value;
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_64;

/// The part of `package.json` that matters here; a missing or broken file is an empty one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    /// `main`, a glob.
    pub(crate) main: Option<String>,
    /// `type`: `module` or `commonjs`.
    pub(crate) module_type: Option<String>,
    /// `dependencies` and the lock files as text, to notice that they changed.
    pub(crate) wanted: String,
    /// Names of `dependencies`.
    pub(crate) dependencies: Vec<String>,
    /// Names of `devDependencies`.
    pub(crate) dev_dependencies: Vec<String>,
    /// `packageManager`, such as `pnpm@9.1.0`.
    pub(crate) manager: Option<String>,
    /// Whether `scripts.build` exists.
    pub(crate) has_build: bool,
    /// Whether `scripts.watch` exists.
    pub(crate) has_watch: bool,
    /// Why the file could not be read.
    pub(crate) warning: Option<String>,
}

/// What package managers write down of what they install.
const LOCKS: [&str; 4] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
];

impl Package {
    /// Reads the file of an app. Wrong types are ignored, as Azure's worker does.
    pub(crate) fn load(app_dir: &Path) -> Self {
        let Ok(text) = std::fs::read_to_string(app_dir.join("package.json")) else {
            return Self::default();
        };
        match serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
            Ok(value) => {
                let mut package = Self::read(&value);
                for lock in LOCKS {
                    let bytes = std::fs::read(app_dir.join(lock)).unwrap_or_default();
                    package.wanted.push_str(&format!(" {:x}", xxh3_64(&bytes)));
                }
                package
            }
            Err(error) => Self {
                warning: Some(format!(
                    "package.json is not valid JSON and is ignored: {error}"
                )),
                ..Self::default()
            },
        }
    }

    fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let names = |list: &str| {
            let map = value[list].as_object().into_iter().flatten();
            map.map(|(name, _)| name.clone()).collect()
        };
        Self {
            main: text("main").filter(|main| !main.is_empty()),
            module_type: text("type"),
            wanted: value["dependencies"].to_string(),
            dependencies: names("dependencies"),
            dev_dependencies: names("devDependencies"),
            manager: text("packageManager"),
            has_build: value["scripts"]["build"].is_string(),
            has_watch: value["scripts"]["watch"].is_string(),
            warning: None,
        }
    }

    /// The files that `main` names, sorted.
    ///
    /// # Errors
    /// No file matches, or the pattern is broken; in the words of Azure's worker.
    pub(crate) fn entry_files(&self, app_dir: &Path) -> Result<Vec<PathBuf>, String> {
        let Some(main) = &self.main else {
            return Ok(Vec::new());
        };
        let failed = |why: &str| format!("Worker was unable to load entry point \"{main}\": {why}");
        let mut pattern = main.trim_start_matches("./");
        let below = format!("{}/**", pattern.trim_end_matches('/'));
        if app_dir.join(pattern).is_dir() {
            // As in the worker of Azure, a folder means all of its files.
            pattern = &below;
        }
        if !pattern.contains(['*', '?', '[', '{']) {
            let file = app_dir.join(pattern);
            return if file.is_file() {
                Ok(vec![file])
            } else {
                Err(failed("File does not exist."))
            };
        }
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| failed(&error.to_string()))?
            .compile_matcher();
        let files: Vec<PathBuf> = candidates(app_dir, pattern)
            .filter(|path| {
                path.strip_prefix(app_dir)
                    .is_ok_and(|name| glob.is_match(name))
            })
            .collect();
        if files.is_empty() {
            return Err(failed("Found zero files matching the supplied pattern."));
        }
        Ok(files)
    }
}

/// The code of a Node.js app.
#[derive(Debug, Clone)]
pub(crate) struct NodeCode {
    pub(crate) package: Package,
    /// The v4 entry files, or why there are none although `main` is given.
    pub(crate) entry: Result<Vec<PathBuf>, String>,
}

impl NodeCode {
    /// Looks at the folder of an app.
    pub(crate) fn look(dir: &Path) -> Self {
        let package = Package::load(dir);
        let entry = package.entry_files(dir);
        Self { package, entry }
    }
}

/// Every file below the literal start of the pattern; hidden names and `node_modules` only when it names them.
fn candidates(app_dir: &Path, pattern: &str) -> impl Iterator<Item = PathBuf> {
    let literal = pattern
        .find(['*', '?', '[', '{'])
        .map_or(pattern, |at| &pattern[..at]);
    let base = literal.rfind('/').map_or("", |at| &literal[..at]);
    let modules = pattern.contains("node_modules");
    let walk = WalkDir::new(app_dir.join(base))
        .sort_by_file_name()
        .follow_links(true);
    walk.into_iter()
        .filter_entry(move |entry| {
            let name = entry.file_name().to_string_lossy();
            entry.depth() == 0 || !(name.starts_with('.') || (name == "node_modules" && !modules))
        })
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn files(main: &str) -> Result<Vec<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        let all = [
            "index.js",
            "src/index.js",
            "src/functions/b.js",
            "src/functions/a.js",
            "src/functions/deep/c.js",
            "src/functions/.d.js",
            "node_modules/x/index.js",
        ];
        for name in all {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let package = Package::read(&json!({ "main": main }));
        let found = package.entry_files(dir.path())?;
        let name = |path: PathBuf| {
            let name = path.strip_prefix(dir.path()).unwrap().display().to_string();
            name.replace(std::path::MAIN_SEPARATOR, "/")
        };
        Ok(found.into_iter().map(name).collect())
    }

    #[test]
    fn main_is_a_glob() {
        assert_eq!(files("./index.js").unwrap(), ["index.js"]);
        assert_eq!(
            files("src/functions/*.js").unwrap(),
            ["src/functions/a.js", "src/functions/b.js"]
        );
        assert_eq!(
            files("src/{index.js,functions/*.js}").unwrap(),
            ["src/functions/a.js", "src/functions/b.js", "src/index.js"]
        );
        assert_eq!(
            files("./src/functions/deep").unwrap(),
            ["src/functions/deep/c.js"]
        );
        assert_eq!(
            files("**/[ac].js").unwrap(),
            ["src/functions/a.js", "src/functions/deep/c.js"]
        );
        assert_eq!(files("").unwrap(), [""; 0]);
    }

    #[test]
    fn what_is_missing_is_said_as_azure_says_it() {
        assert!(files("dist/*.js").unwrap_err().contains("Found zero files"));
        assert!(
            files("dist/a.js")
                .unwrap_err()
                .contains("File does not exist")
        );
    }

    #[test]
    fn wrong_types_are_ignored() {
        let package = Package::read(&json!({"main": 5, "type": [], "dependencies": {"a": "1"}}));
        assert_eq!((package.main, package.module_type), (None, None));
        assert_eq!(package.dependencies, ["a"]);
    }
}
