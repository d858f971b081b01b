//! The scripts of `tests/browser`, which lead a real browser through what is served.

use std::path::Path;
use std::process::Command;

/// Runs a script, which tells its steps; it must end with "all fine".
pub fn walk(script: &str, arguments: &[&Path]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let walk = Command::new("node")
        .arg(folder.join(script))
        .args(arguments)
        .output()
        .expect("node runs; hint: install Node 20 or newer, tests/run.sh says how");
    let steps = String::from_utf8_lossy(&walk.stdout);
    println!("{steps}");
    assert!(
        walk.status.success() && steps.contains("all fine"),
        "it ended with {}:\n{steps}{}",
        walk.status,
        String::from_utf8_lossy(&walk.stderr)
    );
}
