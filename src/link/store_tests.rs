//! Tests of [`super`].

use std::fs;

use super::*;
use crate::link::BackendKind;
use crate::link::model::{Link, Plan};

fn paths(folder: &Path) -> LinkPaths {
    LinkPaths {
        project: folder.join("project"),
        state: folder.join("state"),
    }
}

fn link(environment: &str) -> Link {
    Link {
        kind: BackendKind::AppService,
        name: "a".to_owned(),
        environment: environment.to_owned(),
        url: "http://localhost:1".to_owned(),
        region: None,
        plan: Plan::Standard,
        linked_at: 1,
    }
}

#[test]
fn what_is_saved_is_read_and_the_folder_ignores_itself() {
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path());
    fs::create_dir(&paths.project).unwrap();
    let mut session = Session::open(&paths).unwrap();
    session.state.project.links.push(link("production"));
    session.save().unwrap();
    drop(session);
    assert_eq!(
        paths.peek(&mut Vec::new()).project.links,
        [link("production")]
    );
    let ignored = fs::read_to_string(paths.project.join(".cygnet/.gitignore")).unwrap();
    assert_eq!(ignored, "*\n!personas.json\n");
}

#[test]
fn a_damaged_file_is_kept_aside_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path());
    for damage in ["", "{", "[]", "{\"version\":1,\"links\":[{}]}", "\u{0}"] {
        let file = paths.project_file();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, damage).unwrap();
        let session = Session::open(&paths).unwrap();
        assert_eq!(session.damaged.len(), 1, "{damage:?}");
        assert!(session.state.project.links.is_empty());
        assert!(!file.exists());
    }
    let kept: Vec<String> = fs::read_dir(paths.project.join(".cygnet"))
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(kept.len(), 5, "{kept:?}");
    assert!(kept.contains(&"[]".to_owned()));
}

#[test]
fn a_file_of_a_later_version_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path());
    fs::create_dir_all(&paths.state).unwrap();
    let text = "{\"version\":2,\"backends\":{}}";
    fs::write(paths.machine_file(), text).unwrap();
    assert!(matches!(
        Session::open(&paths),
        Err(StoreError::Version { found: 2, .. })
    ));
    assert_eq!(fs::read_to_string(paths.machine_file()).unwrap(), text);
}

#[test]
fn sessions_of_many_threads_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path());
    fs::create_dir(&paths.project).unwrap();
    std::thread::scope(|scope| {
        for index in 0..16 {
            let paths = &paths;
            scope.spawn(move || {
                let mut session = Session::open(paths).unwrap();
                let links = &mut session.state.project.links;
                links.push(link(&format!("env{index}")));
                session.save().unwrap();
            });
        }
    });
    assert_eq!(paths.peek(&mut Vec::new()).project.links.len(), 16);
}
