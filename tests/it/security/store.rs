//! What outlives a run is for its owner alone. That links in it are refused, and only names of ours removed, is in
//! `deploy::links`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::deployed::{App, get};

/// What others could read, write or lock below a folder.
fn open_to_others(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).into_iter();
    let entries = entries.map(|entry| entry.unwrap());
    let open = entries.filter(|entry| entry.metadata().unwrap().permissions().mode() & 0o077 != 0);
    open.map(|entry| entry.path().display().to_string())
        .collect()
}

#[test]
fn every_folder_and_file_of_state_is_private_while_it_is_used() {
    let app = App::new();
    // As somebody else's umask, or an earlier version, left it.
    let state = app.folder().join(".cygnet");
    fs::create_dir_all(state.join("deployments/run")).unwrap();
    fs::write(state.join("deployments/run/serve.lock"), "").unwrap();
    for path in ["", "deployments", "deployments/run"] {
        fs::set_permissions(state.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let url = "http://127.0.0.1:9";
    app.link("app-service", url, &[]);
    app.deploy(&[]);
    app.json(&["password", "set", "Abcdef1!"]);
    app.json(&["appsettings", "set", "NAME=secret"]);
    let serving = app.serve(&[]);
    assert_eq!(get(&serving, "localhost", "/").status, 302);
    assert_eq!(open_to_others(&state), [""; 0]);
    assert_eq!(open_to_others(&app.state()), [""; 0]);
}
