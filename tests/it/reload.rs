//! Hot reload: configuration, content, rebuilt folders, and the ways editors save.

use std::fs;
use std::time::{Duration, Instant};

use crate::emulator::{Emulator, cookie, eventually, site, write};

fn rule(to: &str) -> String {
    format!(r#"{{"routes":[{{"route":"/go","redirect":"{to}"}}]}}"#)
}

fn goes_to(emulator: &Emulator, to: &str) -> bool {
    emulator.get("/go").header("location") == Some(to)
}

#[test]
fn an_edited_configuration_holds_within_moments() {
    let folder = site(Some(&rule("/0")));
    let emulator = Emulator::start(folder.path(), &[]);
    eventually("the first rule", || goes_to(&emulator, "/0"));
    // The first edit also proves that watching has begun.
    write(folder.path(), "staticwebapp.config.json", rule("/ready"));
    eventually("the edit", || goes_to(&emulator, "/ready"));
    let mut took = Vec::new();
    for step in 1..=9 {
        let to = format!("/{step}");
        write(folder.path(), "staticwebapp.config.json", rule(&to));
        let saved = Instant::now();
        eventually("the edit", || goes_to(&emulator, &to));
        took.push(saved.elapsed());
    }
    took.sort();
    // The goal is 20 ms; a machine that runs other tests beside this one gets some more.
    assert!(took[4] < Duration::from_millis(250), "median of {took:?}");
}

#[test]
fn atomic_saves_are_seen_each_time() {
    let folder = site(Some(&rule("/0")));
    let emulator = Emulator::start(folder.path(), &[]);
    for step in 1..=4 {
        let to = format!("/{step}");
        let new = write(folder.path(), ".staticwebapp.config.json.swp", rule(&to));
        fs::rename(new, folder.path().join("staticwebapp.config.json")).unwrap();
        eventually("the renamed file", || goes_to(&emulator, &to));
    }
}

#[test]
fn an_invalid_edit_keeps_the_last_good_rules_and_says_where() {
    let guarded = r#"{"routes":[{"route":"/*","allowedRoles":["admin"]}]}"#;
    let folder = site(Some(guarded));
    let emulator = Emulator::start(folder.path(), &[]);
    assert_eq!(emulator.get("/").status, 401);
    write(
        folder.path(),
        "staticwebapp.config.json",
        "{\n  \"routes\": [\n}",
    );
    emulator.wait_for_output("the previous one stays in effect");
    assert!(
        emulator.output().contains("staticwebapp.config.json:3:1"),
        "{}",
        emulator.output()
    );
    assert_eq!(emulator.get("/").status, 401, "the rules still hold");
    write(
        folder.path(),
        "staticwebapp.config.json",
        guarded.replace("admin", "authenticated"),
    );
    emulator.wait_for_output("configuration reloaded");
    assert_eq!(
        emulator
            .send("GET", "/", &[("Cookie", &cookie(&[]))], b"")
            .status,
        200
    );
}

#[test]
fn an_invalid_configuration_that_goes_is_said_to_be_gone() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let file = write(folder.path(), "staticwebapp.config.json", "{");
    emulator.wait_for_output("the configuration is invalid; the previous one stays in effect");
    std::fs::remove_file(&file).unwrap();
    emulator.wait_for_output("the invalid configuration is gone; no rules apply, as before");
    write(folder.path(), "staticwebapp.config.json", "{}");
    emulator.wait_for_output("configuration reloaded");
    write(folder.path(), "staticwebapp.config.json", "{ ");
    eventually("the second refusal", || {
        emulator
            .output()
            .matches("the previous one stays in effect")
            .count()
            == 2
    });
    write(folder.path(), "staticwebapp.config.json", "{}");
    emulator.wait_for_output("configuration valid again: ");
}

#[test]
fn the_page_of_an_invalid_configuration_says_who_reloads_it() {
    let folder = site(Some("{"));
    for (args, expected) in [
        (&[][..], "This page reloads itself when you save the file."),
        (&["--no-live-reload"], "Save the file and reload this page."),
    ] {
        let emulator = Emulator::start(folder.path(), args);
        let page = emulator.send("GET", "/", &[("Sec-Fetch-Dest", "document")], b"");
        assert!(page.text().contains(expected), "{args:?}: {}", page.text());
    }
}

