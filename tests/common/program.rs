//! The real program, run to its end.

use std::path::Path;
use std::process::Command;

use regex::{Captures, Regex};

use super::emulator::is_of_windows;

/// Paths with `/` and without Wine's drive, as they are written elsewhere, in what a program of Windows prints.
pub fn with_slashes(text: &str) -> String {
    if !is_of_windows() {
        return text.to_owned();
    }
    // Of what has no drive the files are known by their ending: not each backslash is of a path.
    let path = r"\b[A-Z]:(?:(?:\\{1,2}|/)[\w.\-]+)+|(?:[\w.\-]+\\{1,2})+[\w.\-]+\.js(?:on)?";
    let written = |found: &Captures| {
        let path = found[0].replace("\\\\", "/").replace('\\', "/");
        let here = path.strip_prefix("Z:").filter(|_| cfg!(unix));
        here.unwrap_or(&path).to_owned()
    };
    Regex::new(path).unwrap().replace_all(text, written).into()
}

/// Runs it in a folder with nothing in its environment: exit code, standard output, standard error.
pub fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| with_slashes(&String::from_utf8(bytes).unwrap());
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
    let root = dunce::canonicalize(folder).unwrap();
    all.replace(&with_slashes(&root.display().to_string()), "[ROOT]")
}
