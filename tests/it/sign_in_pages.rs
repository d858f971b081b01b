//! The pages about identity providers, `docs/sign-in/*.md`: their configurations are right, and name the settings that
//! their `.env` files have.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::program::run;

/// The blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let after = page.split(fence.as_str()).skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// The values of the keys `…SettingName`.
fn setting_names(value: &Value, found: &mut BTreeSet<String>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        match value.as_str() {
            Some(name) if key.ends_with("SettingName") => drop(found.insert(name.to_owned())),
            _ => setting_names(value, found),
        }
    }
}

#[test]
fn the_pages_of_all_providers_have_right_configurations_and_their_settings() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let overview = fs::read_to_string(docs.join("sign-in.md")).unwrap();
    let mut configured = BTreeSet::new();
    for entry in fs::read_dir(docs.join("sign-in")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(overview.contains(&format!("](sign-in/{name})")), "{name}");
        let page = fs::read_to_string(&path).unwrap();
        let examples = blocks(&page, "json");
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("index.html"), "").unwrap();
            fs::write(folder.path().join("staticwebapp.config.json"), example).unwrap();
            let (_, said, _) = run(folder.path(), &["check"]);
            assert!(said.ends_with(": 0 errors, 0 warnings\n"), "{name}: {said}");
            let example: Value = serde_json::from_str(example).unwrap();
            let mut named = BTreeSet::new();
            setting_names(&example, &mut named);
            let lines = blocks(&page, "sh").into_iter().flat_map(str::lines);
            let set: BTreeSet<String> = lines
                .filter_map(|line| Some(line.split_once('=')?.0))
                .filter(|name| {
                    name.bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
                })
                .map(str::to_owned)
                .collect();
            assert_eq!(
                set, named,
                "{name}: what `.env` has, what the configuration names"
            );
            let providers = example["auth"]["identityProviders"].as_object().unwrap();
            configured.extend(providers.keys().cloned());
        }
    }
    let all =
        "apple azureActiveDirectory customOpenIdConnectProviders facebook github google twitter";
    assert_eq!(configured.into_iter().collect::<Vec<_>>().join(" "), all);
}
