//! Symbolic links in the content: those that lead out of the project are followed with `--follow-links` only.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::deployed::{App, get};
use crate::emulator::Emulator;

/// A project beside a folder of somebody else, and links from its content.
fn project() -> App {
    let app = App::new();
    app.write("../outside/secret.txt", "precious-secret");
    app.write("../outside/dir/deep.txt", "precious-secret");
    app.write("shared/logo.txt", "shared");
    app.write("node_modules/lib/lib.js", "library");
    app.write(".env", "precious-secret");
    app.write("dist/page.html", "page");
    for (name, to) in [
        ("own", "page.html"),
        ("chain", "own"),
        ("shared", "../shared"),
        ("lib", "../node_modules/lib"),
        ("env", "../.env"),
        ("file", "../../outside/secret.txt"),
        ("dir", "../../outside/dir"),
        ("chain-out", "file"),
        (
            "absolute",
            app.folder().join("../outside").to_str().unwrap(),
        ),
        ("circle", "circle"),
    ] {
        link(&app, name, to);
    }
    app
}

fn link(app: &App, name: &str, to: impl AsRef<Path>) {
    let _ = fs::remove_file(app.folder().join("dist").join(name));
    symlink(to, app.folder().join("dist").join(name)).unwrap();
}

const INSIDE: [(&str, &str); 4] = [
    ("/own", "page"),
    ("/chain", "page"),
    ("/shared/logo.txt", "shared"),
    ("/lib/lib.js", "library"),
];
const OUTSIDE: [&str; 4] = [
    "/file",
    "/dir/deep.txt",
    "/chain-out",
    "/absolute/secret.txt",
];

fn asked(emulator: &Emulator, path: &str) -> (u16, String) {
    let answer = get(emulator, "localhost", path);
    (answer.status, answer.text())
}

#[test]
fn links_that_leave_the_project_lead_nowhere_unless_they_are_allowed() {
    let app = project();
    for (words, allowed) in [(&["dist"][..], false), (&["dist", "--follow-links"], true)] {
        let emulator = app.start(words);
        // A second time it would come from memory.
        for _ in 0..2 {
            for (path, text) in INSIDE {
                assert_eq!(asked(&emulator, path), (200, text.to_owned()), "{path}");
            }
            for path in OUTSIDE {
                let (status, text) = asked(&emulator, path);
                assert_eq!(status, if allowed { 200 } else { 404 }, "{path}: {text}");
                assert_eq!(text.contains("precious-secret"), allowed, "{path}");
            }
            // Whatever is allowed, a secret by its own name.
            for path in ["/env", "/circle"] {
                assert_eq!(asked(&emulator, path).0, 404, "{path}");
            }
        }
        let hint = match allowed {
            true => "hint: serve the folder with the built app only",
            false => "hint: use `--follow-links`",
        };
        emulator.wait_for_output(hint);
        let said = emulator.output();
        assert_eq!(said.matches("is not served").count(), 1, "{said}");
    }
}

#[test]
fn the_variable_and_the_key_allow_them_too() {
    let app = project();
    let key = r#"{"configurations": {"app": {"outputLocation": "dist", "followLinks": true}}}"#;
    app.write("swa-cli.config.json", key);
    assert_eq!(asked(&app.start(&[]), "/file").0, 200);
}

#[test]
fn a_link_that_is_exchanged_while_it_is_served_is_judged_anew() {
    let app = project();
    let emulator = app.start(&["dist"]);
    for _ in 0..20 {
        link(&app, "moving", "page.html");
        assert_eq!(asked(&emulator, "/moving"), (200, "page".to_owned()));
        link(&app, "moving", "../../outside/secret.txt");
        assert_eq!(asked(&emulator, "/moving").0, 404);
    }
    // A folder in the way of a file that is in memory.
    app.write("dist/real/deep.txt", "inside");
    assert_eq!(asked(&emulator, "/real/deep.txt").0, 200);
    fs::remove_dir_all(app.folder().join("dist/real")).unwrap();
    link(&app, "real", "../../outside/dir");
    assert_eq!(asked(&emulator, "/real/deep.txt").0, 404);
}

/// Both are asked without pause while somebody exchanges the link as fast as they can.
#[test]
fn nothing_slips_through_between_the_look_and_the_reading() {
    let app = project();
    let emulator = app.start(&["dist", "--no-watch"]);
    let folder = app.folder().join("dist");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for to in ["page.html", "../../outside/secret.txt"] {
                    symlink(to, folder.join("next")).unwrap();
                    fs::rename(folder.join("next"), folder.join("racing")).unwrap();
                }
            }
        });
        for _ in 0..400 {
            let answer = get(&emulator, "localhost", "/racing");
            assert!(!answer.text().contains("precious"), "{answer:?}");
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn deploy_and_check_have_the_same_rule() {
    let app = project();
    fs::remove_file(app.folder().join("dist/circle")).unwrap();
    let content = |app: &App| {
        let snapshots = app.folder().join(".cygnet/deployments/snapshots");
        let files = walkdir::WalkDir::new(snapshots).into_iter().flatten();
        let files = files.filter(|entry| entry.file_type().is_file());
        files
            .map(|entry| fs::read_to_string(entry.path()).unwrap())
            .collect::<Vec<_>>()
            .join("\n")
    };
    let checked = app.run(&["check", "--output-location", "dist"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        said.contains(
            "`absolute` and 3 others are never served nor deployed: a symbolic link leads out"
        ),
        "{said}"
    );
    app.deploy(&[]);
    let taken = content(&app);
    assert!(
        taken.contains("shared") && taken.contains("library"),
        "{taken}"
    );
    assert!(!taken.contains("precious-secret"), "{taken}");
    app.deploy(&["--follow-links"]);
    assert!(content(&app).contains("precious-secret"));
}
