//! A project whose folder of state, or something in it, is a symbolic link that leads out of it: a repository can carry such
//! links, and old files are removed from these folders.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::project::{Project, count, said};

/// What must survive: files at each depth at which something is tidied away.
fn victim(project: &Project) {
    for file in ["proj1/main.rs", "proj1/deep/a", "ab/file", "plain"] {
        project.write(&format!("victim/{file}"), "precious");
    }
}

/// Each command is refused, names the link, and leaves everything at its end alone.
fn refused(project: &Project, link: &str, commands: &[&[&str]]) {
    let before = count(&project.path("victim"));
    for words in commands {
        let output = project.run(words);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(1), "{link} {words:?}: {text}");
        assert!(
            text.contains(&format!("{link} is a symbolic link")) && text.contains("hint: "),
            "{link} {words:?}: {text}"
        );
        assert_eq!(count(&project.path("victim")), before, "{link} {words:?}");
    }
}

#[test]
fn links_in_the_store_are_refused_and_nothing_behind_them_is_touched() {
    let deploy: &[&str] = &["deploy", "dist"];
    let serve: &[&str] = &["serve", "--port", "0"];
    for name in ["objects", "snapshots", "run", "tmp"] {
        let project = Project::new();
        project.deploy(&[]);
        victim(&project);
        let link = project.store().join(name);
        let _ = fs::remove_dir_all(&link);
        symlink(project.path("victim"), &link).unwrap();
        let delete: &[&str] = &["environments", "delete", "production"];
        refused(
            &project,
            &format!("deployments/{name}"),
            &[deploy, serve, delete],
        );
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
    for name in [".cygnet", ".cygnet/deployments"] {
        let project = Project::new();
        victim(&project);
        let link = project.path(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(project.path("victim"), &link).unwrap();
        let list: &[&str] = &["environments", "list"];
        refused(&project, name, &[deploy, serve, list]);
    }
    let project = Project::new();
    victim(&project);
    symlink(project.path("victim"), project.path(".cygnet")).unwrap();
    let backend: &[&str] = &[
        "backends",
        "link",
        "--kind",
        "app-service",
        "--url",
        "http://localhost:9",
    ];
    refused(&project, ".cygnet", &[backend]);
}

#[test]
fn files_of_state_that_are_links_are_refused() {
    for name in ["state.json", "deployments.lock"] {
        let project = Project::new();
        project.deploy(&[]);
        project.write("victim/state.json", "{}");
        let link = project.store().join(name);
        fs::remove_file(&link).unwrap();
        symlink(project.path("victim/state.json"), &link).unwrap();
        refused(&project, name, &[&["deploy", "dist"]]);
        let kept = fs::read_to_string(project.path("victim/state.json")).unwrap();
        assert_eq!(kept, "{}", "{name}");
    }
}

#[test]
fn only_what_has_a_name_of_ours_is_tidied_away() {
    let project = Project::new();
    project.deploy(&[]);
    let store = project.store();
    let strange = [
        "snapshots/proj1/main.rs",
        "snapshots/17-0123ABCD/a",
        "objects/proj1/main.rs",
        "objects/ab/file",
        "run/proj1/main.rs",
        "run/x.making/a",
    ];
    let ours = [
        "snapshots/17-0123abcd/a".to_owned(),
        format!("objects/ab/{}", "0".repeat(62)),
    ];
    for file in strange
        .iter()
        .map(|file| (*file).to_owned())
        .chain(ours.clone())
    {
        let file = store.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "x").unwrap();
    }
    project.write("dist/index.html", "<h1>two</h1>");
    project.deploy(&[]);
    for file in strange {
        assert!(store.join(file).exists(), "{file}");
    }
    for file in ours {
        assert!(!store.join(&file).exists(), "{file}");
    }
}

/// The ids in `state.json` name folders that are copied to, renamed and removed.
#[test]
fn an_id_that_leads_out_of_the_store_is_damage() {
    let project = Project::new();
    let made = project.deploy(&[]);
    victim(&project);
    let state = project.store().join("state.json");
    let text = fs::read_to_string(&state).unwrap();
    let id = made["id"].as_str().unwrap();
    let wrong = text.replace(id, "../../../victim/proj1");
    assert_ne!(wrong, text);
    fs::write(&state, &wrong).unwrap();
    for words in [&["deploy", "dist"][..], &["environments", "list"]] {
        let output = project.run(words);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("is damaged"), "{}", said(&output));
    }
    assert_eq!(fs::read_to_string(&state).unwrap(), wrong);
    assert_eq!(count(&project.path("victim")), 4);
}

#[test]
fn everything_is_for_its_owner_alone_also_what_an_earlier_version_made() {
    let project = Project::new();
    project.deploy(&[]);
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let state = project.path(".cygnet");
    open(&state, 0o755);
    open(&project.store(), 0o755);
    open(&project.store().join("deployments.lock"), 0o644);
    project.write("dist/index.html", "<h1>two</h1>");
    project.deploy(&[]);
    for entry in walkdir::WalkDir::new(&state) {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} {mode:o}", entry.path().display());
    }
}