#[test]
fn the_page_of_an_invalid_configuration_leads_to_its_request_in_the_inspector() {
    let folder = site(Some("{"));
    let link = "href=\"/.cygnet/#/requests/";
    let emulator = Emulator::start(folder.path(), &[]);
    let page = emulator.get("/from-here").text();
    let (_, rest) = page.split_once(link).expect("a link");
    let id = rest.split_once('"').unwrap().0;
    let request = emulator.get(&format!("/.cygnet/api/requests/{id}")).json();
    assert!(request.to_string().contains("/from-here"), "{request}");
    for args in ["--prod-errors", "--no-inspect"] {
        let emulator = Emulator::start(folder.path(), &[args]);
        let page = emulator.get("/").text();
        assert!(!page.contains(link), "{args}: {page}");
    }
}

#[test]
fn invalid_at_start_means_500_for_everything_until_mended() {
    let folder = site(Some(
        r#"{"routes":[{"route":"/secret","allowedRoles":"admin"}]}"#,
    ));
    let emulator = Emulator::start(folder.path(), &[]);
    for path in [
        "/",
        "/secret",
        "/.auth/me",
        "/api/x",
        "/staticwebapp.config.json",
    ] {
        let answer = emulator.get(path);
        assert_eq!(answer.status, 500, "{path}");
        assert!(answer.text().contains("allowedRoles"), "{path}");
    }
    let plain = emulator.send("GET", "/", &[("Accept", "text/plain")], b"");
    assert!(
        plain.text().contains("staticwebapp.config.json:1:"),
        "{}",
        plain.text()
    );
    write(
        folder.path(),
        "staticwebapp.config.json",
        r#"{"routes":[{"route":"/secret","allowedRoles":["admin"]}]}"#,
    );
    eventually("the mended configuration", || {
        emulator.get("/").status == 200
    });
    assert_eq!(emulator.get("/secret").status, 401);
}

#[test]
fn a_configuration_may_come_move_and_go() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    assert_eq!(emulator.get("/go").status, 404);
    write(
        folder.path(),
        "sub/staticwebapp.config.json",
        rule("/below"),
    );
    eventually("a configuration in a sub-folder", || {
        goes_to(&emulator, "/below")
    });
    write(folder.path(), "staticwebapp.config.json", rule("/root"));
    eventually("the root's wins", || goes_to(&emulator, "/root"));
    fs::remove_dir_all(folder.path().join("sub")).unwrap();
    fs::remove_file(folder.path().join("staticwebapp.config.json")).unwrap();
    eventually("no configuration", || emulator.get("/go").status == 404);
}

#[test]
fn content_is_served_as_the_disk_has_it() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--no-watch"]);
    assert_eq!(emulator.get("/new.html").status, 404);
    write(folder.path(), "new.html", "one");
    assert_eq!(emulator.get("/new.html").text(), "one");
    // Twice within a second, with the same size: neither the body nor a 304 is ever stale.
    let mut last = emulator.get("/new.html");
    for content in ["two", "six", "ten", "one"] {
        write(folder.path(), "new.html", content);
        let (tag, date) = (
            last.header("etag").unwrap(),
            last.header("last-modified").unwrap(),
        );
        let by_tag = emulator.send("GET", "/new.html", &[("If-None-Match", tag)], b"");
        let by_date = emulator.send("GET", "/new.html", &[("If-Modified-Since", date)], b"");
        for answer in [&by_tag, &by_date] {
            assert_eq!((answer.status, answer.text().as_str()), (200, content));
        }
        let again = emulator.send(
            "GET",
            "/new.html",
            &[("If-None-Match", by_tag.header("etag").unwrap())],
            b"",
        );
        assert_eq!(again.status, 304);
        last = by_tag;
    }
    // A file put back from an archive is older than the copy and still another file.
    let archived = write(folder.path(), "new.html", "old");
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(86_400);
    fs::File::options()
        .write(true)
        .open(archived)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let tag = last.header("etag").unwrap();
    let date = last.header("last-modified").unwrap();
    assert_eq!(
        emulator
            .send("GET", "/new.html", &[("If-None-Match", tag)], b"")
            .text(),
        "old"
    );
    assert_eq!(
        emulator
            .send("GET", "/new.html", &[("If-Modified-Since", date)], b"")
            .text(),
        "old"
    );
    fs::remove_file(folder.path().join("new.html")).unwrap();
    assert_eq!(emulator.get("/new.html").status, 404);
}

