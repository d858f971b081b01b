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
