//! The real program, run to its end.

use std::path::Path;
use std::process::Command;

/// Runs it in a folder with nothing in its environment: exit code, standard output, standard error.
pub fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The same for a snapshot, with `[ROOT]` for the folder.
pub fn shown(folder: &Path, words: &[&str]) -> String {
    let (code, stdout, stderr) = run(folder, words);
    let all =
        format!("exit code: {code}\n----- stdout -----\n{stdout}----- stderr -----\n{stderr}");
    let root = folder.canonicalize().unwrap();
    all.replace(&root.display().to_string(), "[ROOT]")
}