#[test]
fn a_folder_that_a_bundler_deletes_and_builds_anew() {
    let folder = tempfile::tempdir().unwrap();
    let build = |version: &str, to: &str| {
        let dist = folder.path().join("dist");
        let _ = fs::remove_dir_all(&dist);
        write(&dist, "index.html", version);
        write(&dist, "assets/app.js", version);
        write(&dist, "staticwebapp.config.json", rule(to));
    };
    build("v1", "/1");
    let emulator = Emulator::start(folder.path(), &["start", "dist"]);
    assert_eq!(emulator.get("/assets/app.js").text(), "v1");
    for step in 2..=4 {
        let (version, to) = (format!("v{step}"), format!("/{step}"));
        build(&version, &to);
        assert_eq!(emulator.get("/").text(), version);
        assert_eq!(emulator.get("/assets/app.js").text(), version);
        eventually("the rebuilt configuration", || goes_to(&emulator, &to));
    }
    // While the folder is gone its rules do not vanish.
    fs::remove_dir_all(folder.path().join("dist")).unwrap();
    for _ in 0..20 {
        assert_eq!(emulator.get("/go").status, 302);
    }
}

#[test]
fn no_watch_and_poll() {
    let folder = site(Some(&rule("/0")));
    let deaf = Emulator::start(folder.path(), &["--no-watch"]);
    let polling = Emulator::start(folder.path(), &["--poll"]);
    write(folder.path(), "staticwebapp.config.json", rule("/1"));
    eventually("a poll", || goes_to(&polling, "/1"));
    assert!(goes_to(&deaf, "/0"), "--no-watch notices nothing");
}

/// Found and read once: the look after watching has begun only compares what the file system says of it.
#[test]
#[cfg(target_os = "linux")]
fn a_start_reads_the_configuration_once() {
    use std::io::BufRead as _;

    use crate::common::page::Page;
    use cygnet::store::file_version::FileVersion;
    use notify::event::{AccessKind, EventKind};
    use notify::{RecursiveMode, Watcher};

    let folder = site(Some(&rule("/0")));
    let file = folder.path().join("staticwebapp.config.json");
    // One that was just written is read again, because it may have changed within the same tick of the file system.
    eventually("a settled file", || {
        let version = FileVersion::new(&file.metadata().unwrap());
        version.is_settled(std::time::SystemTime::now())
    });
    let (sender, events) = std::sync::mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender).unwrap();
    watcher.watch(&file, RecursiveMode::NonRecursive).unwrap();
    let emulator = Emulator::start(folder.path(), &[]);
    let mut page = Page::open(&emulator);
    let timeout = Some(Duration::from_millis(100));
    page.lines.get_ref().set_read_timeout(timeout).unwrap();
    // The look comes before the first event.
    eventually("an event: watching has begun", || {
        write(folder.path(), "warm-up.txt", "x");
        let mut line = String::new();
        while page.lines.read_line(&mut line).is_ok_and(|read| read > 0) {}
        line.contains("warm-up.txt")
    });
    // Another file in its place, whose reading is not counted; changes are acted upon one after the other.
    let new = write(folder.path(), "new", rule("/1"));
    fs::rename(new, &file).unwrap();
    eventually("the edit", || goes_to(&emulator, "/1"));
    drop(watcher);
    let is_open =
        |event: &notify::Event| matches!(event.kind, EventKind::Access(AccessKind::Open(_)));
    assert_eq!(events.iter().flatten().filter(is_open).count(), 1);
}
