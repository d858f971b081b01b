//! `cygnet backends` alone: refusals, shapes, and what happens to its files.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::emulator::write;
use crate::linked::{Echo, Site, holds, said};

#[test]
fn every_refusal_of_link_names_the_rule_and_changes_nothing() {
    // B2-1, B4-1, B5-1, AP-15, AP-60: plan, pull request, second link.
    let echo = Echo::start();
    let url = echo.url.as_str();
    let table: [(&[&str], i32, &[&str]); 7] = [
        (&["--plan", "free"], 1, &["BK-3", "Free plan"]),
        (&["--environment", "17"], 1, &["EN-12", "pull request"]),
        (&["--environment", "a-b"], 2, &["EN-3"]),
        (
            &["--url", "http://localhost:9"],
            1,
            &[
                "BK-4",
                "59363",
                "One Static Web App can not have more than one linked backend.",
            ],
        ),
        (&["--url", "http://localhost:9/v1"], 2, &["AP-2"]),
        (&["--url", "nonsense"], 2, &["--url"]),
        (&["--plan", "gold"], 2, &["--plan"]),
    ];
    for (words, code, texts) in table {
        let site = Site::new();
        site.link("app-service", url, &[]);
        let before = fs::read(site.links_file()).unwrap();
        let mut all = vec!["link", "--kind", "app-service"];
        if !words.contains(&"--url") {
            all.extend(["--url", url]);
        }
        all.extend(words);
        let output = site.backends(&all);
        assert_eq!(output.status.code(), Some(code), "{words:?} {output:?}");
        for text in texts {
            assert!(said(&output).contains(text), "{words:?}: {}", said(&output));
        }
        assert_eq!(fs::read(site.links_file()).unwrap(), before);
    }
}

#[test]
fn bk_3_managed_functions_must_go_first() {
    let site = Site::new();
    write(site.root.path(), "app/api/host.json", "{}");
    let file = r#"{"configurations": {"app": {"appLocation": ".", "apiLocation": "api"}}}"#;
    write(site.root.path(), "app/swa-cli.config.json", file);
    let words = [
        "link",
        "--kind",
        "app-service",
        "--url",
        "http://localhost:9",
    ];
    let output = site.backends(&words);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        said(&output).contains("managed functions"),
        "{}",
        said(&output)
    );
    assert!(said(&output).contains("BK-3"));
    assert!(!site.links_file().exists());
}

#[test]
fn bk_8_another_apps_backend_is_refused_as_json_too() {
    // B4-10, B5-13: the former owner releases it first.
    let (site, echo) = (Site::new(), Echo::start());
    site.app("second");
    let words = [
        "link",
        "--kind",
        "container-apps",
        "--url",
        &echo.url,
        "--json",
    ];
    assert!(site.backends(&words).status.success());
    let refused = site.backends_in("second", &words);
    assert_eq!(refused.status.code(), Some(1));
    let error: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(error["error"]["rule"], "BK-5");
    site.json(&["unlink"]);
    let refused = site.backends_in("second", &words);
    let error: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(error["error"]["rule"], "BK-8");
    assert_eq!(
        error["error"]["azure"],
        "Cannot link backend with a preexisting Azure Static Web Apps configuration."
    );
    site.json(&["unlink", "--remove-backend-auth"]);
    assert!(site.backends_in("second", &words).status.success());
}

#[test]
fn show_has_the_promised_fields_and_validate_changes_nothing() {
    // BK-2, B2-2: `validate` looks and writes nothing; AP-32: the issuer is the host of the environment.
    let (site, echo) = (Site::new(), Echo::start());
    let none = serde_json::json!({ "version": 1, "links": [] });
    assert_eq!(site.json(&["show"]), none);
    let valid = site.json(&["validate", "--kind", "functions", "--url", &echo.url]);
    assert_eq!(valid["valid"], true);
    assert!(!site.links_file().exists());
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let refused = site.backends(&["validate", "--kind", "functions", "--url", &url]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("AP-8"), "{}", said(&refused));

    let words = [
        "link",
        "--kind",
        "functions",
        "--url",
        &echo.url,
        "--name",
        "f",
    ];
    site.json(
        &[
            &words[..],
            &["--environment", "staging", "--region", "westus2"],
        ]
        .concat(),
    );
    let shown = site.json(&["show"]);
    let link = &shown["links"][0];
    for field in [
        "kind",
        "name",
        "environment",
        "url",
        "gateUrl",
        "provider",
        "issuer",
        "audience",
        "linkedAt",
    ] {
        assert!(!link[field].is_null(), "{field}: {shown}");
    }
    assert_eq!(link["audience"], "https://f.azurewebsites.net");
    let issuer = link["issuer"].as_str().unwrap();
    assert!(
        issuer.ends_with("-staging.westus2.azurestaticapps.net/.auth"),
        "EN-2: {issuer}"
    );
    let words = [
        "link",
        "--kind",
        "container-apps",
        "--url",
        &echo.url,
        "--region",
        "westus2",
    ];
    let production = site.json(&[&words[..], &["--name", "p"]].concat());
    let issuer = production["issuer"].as_str().unwrap();
    let name = issuer.strip_prefix("https://").unwrap();
    let name = name.strip_suffix(".azurestaticapps.net/.auth").unwrap();
    assert!(!name.contains('.'), "EN-1, EN-4: {issuer}");
    assert_eq!(
        fs::read_to_string(site.root.path().join("app/.cygnet/.gitignore")).unwrap(),
        "*\n!personas.json\n"
    );
}

