//! Tests of [`super`]: every refusal of `link`, and what each action leaves.

use std::path::Path;

use super::*;
use crate::link::model::{Plan, issuer};
use crate::link::store::LinkPaths;

fn state_of(folder: &Path) -> LinkState {
    LinkPaths {
        project: folder.to_path_buf(),
        state: folder.join("state"),
    }
    .peek(&mut Vec::new())
}

fn wanted(kind: BackendKind) -> LinkRequest {
    LinkRequest {
        kind,
        name: None,
        url: "http://localhost:3000".to_owned(),
        environment: "production".to_owned(),
        plan: Plan::Standard,
        region: None,
        force: false,
        has_managed_api: false,
    }
}

/// Two apps that share the machine's side.
fn two() -> (tempfile::TempDir, LinkState, LinkState) {
    let folder = tempfile::tempdir().unwrap();
    let states = ["a", "b"].map(|name| {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        state_of(&folder.path().join(name))
    });
    let [first, second] = states;
    (folder, first, second)
}

#[test]
fn every_refusal_names_its_rule() {
    let change = |change: fn(&mut LinkRequest)| {
        let mut wanted = wanted(BackendKind::AppService);
        change(&mut wanted);
        wanted
    };
    let table: [(&str, Option<&str>, LinkRequest); 8] = [
        ("BK-3", None, change(|it| it.plan = Plan::Free)),
        ("BK-3", None, change(|it| it.has_managed_api = true)),
        ("EN-12", None, change(|it| it.environment = "42".to_owned())),
        ("EN-3", None, change(|it| it.environment = "a-b".to_owned())),
        ("EN-3", None, change(|it| it.environment = String::new())),
        ("EN-3", None, change(|it| it.environment = "a".repeat(17))),
        (
            "BK-4",
            Some("59363"),
            change(|it| it.url = "http://localhost:3001".to_owned()),
        ),
        (
            "BK-4",
            Some("59363"),
            change(|it| it.kind = BackendKind::Functions),
        ),
    ];
    for (rule, code, refused) in table {
        let (_folder, mut state, _) = two();
        link(&mut state, &wanted(BackendKind::AppService), "a").unwrap();
        let before = state.clone();
        let refusal = link(&mut state, &refused, "a").unwrap_err();
        assert_eq!((refusal.rule, refusal.code), (rule, code), "{refused:?}");
        assert!(!refusal.hint.is_empty());
        assert_eq!(state, before, "a refusal changes nothing");
    }
}

#[test]
fn bk_8_another_apps_provider_is_refused_and_only_functions_can_be_forced() {
    for (kind, forced) in [
        (BackendKind::Functions, true),
        (BackendKind::AppService, false),
        (BackendKind::ContainerApps, false),
    ] {
        let (_folder, mut first, mut second) = two();
        link(&mut first, &wanted(kind), "/nowhere").unwrap();
        unlink(&mut first, "production", false).unwrap();
        second.machine = first.machine.clone();
        let refusal = link(&mut second, &wanted(kind), "b").unwrap_err();
        assert_eq!(refusal.rule, "BK-8");
        assert!(refusal.to_string().contains("preexisting"), "{refusal}");
        let force = LinkRequest {
            force: true,
            ..wanted(kind)
        };
        assert_eq!(link(&mut second, &force, "b").is_ok(), forced, "{kind}");
        first.machine = second.machine.clone();
        unlink(&mut first, "production", true).ok();
        assert_eq!(first.machine.backends[0].providers.is_empty(), !forced);
    }
}

#[test]
fn bk_5_a_backend_that_is_linked_elsewhere_says_so_and_api_management_serves_many() {
    let (folder, mut first, mut second) = two();
    let paths = LinkPaths {
        project: folder.path().join("a"),
        state: folder.path().join("state"),
    };
    let mut session = crate::link::store::Session::open(&paths).unwrap();
    let at = paths.project.display().to_string();
    link(&mut session.state, &wanted(BackendKind::ContainerApps), &at).unwrap();
    session.save().unwrap();
    second.machine = session.state.machine.clone();
    let refusal = link(&mut second, &wanted(BackendKind::ContainerApps), "b").unwrap_err();
    assert_eq!(refusal.rule, "BK-5");

    link(&mut first, &wanted(BackendKind::ApiManagement), "a").unwrap();
    second.machine = first.machine.clone();
    link(&mut second, &wanted(BackendKind::ApiManagement), "b").unwrap();
    let products = &second.machine.backends[0].products;
    assert_eq!(products.len(), 2);
    assert_ne!(products[0].name, products[1].name);
}

#[test]
fn bk_6_bk_12_the_provider_names_the_host_and_outlives_the_link() {
    let (_folder, mut state, _) = two();
    link(&mut state, &wanted(BackendKind::AppService), "a").unwrap();
    let record = &state.machine.backends[0];
    let host = state.project.app.host("production", None);
    assert_eq!(record.providers[0].client_id, host);
    assert_eq!(issuer(&host), format!("https://{host}/.auth"));
    assert_eq!(record.host, "localhost-3000.azurewebsites.net");
    assert!(record.auth_enabled);
    let left = unlink(&mut state, "production", false).unwrap();
    assert_eq!(left.left.as_deref(), Some(PROVIDER));
    assert!(state.machine.backends[0].auth_enabled);
    assert!(unlink(&mut state, "production", false).is_err());
    assert!(unlink(&mut state, "production", true).unwrap().removed_auth);
    assert!(!state.machine.backends[0].auth_enabled);
    assert!(state.project.links.is_empty());
}

#[test]
fn b2_12_linking_the_same_backend_again_repairs_it() {
    let (_folder, mut state, _) = two();
    link(&mut state, &wanted(BackendKind::AppService), "a").unwrap();
    let port = state.machine.backends[0].gate_port;
    state.machine.backends[0].providers.clear();
    link(&mut state, &wanted(BackendKind::AppService), "a").unwrap();
    assert_eq!(state.machine.backends.len(), 1);
    assert_eq!(state.machine.backends[0].gate_port, port);
    assert_eq!(state.machine.backends[0].providers.len(), 1);
    state.machine.backends[0].providers.clear();
    relink(&mut state, "production", false, "a").unwrap();
    assert_eq!(state.machine.backends[0].providers.len(), 1);
    assert!(relink(&mut state, "staging", false, "a").is_err());
}

#[test]
fn bk_14_product_and_apis_survive_unlink_and_are_found_again() {
    let (_folder, mut state, _) = two();
    link(&mut state, &wanted(BackendKind::ApiManagement), "a").unwrap();
    product(&mut state, "production")
        .unwrap()
        .apis
        .push("api".to_owned());
    let left = unlink(&mut state, "production", true).unwrap();
    assert!(left.left.unwrap().starts_with("Azure Static Web Apps - "));
    link(&mut state, &wanted(BackendKind::ApiManagement), "a").unwrap();
    assert_eq!(state.machine.backends[0].products.len(), 1);
    assert_eq!(product(&mut state, "production").unwrap().apis, ["api"]);
}
