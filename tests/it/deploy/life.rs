//! What a deployment makes, keeps and forgets.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::sync::mpsc::{self, Sender};
use std::time::Duration;

use super::project::{Project, count, said};
use crate::emulator::PATIENCE;

#[test]
fn a_second_deployment_shares_what_did_not_change_and_can_be_undone() {
    let project = Project::new();
    project.write("dist/big.bin", vec![7; 100_000]);
    let first = project.deploy(&[]);
    assert_eq!(first["url"], "http://shop.localhost:4280");
    assert_eq!(first["files"], 2);
    assert_eq!(first["isNew"], true);
    project.write("dist/index.html", "<h1>two</h1>");
    let second = project.deploy(&[]);
    assert_eq!(second["isNew"], false);
    assert_eq!(project.page("production"), "<h1>two</h1>");
    assert_eq!(count(&project.store().join("objects")), 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let file = project.served("production").join("content/big.bin");
        // Two snapshots and the object are one file.
        assert_eq!(fs::metadata(file).unwrap().nlink(), 3);
    }
    project.done(&["environments", "rollback", "production"]);
    assert_eq!(project.page("production"), "<h1>one</h1>");
    let back = second["id"].as_str().unwrap();
    project.done(&["environments", "rollback", "production", "--to", back]);
    assert_eq!(project.page("production"), "<h1>two</h1>");
    let history = project.json(&["environments", "history"]);
    let active: Vec<bool> = history["deployments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["active"].as_bool().unwrap())
        .collect();
    assert_eq!(active, [true, false]);
    project.done(&["environments", "verify"]);
}

#[test]
fn ten_deployments_are_remembered_and_the_files_of_others_are_gone() {
    let project = Project::new();
    for number in 0..12 {
        project.write("dist/index.html", format!("<h1>{number}</h1>"));
        project.deploy(&[]);
    }
    let history = project.json(&["environments", "history"]);
    assert_eq!(history["deployments"].as_array().unwrap().len(), 10);
    assert_eq!(count(&project.store().join("objects")), 10);
    assert_eq!(
        fs::read_dir(project.store().join("snapshots"))
            .unwrap()
            .count(),
        10
    );
    project.done(&["environments", "verify"]);
}

#[test]
fn en_7_a_deleted_environment_takes_its_files_along() {
    let project = Project::new();
    project.deploy(&[]);
    project.write("dist/only.txt", "only here");
    project.deploy(&["--pr", "17"]);
    assert_eq!(count(&project.store().join("objects")), 2);
    let refused = project.run(&["environments", "delete", "production"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    project.done(&["environments", "delete", "17"]);
    assert_eq!(count(&project.store().join("objects")), 1);
    assert_eq!(
        project.json(&["environments", "list"])["environments"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let gone = project.run(&["environments", "show", "17"]);
    assert!(
        said(&gone).contains("there is no environment `17`"),
        "{}",
        said(&gone)
    );
}

#[test]
fn en_9_a_preview_starts_with_a_copy_of_productions_settings() {
    let project = Project::new();
    project.deploy(&[]);
    project.done(&["appsettings", "set", "KEY=one", "OTHER=x=y"]);
    project.deploy(&["--environment", "QA"]);
    project.done(&["appsettings", "set", "KEY=two"]);
    let settings =
        |id: &str| project.json(&["appsettings", "list", "--environment", id])["settings"].clone();
    assert_eq!(settings("qa")["KEY"], "one");
    assert_eq!(settings("qa")["OTHER"], "x=y");
    assert_eq!(settings("production")["KEY"], "two");
    // Neither a redeployment nor a rollback touches them.
    project.done(&["appsettings", "delete", "OTHER", "--environment", "qa"]);
    project.deploy(&["--environment", "QA"]);
    project.done(&["environments", "rollback", "qa"]);
    assert_eq!(settings("qa"), serde_json::json!({ "KEY": "one" }));
}

#[test]
fn the_functions_come_along_without_what_is_made_where_they_run() {
    let project = Project::new();
    for path in ["host.json", "package.json", "src/f.js"] {
        project.write(&format!("api/{path}"), "{}");
    }
    project.write("api/local.settings.json", r#"{"Values": {"SECRET": "x"}}"#);
    project.write("api/node_modules/x/index.js", "x");
    let made = project.deploy(&["--api-location", "api"]);
    assert_eq!(made["api"], true);
    let api = project.served("production").join("api");
    assert!(api.join("src/f.js").is_file());
    assert!(!api.join("node_modules").exists() && !api.join("local.settings.json").exists());
}

#[test]
fn cf_1_the_configuration_comes_along_from_wherever_it_is() {
    let project = Project::new();
    project.write("staticwebapp.config.json", r#"{"routes": []}"#);
    project.deploy(&[]);
    let content = project.served("production").join("content");
    assert!(content.join("staticwebapp.config.json").is_file());
}

#[test]
fn the_names_of_swa_cli_config_json_count() {
    let project = Project::new();
    let file = r#"{"configurations": {"app": {"appLocation": ".", "outputLocation": "dist"}}}"#;
    project.write("swa-cli.config.json", file);
    let made = project.json(&["deploy", "--app", "web"]);
    assert_eq!(made["url"], "http://web.localhost:4280");
    assert_eq!(project.page("production"), "<h1>one</h1>");
}

#[test]
fn a_file_that_changes_within_the_same_moment_is_still_seen() {
    let project = Project::new();
    for number in 0..5 {
        let text = format!("<h1>{number}</h1>");
        project.write("dist/index.html", &text);
        project.deploy(&[]);
        assert_eq!(project.page("production"), text);
    }
}

#[test]
fn watch_deploys_what_is_built_and_survives_a_refusal() {
    let project = Project::new();
    let mut running = project
        .command(&["deploy", "dist", "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, lines) = mpsc::channel();
    let (stdout, stderr) = (running.stdout.take(), running.stderr.take());
    send_lines(stdout.unwrap(), sender.clone());
    send_lines(stderr.unwrap(), sender);
    let wait_for = |text: &str| {
        let next = || lines.recv_timeout(PATIENCE).expect(text);
        while !next().contains(text) {}
    };
    let wait_for_page = |text: &str| {
        while project.page("production") != text {
            wait_for("production is deployed");
        }
    };
    // Once, when the watch has begun, so that no change in between is missed.
    let mut said = Vec::new();
    while said
        .last()
        .is_none_or(|line: &String| !line.contains("watching"))
    {
        said.push(lines.recv_timeout(PATIENCE).unwrap());
    }
    let deployed = |line: &&String| line.contains("production is deployed");
    assert_eq!(said.iter().filter(deployed).count(), 1, "{said:?}");
    assert_eq!(project.page("production"), "<h1>one</h1>");
    let next = lines.recv_timeout(Duration::from_secs(1));
    assert!(next.is_err(), "nothing was changed: {next:?}");
    project.write("dist/index.html", "<h1>two</h1>");
    wait_for_page("<h1>two</h1>");
    project.write("dist/staticwebapp.config.json", "{ broken");
    wait_for("is refused");
    assert_eq!(project.page("production"), "<h1>two</h1>");
    fs::remove_file(project.path("dist/staticwebapp.config.json")).unwrap();
    project.write("dist/index.html", "<h1>three</h1>");
    wait_for_page("<h1>three</h1>");
    running.kill().unwrap();
    running.wait().unwrap();
}

fn send_lines(pipe: impl Read + Send + 'static, lines: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // The test may be over.
            let _ = lines.send(line);
        }
    });
}
