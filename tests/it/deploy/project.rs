//! A project that can be deployed, and `cygnet` in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::program::with_slashes;

pub struct Project {
    root: TempDir,
}

impl Project {
    /// With a page in `dist`.
    pub fn new() -> Self {
        let project = Self {
            root: tempfile::tempdir().unwrap(),
        };
        project.write("dist/index.html", "<h1>one</h1>");
        project
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("shop")
    }

    pub fn store(&self) -> PathBuf {
        self.folder().join(".cygnet/deployments")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// `cygnet WORDS` in the project, not run yet.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .args(words)
            .current_dir(self.folder())
            .env("CYGNET_STATE_DIR", self.root.path().join("state"))
            .env_remove("CYGNET_FAULT");
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// It must succeed; its standard output.
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// It must succeed and print JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let text = self.done(&[words, &["--json"]].concat());
        serde_json::from_str(&text).unwrap()
    }

    /// Deploys `dist`.
    pub fn deploy(&self, words: &[&str]) -> Value {
        self.json(&[&["deploy", "dist"], words].concat())
    }

    /// The folder that an environment serves.
    pub fn served(&self, id: &str) -> PathBuf {
        let shown = self.json(&["environments", "show", id]);
        let snapshot = shown["deployment"]["id"].as_str().unwrap();
        self.store().join("snapshots").join(snapshot)
    }

    /// The page that an environment serves.
    pub fn page(&self, id: &str) -> String {
        fs::read_to_string(self.served(id).join("content/index.html")).unwrap()
    }
}

/// All that a command said.
pub fn said(output: &Output) -> String {
    let all = [output.stdout.clone(), output.stderr.clone()].concat();
    with_slashes(&String::from_utf8_lossy(&all))
}

/// How many files there are below a folder.
pub fn count(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.path() {
            path if path.is_dir() => count(&path),
            _ => 1,
        })
        .sum()
}