#[test]
fn fifty_at_once_leave_a_valid_store() {
    let (site, echo) = (Site::new(), Echo::start());
    let children: Vec<_> = (0..50)
        .map(|index| {
            let environment = format!("env{}", index / 2);
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cygnet"));
            command
                .env("CYGNET_STATE_DIR", site.state())
                .arg("backends");
            match index % 2 {
                0 => command.args(["link", "--kind", "api-management", "--url", &echo.url]),
                _ => command.arg("unlink"),
            };
            command
                .args(["--environment", &environment])
                .current_dir(site.root.path().join("app"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in children {
        // An unlink that came before its link is refused; nothing else may go wrong.
        assert!(matches!(child.wait().unwrap().code(), Some(0 | 1)));
    }
    let products = fs::read_to_string(site.state().join("backends.json")).unwrap();
    let machine: Value = serde_json::from_str(&products).unwrap();
    let products = machine["backends"][0]["products"].as_array().unwrap();
    assert_eq!(products.len(), 25, "no link was lost");
    site.json(&["show"]);
    assert!(!holds(&site.state(), "damaged"));
}

#[test]
fn killed_at_any_moment_the_files_stay_whole() {
    let (site, echo) = (Site::new(), Echo::start());
    for round in 0..30u64 {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .env("CYGNET_STATE_DIR", site.state())
            .args([
                "backends",
                "link",
                "--kind",
                "app-service",
                "--url",
                &echo.url,
            ])
            .current_dir(site.root.path().join("app"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(round * 900));
        child.kill().unwrap();
        child.wait().unwrap();
        for file in [site.links_file(), site.state().join("backends.json")] {
            if let Ok(text) = fs::read(&file) {
                serde_json::from_slice::<Value>(&text).expect("whole");
            }
        }
    }
    site.link("app-service", &echo.url, &[]);
    assert!(!holds(&site.state(), "damaged"));
}

#[test]
fn a_damaged_file_is_kept_aside_and_told() {
    let (site, echo) = (Site::new(), Echo::start());
    site.link("app-service", &echo.url, &[]);
    fs::write(site.links_file(), "{\"version\": 1, \"li").unwrap();
    let output = site.backends(&["show"]);
    assert!(output.status.success());
    assert!(said(&output).contains("was damaged"), "{}", said(&output));
    assert!(holds(&site.root.path().join("app/.cygnet"), ".damaged-"));
}

#[test]
fn a_place_that_cannot_be_written_is_told_and_nothing_changes() {
    let (site, echo) = (Site::new(), Echo::start());
    fs::write(site.state(), "a file where the folder should be").unwrap();
    let output = site.backends(&["link", "--kind", "app-service", "--url", &echo.url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("hint: "), "{}", said(&output));
    assert!(!site.links_file().exists());
    fs::remove_file(site.state()).unwrap();
    fs::write(site.root.path().join("app/.cygnet"), "a file here too").unwrap();
    let output = site.backends(&["link", "--kind", "app-service", "--url", &echo.url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("hint: "), "{}", said(&output));
}

/// A limit on the size of files stands for a full disk: the write fails in its middle.
#[test]
#[cfg(unix)]
fn a_full_disk_is_told_and_leaves_the_files_as_they_were() {
    let (site, echo) = (Site::new(), Echo::start());
    site.link("app-service", &echo.url, &[]);
    let files = [site.links_file(), site.state().join("backends.json")];
    let before = files.each_ref().map(|file| fs::read(file).unwrap());
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" backends unlink --remove-backend-auth 2>&1 | cat"])
        .arg(env!("CARGO_BIN_EXE_cygnet"))
        .env("CYGNET_STATE_DIR", site.state())
        .current_dir(site.root.path().join("app"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("writing") && said.contains("hint: "),
        "{said}"
    );
    assert_eq!(files.each_ref().map(|file| fs::read(file).unwrap()), before);
    site.json(&["unlink", "--remove-backend-auth"]);
}

/// What a script says inside a mount namespace of its own, where `$1` is a small disk; `$0` is the emulator's program.
#[cfg(target_os = "linux")]
fn on_a_disk_of_its_own(site: &Site, options: &str, script: &str) -> String {
    let disk = site.root.path().join("disk");
    fs::create_dir_all(&disk).unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} none \"$1\" || exit 97; mkdir -p \"$1/state\" \"$1/app\"; echo '<h1>' > \"$1/app/index.html\"; cd \"$1/app\"; export CYGNET_STATE_DIR=\"$1/state\"; {script}"
    );
    // Root may mount as it is; others as root of a user namespace.
    for flags in ["-m", "-rm"] {
        let output = std::process::Command::new("unshare")
            .args([flags, "bash", "-c", &script])
            .arg(env!("CARGO_BIN_EXE_cygnet"))
            .arg(&disk)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        if !matches!(output.status.code(), Some(1 | 97)) {
            let text = [output.stdout, output.stderr].concat();
            return String::from_utf8_lossy(&text).into_owned();
        }
    }
    panic!("this machine lets nobody mount a disk: neither `unshare -m` nor `unshare -rm` may");
}

#[test]
#[cfg(target_os = "linux")]
fn a_really_full_disk_is_told_and_leaves_the_files_as_they_were() {
    let site = Site::new();
    let said = on_a_disk_of_its_own(
        &site,
        "size=128k",
        r#"
        "$0" backends link --kind app-service --url http://localhost:9 2>/dev/null >/dev/null; echo "linked $?"
        cp .cygnet/links.json "$1/before-links"; cp "$1/state/backends.json" "$1/before-backends"
        cat /dev/zero > "$1/filler" 2>/dev/null
        "$0" backends unlink --remove-backend-auth 2>&1; echo "unlinked $?"
        cmp .cygnet/links.json "$1/before-links" && cmp "$1/state/backends.json" "$1/before-backends" && echo "as before"
        rm "$1/filler"
        "$0" backends unlink --remove-backend-auth 2>&1; echo "again $?"
        "#,
    );
    assert!(said.contains("linked 0\n"), "{said}");
    assert!(said.contains("unlinked 1\n"), "{said}");
    assert!(said.contains("No space left on device"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(said.contains("as before\n"), "{said}");
    assert!(said.contains("again 0\n"), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_read_only_disk_is_told_and_its_links_are_still_shown() {
    let site = Site::new();
    let said = on_a_disk_of_its_own(
        &site,
        "size=1m",
        r#"
        "$0" backends link --kind app-service --url http://localhost:9 2>/dev/null >/dev/null; echo "linked $?"
        mount -o remount,ro "$1"
        "$0" backends unlink 2>&1; echo "unlinked $?"
        mount -o remount,rw "$1"
        "$0" backends show 2>&1; echo "shown $?"
        "#,
    );
    assert!(said.contains("linked 0\n"), "{said}");
    assert!(said.contains("unlinked 1\n"), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(
        said.contains("localhost-9") && said.contains("shown 0\n"),
        "{said}"
    );
}

#[test]
fn bk_7_authentication_that_was_there_keeps_its_policy_and_must_be_of_version_2() {
    // B2-3: the provider is recorded beside what existed.
    let (site, echo) = (Site::new(), Echo::start());
    let at = ["--kind", "app-service", "--url", &echo.url];
    let auth = |words: &[&str]| site.json(&[&["auth"], &at[..], words].concat());
    let link = [&["link"], &at[..]].concat();
    auth(&["--easy-auth", "v1"]);
    let refused = site.backends(&link);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("BK-7"), "{}", said(&refused));
    assert!(!site.links_file().exists());
    auth(&["--easy-auth", "v2", "--unauthenticated", "allow"]);
    let linked = site.backends(&link);
    assert!(linked.status.success());
    assert!(said(&linked).contains("BK-25"), "{}", said(&linked));
    assert_eq!(
        site.json(&["show"])["links"][0]["provider"]["unauthenticated"],
        "allow"
    );
    // The owner's authentication outlives the link.
    site.json(&["unlink", "--remove-backend-auth"]);
    let left = auth(&[]);
    assert_eq!(left["authentication"], true);
    assert_eq!(left["providers"], serde_json::json!([]));
}

#[test]
fn bk_9_a_cloned_slot_cannot_be_linked_until_its_provider_is_gone() {
    // B2-13; BK-10, B4-3: without the provider the slot serves a staging environment.
    let (site, echo, slot) = (Site::new(), Echo::start(), Echo::start());
    site.link("app-service", &echo.url, &[]);
    let at = ["--kind", "app-service", "--url", &slot.url];
    site.json(&[&["auth"], &at[..], &["--cloned-from", &echo.url]].concat());
    let link = [&["link"], &at[..], &["--environment", "stage"]].concat();
    let refused = site.backends(&link);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("BK-9"), "{}", said(&refused));
    site.json(&[&["auth"], &at[..], &["--remove-provider"]].concat());
    assert!(site.backends(&link).status.success());
    let unknown = [&["auth"], &at[..], &["--cloned-from", "http://localhost:9"]].concat();
    assert_eq!(site.backends(&unknown).status.code(), Some(2));
}

#[test]
fn bk_13_what_is_removed_is_that_of_the_named_environment() {
    let (site, production, stage) = (Site::new(), Echo::start(), Echo::start());
    site.link(
        "app-service",
        &production.url,
        &["--environment", "production"],
    );
    site.link(
        "app-service",
        &stage.url,
        &["--environment", "qa", "--region", "westus2"],
    );
    assert_eq!(
        site.json(&["show"])["links"][0]["environment"],
        "production",
        "both names are one"
    );
    site.json(&["unlink"]);
    let removed = site.json(&["unlink", "--remove-backend-auth"]);
    assert_eq!(
        (&removed["unlinked"], &removed["removedBackendAuth"]),
        (&Value::Null, &Value::Bool(true))
    );
    let left = &site.json(&["show"])["links"];
    assert!(
        left[0]["provider"]["clientId"]
            .as_str()
            .unwrap()
            .contains("-qa.westus2."),
        "{left}"
    );
    let again = site.backends(&["unlink", "--remove-backend-auth"]);
    assert_eq!(again.status.code(), Some(1), "nothing is left to remove");
    assert!(
        said(&again).contains("environment `production` is not linked"),
        "{}",
        said(&again)
    );
    let open = site.json(&["auth", "--kind", "app-service", "--url", &production.url]);
    assert_eq!(open["authentication"], false);
}

#[test]
fn bk_13_authentication_is_removed_by_a_step_of_its_own() {
    let (site, echo) = (Site::new(), Echo::start());
    let at = ["--kind", "app-service", "--url", &echo.url];
    site.json(&[&["auth"], &at[..], &["--easy-auth", "v2"]].concat());
    site.json(&[&["link"], &at[..]].concat());
    let unlinked = site.backends(&["unlink", "--remove-backend-auth"]);
    let text = String::from_utf8_lossy(&unlinked.stdout);
    assert!(
        text.contains("authentication of its own stays on"),
        "{text}"
    );
    let shown = site.json(&[&["auth"], &at[..], &["--remove-authentication"]].concat());
    assert_eq!(
        (&shown["authentication"], &shown["easyAuth"]),
        (&Value::Bool(false), &Value::Null)
    );
}

#[test]
fn ap_1_functions_of_the_app_beside_a_link_are_refused() {
    // B1-1: as a deployment would be.
    let (site, echo) = (Site::new(), Echo::start());
    site.link("app-service", &echo.url, &["--name", "shop"]);
    write(
        site.root.path(),
        "app/api/host.json",
        r#"{"version": "2.0"}"#,
    );
    let start = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .args(["start", ".", "--api-location", "api", "--port", "0"])
            .args(words)
            .env("CYGNET_STATE_DIR", site.state())
            .current_dir(site.root.path().join("app"));
        command
    };
    let refused = start(&[]).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let text = said(&refused);
    for part in ["linked to App Service app `shop`", "AP-1", "--ignore-link"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    // The folder runs, and the link is as good as none.
    let emulator = site.start(&["--api-location", "api", "--ignore-link"]);
    emulator.wait_for_output("managed functions");
}
