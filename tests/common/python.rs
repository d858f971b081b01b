//! Environments of Python with real packages, from PyPI.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A virtual environment that is made once for all runs and anew when `version` changes.
pub fn environment(name: &str, version: &str, fill: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let dir = folder.join(name);
    // Test programs run beside each other.
    let lock = std::fs::File::create(folder.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let stamp = dir.join("complete");
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(version) {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&dir));
        fill(&dir.join("bin/python"));
        std::fs::write(stamp, version).unwrap();
    }
    dir.join("bin/python")
}

/// Runs a command that prepares something.
pub fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

pub fn pip(python: &Path, arguments: &[&str]) {
    run(Command::new(python)
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args(arguments));
}
