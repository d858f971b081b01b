//! `bench/bench.py`, once with a few requests of everything: that it runs, not what it finds.

use std::path::Path;
use std::process::Command;

use crate::common::deployed::processes;

#[test]
fn the_benchmark_measures_everything_and_leaves_nothing_behind() {
    let out = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/bench.py");
    let output = Command::new("python3")
        .arg(script)
        .args(["--self-test", "--servers", "Cygnet", "--cygnet"])
        .arg(env!("CARGO_BIN_EXE_cygnet"))
        .arg("--out")
        .arg(out.path())
        .output()
        .expect("python3 runs");
    let table = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{table}{said}");
    for row in [
        "| start to the first answer, 20 files | ms |",
        "| private memory, idle | MB |",
        "| 1 KB page, as a browser asks | µs CPU |",
        "| 304 Not Modified | µs CPU |",
        "| one of 50,000 files | µs CPU |",
        "| 1,000 rules, then the fallback | µs CPU |",
        "| /api, small GET, one connection: median latency | µs |",
        "| /api, 1 MB POST: throughput | MB/s |",
        "| private memory, after all that | MB |",
    ] {
        let line = table.lines().find(|line| line.starts_with(row));
        let line = line.unwrap_or_else(|| panic!("{row}\n{table}{said}"));
        let value = line[row.len()..].trim_matches([' ', '|']);
        let value = value.split([' ', '|']).next().unwrap().replace(',', "");
        assert!(value.parse::<f64>().unwrap() > 0.0, "{line}");
    }
    assert_eq!(processes(&out.path().display().to_string()), 0);
}
