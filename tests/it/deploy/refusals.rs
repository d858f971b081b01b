//! Every refusal of a deployment, with its words.

use std::fs::{self, File};

use super::project::{Project, said};

const CONFIG: &str = "staticwebapp.config.json";

/// Deploys with `words` what `prepare` made of a project; the refusal must contain `texts`, and nothing may be there
/// afterwards that was not before.
fn refused(prepare: impl Fn(&Project), words: &[&str], texts: &[&str]) {
    let project = Project::new();
    prepare(&project);
    let state = project.store().join("state.json");
    let before = fs::read(&state).ok();
    let words = [&["deploy", "dist"], words].concat();
    let dry = project.run(&[&words[..], &["--dry-run"]].concat());
    let output = project.run(&words);
    assert!(
        matches!(output.status.code(), Some(1 | 2)),
        "{texts:?}: {output:?}"
    );
    assert_eq!(dry.status, output.status, "a dry run says the same");
    for text in texts {
        assert!(
            said(&output).contains(text),
            "no {text:?} in {}",
            said(&output)
        );
    }
    assert_eq!(fs::read(&state).ok(), before, "{texts:?}");
    assert!(
        !project.store().join("objects").exists() || before.is_some(),
        "{texts:?}"
    );
}

fn config(text: String) -> impl Fn(&Project) {
    move |project| project.write(&format!("dist/{CONFIG}"), &text)
}

fn list(number: usize, item: impl Fn(usize) -> String) -> String {
    let items: Vec<String> = (0..number).map(|n| format!("{:?}", item(n))).collect();
    items.join(",")
}

#[test]
fn cf_80_90_a_configuration_that_is_too_large() {
    let text = format!("{{\"routes\": []{}}}", " ".repeat(20_480));
    refused(
        config(text),
        &[],
        &["CF-6", "The file size exceeds the limit of 20 KB"],
    );
}

#[test]
fn cf_81_91_92_93_routes() {
    for (routes, rule, text) in [
        (
            r#"{"route": "/a/*", "allowedRoles": ["x"]}, {"route": "/a/b", "allowedRoles": ["y"]}"#,
            "RT-32",
            "A route is covered up by a wildcard route and would not be evaluated.",
        ),
        (
            r#"{"route": "/a", "allowedRoles": ["x"]}, {"route": "/a", "allowedRoles": ["y"]}"#,
            "RT-31",
            "A rule was already processed with a duplicate route",
        ),
        (
            r#"{"allowedRoles": ["x"]}"#,
            "RT-33",
            "Found a route with no 'route' property",
        ),
    ] {
        refused(
            config(format!("{{\"routes\": [{routes}]}}")),
            &[],
            &[rule, text, "dist/"],
        );
    }
}

