//! Kills, full disks and others who deploy at the same time: the former deployment is served, whole.

use std::fs;

use super::project::{Project, said};
use crate::emulator::is_of_windows;

/// Every step after which a debug build lets itself be killed; see `deployment::failpoints`.
const STEPS: [&str; 6] = [
    "locked",
    "objects-half",
    "objects",
    "tree",
    "snapshot",
    "switched",
];

#[test]
fn killed_at_each_step_the_store_is_whole_and_the_next_deployment_goes_through() {
    assert_eq!(STEPS, cygnet::deployment::failpoints::STEPS);
    for step in STEPS {
        let project = Project::new();
        for number in 0..20 {
            project.write(&format!("dist/{number}.txt"), format!("first {number}"));
        }
        project.deploy(&[]);
        project.write("dist/index.html", "<h1>two</h1>");
        for number in 0..20 {
            project.write(&format!("dist/{number}.txt"), format!("second {number}"));
        }
        let mut command = project.command(&["deploy", "dist"]);
        let killed = command.env("CYGNET_FAULT", step).output().unwrap();
        assert!(
            !killed.status.success() && (killed.status.code().is_none() || is_of_windows()),
            "{step}: {killed:?}"
        );
        project.done(&["environments", "verify"]);
        let expected = match step {
            "switched" => "<h1>two</h1>",
            _ => "<h1>one</h1>",
        };
        assert_eq!(project.page("production"), expected, "{step}");
        // A first deployment to another environment leaves no half-made one either.
        let mut command = project.command(&["deploy", "dist", "--pr", "5"]);
        command.env("CYGNET_FAULT", step).output().unwrap();
        let listed = &project.json(&["environments", "list"])["environments"];
        let expected = if step == "switched" { 2 } else { 1 };
        assert_eq!(listed.as_array().unwrap().len(), expected, "{step}");
        project.write("dist/index.html", "<h1>three</h1>");
        project.deploy(&[]);
        assert_eq!(project.page("production"), "<h1>three</h1>");
        project.done(&["environments", "verify"]);
        assert!(
            !project.store().join("tmp").exists(),
            "{step}: something is left over"
        );
    }
}

#[test]
fn kill_9_at_any_moment() {
    let project = Project::new();
    for number in 0..300 {
        project.write(&format!("dist/{number}.txt"), vec![1; 3000]);
    }
    project.deploy(&[]);
    for round in 0..12u64 {
        for number in 0..300 {
            project.write(&format!("dist/{number}.txt"), format!("{round} {number}"));
        }
        project.write("dist/index.html", format!("<h1>{round}</h1>"));
        let before = project.page("production");
        let mut running = project.command(&["deploy", "dist"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(round * 15));
        running.kill().unwrap();
        running.wait().unwrap();
        project.done(&["environments", "verify"]);
        let now = project.page("production");
        assert!(now == before || now == format!("<h1>{round}</h1>"), "{now}");
    }
}

#[test]
fn many_at_once_take_turns() {
    let project = Project::new();
    let running: Vec<_> = (0..8)
        .map(|number| {
            let number = number.to_string();
            project
                .command(&["deploy", "dist", "--pr", &number])
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in running {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(
        project.json(&["environments", "list"])["environments"]
            .as_array()
            .unwrap()
            .len(),
        8
    );
    project.done(&["environments", "verify"]);
}

#[test]
fn a_damaged_state_is_told_and_never_overwritten() {
    let project = Project::new();
    project.deploy(&[]);
    project.deploy(&["--pr", "1"]);
    let state = project.store().join("state.json");
    let whole = fs::read(&state).unwrap();
    fs::write(&state, &whole[..whole.len() / 2]).unwrap();
    let output = project.run(&["deploy", "dist"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("is damaged"), "{}", said(&output));
    assert!(
        said(&output).contains("state.json.before"),
        "{}",
        said(&output)
    );
    assert_eq!(fs::read(&state).unwrap(), whole[..whole.len() / 2]);
    assert_eq!(
        fs::read_dir(project.store().join("snapshots"))
            .unwrap()
            .count(),
        2
    );
    fs::copy(project.store().join("state.json.before"), &state).unwrap();
    assert_eq!(project.page("production"), "<h1>one</h1>");
}

#[test]
fn verify_finds_what_was_changed() {
    let project = Project::new();
    project.write("dist/a.txt", "a");
    project.deploy(&[]);
    let page = project.served("production").join("content/index.html");
    fs::remove_file(&page).unwrap();
    fs::write(&page, "changed by hand").unwrap();
    fs::write(page.with_file_name("more.html"), "more").unwrap();
    let output = project.run(&["environments", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("index.html was changed"), "{said}");
    assert!(
        said.contains("more.html is not of this deployment"),
        "{said}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_leaves_the_former_deployment() {
    let project = Project::new();
    let disk = project.path("disk");
    fs::create_dir_all(&disk).unwrap();
    let script = r#"
        mount -t tmpfs -o size=2m none "$1" || exit 97
        cd "$1"; mkdir dist; echo '<h1>one</h1>' > dist/index.html
        "$0" deploy dist >/dev/null 2>&1; echo "first $?"
        echo '<h1>two</h1>' > dist/index.html
        head -c 1200000 /dev/urandom > dist/large.bin
        "$0" deploy dist 2>&1; echo "second $?"
        "$0" environments verify; echo "verified $?"
        cat .cygnet/deployments/snapshots/*/content/index.html
        head -c 1000 /dev/urandom > dist/large.bin
        "$0" deploy dist >/dev/null 2>&1; echo "third $?"
    "#;
    for flags in ["-m", "-rm"] {
        let output = std::process::Command::new("unshare")
            .args([flags, "bash", "-c", script])
            .arg(env!("CARGO_BIN_EXE_cygnet"))
            .arg(&disk)
            .output()
            .unwrap();
        if matches!(output.status.code(), Some(1 | 97)) {
            continue;
        }
        let said = said(&output);
        assert!(said.contains("first 0\n"), "{said}");
        assert!(
            said.contains("second 1\n") && said.contains("No space left"),
            "{said}"
        );
        assert!(said.contains("verified 0\n<h1>one</h1>\n"), "{said}");
        assert!(said.contains("third 0\n"), "{said}");
        return;
    }
    panic!("this machine lets nobody mount a disk: neither `unshare -m` nor `unshare -rm` may");
}

#[test]
#[cfg(unix)]
fn nothing_is_left_of_a_deployment_that_could_not_read_a_file() {
    use super::project::count;

    let project = Project::new();
    project.deploy(&[]);
    let before = count(&project.store());
    std::os::unix::fs::symlink("nowhere", project.path("dist/broken")).unwrap();
    let output = project.run(&["deploy", "dist"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(said(&output).contains("dist/broken"), "{}", said(&output));
    project.done(&["environments", "verify"]);
    assert_eq!(count(&project.store()), before);
}
