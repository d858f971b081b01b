//! The verbs beside `deploy`: their refusals, and their answers as JSON.

use super::project::{Project, said};

#[test]
fn nothing_was_deployed_yet() {
    let project = Project::new();
    for words in [
        &["environments", "list"][..],
        &["environments", "verify"],
        &["appsettings", "set", "A=1"],
        &["password", "clear"],
        &["users", "list"],
    ] {
        let output = project.run(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(
            said(&output).contains("hint: cygnet deploy"),
            "{}",
            said(&output)
        );
    }
}

#[test]
fn ap_64_a_reference_to_a_key_vault_is_said_to_stay_one() {
    let project = Project::new();
    project.deploy(&[]);
    let set = project.run(&["appsettings", "set", "A=@Microsoft.KeyVault(SecretUri=x)"]);
    assert!(set.status.success(), "{}", said(&set));
    assert!(said(&set).contains("AP-64"), "{}", said(&set));
    let plain = project.run(&["appsettings", "set", "A=secret"]);
    assert!(!said(&plain).contains("AP-64"), "{}", said(&plain));
}

#[test]
fn every_refusal_names_its_rule() {
    let project = Project::new();
    project.deploy(&[]);
    let invite =
        |more: &[&'static str]| [&["users", "invite", "--user-details", "ann"][..], more].concat();
    for (words, rule) in [
        (vec!["appsettings", "set", "WEBSITE_X=1"], "AP-71"),
        (vec!["appsettings", "set", "A-B=1"], "AP-72"),
        (vec!["appsettings", "set", "A"], "AP-72"),
        (vec!["password", "set", "weak"], "EN-16"),
        (invite(&["--roles", "anonymous"]), "AU-60"),
        (invite(&["--roles", ""]), "AU-60"),
        (
            invite(&["--roles", "a", "--invitation-expiration-in-hours", "169"]),
            "AU-61",
        ),
        (
            vec!["users", "update", "--user-details", "bob", "--roles", "a"],
            "AU-60",
        ),
    ] {
        let output = project.run(&[&words[..], &["--json"]].concat());
        assert_eq!(output.status.code(), Some(1), "{words:?}: {output:?}");
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["error"]["rule"], rule, "{words:?}");
    }
    project.deploy(&["--plan", "free"]);
    let free = project.run(&["password", "set", "Abcdef1!"]);
    assert!(said(&free).contains("Standard plan"), "{}", said(&free));
}

#[test]
fn en_16_the_password_itself_is_kept_nowhere() {
    let project = Project::new();
    project.deploy(&[]);
    let set = project.json(&["password", "set", "Abcdef1!", "--staging-only"]);
    assert_eq!(set["protects"], "staging");
    let state = std::fs::read_to_string(project.store().join("state.json")).unwrap();
    assert!(state.contains("stagingOnly") && !state.contains("Abcdef1!"));
    assert_eq!(project.json(&["password", "clear"])["protects"], "none");
}

#[test]
fn au_61_an_invitation_names_its_host_and_its_end() {
    let project = Project::new();
    project.deploy(&[]);
    project.deploy(&["--pr", "17"]);
    let words = [
        "users",
        "invite",
        "--user-details",
        "ann@example.org",
        "--roles",
        "admin,editor",
        "--environment",
        "17",
    ];
    let made = project.json(&words);
    let url = made["invitationUrl"].as_str().unwrap();
    assert!(
        url.starts_with("http://shop-17.localhost:4280/.auth/invitations/accept?provider=github&userDetails=ann%40example%2Eorg&"),
        "{url}"
    );
    assert_eq!(made["domain"], "shop-17.localhost");
    assert_eq!(made["roles"], serde_json::json!(["admin", "editor"]));
}

#[test]
fn production_has_one_name_and_shows_its_link() {
    let (project, echo) = (Project::new(), crate::linked::Echo::start());
    project.deploy(&[]);
    assert!(project.json(&["environments", "show", "default"])["link"].is_null());
    let link = [
        "backends",
        "link",
        "--kind",
        "functions",
        "--url",
        &echo.url,
    ];
    let linked = project.run(&[&link[..], &["--environment", "default"]].concat());
    assert!(
        said(&linked).contains("to environment `production`"),
        "{}",
        said(&linked)
    );
    // What the option is called in az is understood too.
    assert!(
        said(&linked).contains("--region REGION, which az calls --backend-region"),
        "{}",
        said(&linked)
    );
    let shown = project.json(&["environments", "show", "production"]);
    assert_eq!(shown["link"]["url"], echo.url);
    let text = project.done(&["environments", "show", "Default"]);
    assert!(
        text.starts_with("production (production)") && text.contains(&echo.url),
        "{text}"
    );
    project.done(&["backends", "unlink", "--environment", "production"]);
    let again = [
        &link[..],
        &[
            "--environment",
            "Production",
            "--backend-region",
            "westus2",
            "--force",
        ],
    ]
    .concat();
    let again = project.run(&again);
    assert!(
        again.status.success() && !said(&again).contains("BK-2"),
        "{}",
        said(&again)
    );
    // A file of an earlier Cygnet.
    let file = project.path(".cygnet/links.json");
    let old = std::fs::read_to_string(&file)
        .unwrap()
        .replace("production", "default");
    std::fs::write(&file, old).unwrap();
    assert_eq!(
        project.json(&["backends", "show"])["links"][0]["environment"],
        "production"
    );
}

#[test]
fn what_is_empty_says_so() {
    let project = Project::new();
    let deployed = project.done(&["deploy", "dist"]);
    assert!(deployed.contains(": 1 file, 12 bytes"), "{deployed}");
    assert!(
        project
            .done(&["users", "list"])
            .contains("nobody has accepted")
    );
    assert!(
        project
            .done(&["appsettings", "list"])
            .contains("no settings")
    );
    project.done(&["environments", "delete", "production"]);
    assert!(
        project
            .done(&["environments", "list"])
            .contains("no environment")
    );
    for words in [["users", "list"], ["environments", "list"]] {
        let empty = serde_json::json!({ "version": 1, words[0]: [] });
        assert_eq!(project.json(&words), empty);
    }
}

#[test]
fn a_folder_that_was_typed_as_the_argument_is_called_that() {
    let project = Project::new();
    let output = project.run(&["deploy", "nope"]);
    assert_eq!(output.status.code(), Some(1));
    let text = said(&output);
    assert!(
        text.contains("nope") && text.contains("named by the argument"),
        "{text}"
    );
    assert!(!text.contains("--output-location"), "{text}");
}

/// Else another project would be taken for the one that was meant.
#[test]
fn a_configuration_file_that_is_not_there_is_an_error() {
    let project = Project::new();
    project.deploy(&[]);
    for words in [
        &["deploy", "dist"][..],
        &["serve"],
        &["environments", "list"],
        &["appsettings", "list"],
        &["users", "list"],
        &["status"],
        &["stop"],
    ] {
        let output = project.run(&[words, &["--config", "missing.json"]].concat());
        let said = said(&output);
        assert!(!output.status.success(), "{words:?}: {said}");
        assert!(said.contains("missing.json\""), "{words:?}: {said}");
        assert!(
            said.contains("check the path after `--config`"),
            "{words:?}: {said}"
        );
    }
}