#[test]
fn cf_82_94_forwarded_hosts() {
    let gateway = |hosts: String| {
        config(format!(
            "{{\"forwardingGateway\": {{\"allowedForwardedHosts\": [{hosts}]}}}}"
        ))
    };
    let text = "is not a valid value for a host in allowedForwardedHosts";
    refused(
        gateway(r#""*.example.org""#.to_owned()),
        &[],
        &["NW-4", text],
    );
    let many = list(11, |n| format!("h{n}.example.org"));
    refused(
        gateway(many),
        &[],
        &["NW-4", "No more than 10 allowedForwardedHosts"],
    );
}

#[test]
fn cf_83_roles_and_addresses() {
    // EN-35: 25 ranges.
    let roles = list(51, |n| format!("r{n}"));
    let routes = format!("{{\"routes\": [{{\"route\": \"/a\", \"allowedRoles\": [{roles}]}}]}}");
    refused(config(routes), &[], &["CF-7", "50"]);
    let ranges = list(26, |n| format!("10.0.{n}.0/24"));
    let network = format!("{{\"networking\": {{\"allowedIpRanges\": [{ranges}]}}}}");
    refused(config(network), &[], &["NW-1", "25"]);
}

#[test]
fn cf_10_a_configuration_that_is_no_json_with_its_place() {
    refused(
        config("{\"routes\": [,]}".to_owned()),
        &[],
        &[CONFIG, ":1:13"],
    );
}

#[test]
fn cf_84_95_no_page() {
    let prepare = |project: &Project| {
        fs::rename(
            project.path("dist/index.html"),
            project.path("dist/home.html"),
        )
        .unwrap();
    };
    let text = "Failed to find a default file in the app artifacts folder (/). Valid default files: index.html,Index.html.";
    refused(prepare, &[], &["CF-95", text]);
}

#[test]
fn cf_85_96_too_many_files_and_too_large() {
    // EN-30, EN-32: the same numbers among the quotas.
    let many = |project: &Project| {
        for number in 0..15_000 {
            File::create(project.path(&format!("dist/{number}"))).unwrap();
        }
    };
    refused(
        many,
        &[],
        &["CF-96", "The number of static files was too large", "15001"],
    );
    let large = |size: u64| {
        move |project: &Project| {
            // A hole: the size counts, no byte is written.
            let file = File::create(project.path("dist/film.bin")).unwrap();
            file.set_len(size).unwrap();
        }
    };
    let text = |limit| {
        format!(
            "The size of the app content was too large. The limit for this Static Web App is {limit} bytes."
        )
    };
    refused(
        large(262_144_000),
        &["--plan", "free"],
        &["CF-96", &text(262_144_000)],
    );
    refused(large(524_288_000), &[], &["CF-96", &text(524_288_000)]);
}

/// What a link leads to is deployed, so it counts.
#[test]
#[cfg(unix)]
fn cf_96_too_many_files_behind_a_link() {
    let many = |project: &Project| {
        fs::create_dir(project.path("media")).unwrap();
        for number in 0..15_000 {
            File::create(project.path(&format!("media/{number}"))).unwrap();
        }
        std::os::unix::fs::symlink("../media", project.path("dist/media")).unwrap();
    };
    let text = "The number of static files was too large. (15001 of 15000.)";
    refused(many, &[], &["CF-96", text]);
    let project = Project::new();
    many(&project);
    let checked = project.run(&["check", "dist"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked).contains(text), "{}", said(&checked));
}

/// A deployment without it would not be the app; `check` says what `deploy` says.
#[test]
#[cfg(unix)]
fn cf_85_what_cannot_be_read_is_refused() {
    let dangling = |project: &Project| {
        std::os::unix::fs::symlink("nowhere", project.path("dist/film.mp4")).unwrap();
    };
    refused(dangling, &[], &["CF-85", "dist/film.mp4", "hint: "]);
    let project = Project::new();
    dangling(&project);
    let checked = project.run(&["check", "dist"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked).contains("CF-85"), "{}", said(&checked));
}

#[test]
fn cf_97_98_the_functions() {
    let timer = r#"{"bindings": [{"type": "timerTrigger", "name": "t", "direction": "in"}]}"#;
    let prepare = |project: &Project| {
        project.write(
            "api/host.json",
            r#"{"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}"#,
        );
        project.write("api/package.json", "{}");
        project.write("api/tick/function.json", timer);
    };
    refused(
        prepare,
        &["--api-location", "api"],
        &[
            "CF-97",
            "Error in processing api build artifacts: the file 'tick/function.json' has specified an invalid trigger of type 'timerTrigger' and direction 'In'. Currently, only httpTriggers are supported.",
            "CF-98",
            "the host.json file cannot specify a http.routePrefix value other than 'api'.",
            "for 2 reasons",
        ],
    );
}

#[test]
fn ap_1_and_ap_69_functions_beside_a_link_and_too_large() {
    let linked = |project: &Project| {
        project.write("api/host.json", "{}");
        project.write("api/package.json", "{}");
        project.done(&[
            "backends",
            "link",
            "--kind",
            "app-service",
            "--url",
            "http://localhost:9",
        ]);
    };
    let api = ["--api-location", "api"];
    refused(
        linked,
        &api,
        &["AP-1", "linked to App Service app `localhost-9`"],
    );
    let large = |project: &Project| {
        project.write("api/host.json", "{}");
        project.write("api/package.json", "{}");
        let file = File::create(project.path("api/model.bin")).unwrap();
        file.set_len(104_857_600).unwrap();
    };
    refused(large, &api, &["AP-69"]);
}

#[test]
fn en_6_33_previews() {
    let three = |project: &Project| {
        for number in ["1", "2", "3"] {
            project.deploy(&["--plan", "free", "--pr", number]);
        }
    };
    refused(
        three,
        &["--pr", "4"],
        &["EN-6", "3 preview environments", "Free"],
    );
    // One that exists is no further one, and neither is production.
    let project = Project::new();
    three(&project);
    project.deploy(&["--pr", "3"]);
    project.deploy(&[]);
    project.deploy(&["--plan", "standard", "--pr", "4"]);
}

#[test]
fn en_31_all_environments_together() {
    let project = Project::new();
    let file = File::create(project.path("dist/film.bin")).unwrap();
    file.set_len(260_000_000).unwrap();
    project.deploy(&["--plan", "free"]);
    project.deploy(&["--pr", "1"]);
    let output = project.run(&["deploy", "dist", "--pr", "2"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("EN-31"), "{}", said(&output));
}

#[test]
fn en_2_3_names() {
    let nothing = |_: &Project| {};
    refused(nothing, &["--environment", "a-b"], &["EN-3"]);
    refused(nothing, &["--environment", "17"], &["--pr"]);
    refused(nothing, &["--branch", "///"], &["EN-3"]);
    refused(
        nothing,
        &["--environment", "qa", "--pr", "1"],
        &["cannot be used with"],
    );
    refused(nothing, &["--app", "My App"], &["--app my-app"]);
    let taken = |project: &Project| drop(project.deploy(&["--branch", "feature/x"]));
    refused(taken, &["--branch", "feature-x"], &["EN-2", "feature/x"]);
}
