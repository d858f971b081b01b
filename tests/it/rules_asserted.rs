//! Every rule of `docs/azure-behaviour.md` is asserted by a test that names it, or listed there as not visible on one
//! machine with its reason, and never both.
//!
//! A test names a rule in its own name (`ap_5_…`, `cf_80_90_…`), or inside its body, in a comment or an assertion's message.
//! A golden file names it in its `rules:` line. What stands outside of tests does not count, nor does a range of ids.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::rules_documented::{files_below, id_pattern, root, rows};

const SECTION: &str = "## Not visible on one machine";

/// Rule → why no test can show it.
pub(crate) fn not_visible() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("docs/azure-behaviour.md")).expect("document");
    let (_, section) = text.split_once(SECTION).expect("the section");
    let mut found = BTreeMap::new();
    for line in section.lines().filter_map(|line| line.strip_prefix("- ")) {
        let (ids, why) = line.split_once(": ").unwrap_or((line, ""));
        assert!(why.ends_with('.') && why.len() > 20, "no reason: {line}");
        for id in ids.split(", ") {
            let again = found.insert(id.to_owned(), why.to_owned());
            assert!(again.is_none(), "{id} is listed twice");
        }
    }
    found
}

/// The name and the body of each test of a source file.
fn tests_of(source: &str) -> Vec<(&str, String)> {
    static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*#\[(\w+::)*test\b"));
    static NAME: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfn (\w+)"));
    let mut lines = source.lines();
    let mut found = Vec::new();
    while let Some(attribute) = lines.find(|line| ATTRIBUTE.is_match(line)) {
        let indent = &attribute[..attribute.len() - attribute.trim_start().len()];
        let end = format!("{indent}}}");
        let mut name = "";
        let mut body = String::new();
        for line in lines.by_ref().take_while(|line| *line != end) {
            match NAME.captures(line) {
                Some(parts) if name.is_empty() => name = parts.get(1).map_or("", |it| it.as_str()),
                _ if name.is_empty() => {}
                _ => {
                    body.push_str(line);
                    body.push('\n');
                }
            }
        }
        found.push((name, body));
    }
    found
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("pattern")
}

/// `cf_80_90_too_large` names CF-80 and CF-90.
fn ids_in_name(name: &str) -> Vec<String> {
    static FAMILY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?:^|_)(cf|rt|nf|ro|hd|ts|nw|au|ap|bk|en|rs|fr|b[1-5])((?:_+\d+)+)(?:_|$)")
    });
    // Two families may share the `_` between them.
    let name = name.replace('_', "__");
    let all = FAMILY.captures_iter(&name);
    let ids = all.flat_map(|found| {
        let family = found[1].to_uppercase();
        let numbers: Vec<String> = found[2].split('_').map(str::to_owned).collect();
        let ids = numbers.into_iter().filter(|number| !number.is_empty());
        ids.map(move |number| format!("{family}-{number}"))
            .collect::<Vec<_>>()
    });
    ids.collect()
}

fn ids_in_body(body: &str) -> Vec<String> {
    static RANGE: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b[A-Z][A-Z1-5]-\d+ ?(?:…|\.\.\.?|–) ?(?:[A-Z][A-Z1-5]-)?\d+"));
    let body = RANGE.replace_all(body, "");
    let ids = id_pattern();
    ids.find_iter(&body)
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// Every rule that a test or a golden file names.
fn asserted() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in ["src", "tests", "fixtures/golden"] {
        files_below(&root().join(folder), &mut files);
    }
    let mut ids = BTreeSet::new();
    for file in files {
        // Those that speak about rules instead of asserting them.
        if ["rules_asserted.rs", "rules_documented.rs", "golden.rs"]
            .iter()
            .any(|it| file.ends_with(it))
        {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&file) else {
            continue;
        };
        match file.extension().and_then(|end| end.to_str()) {
            Some("rs") => {
                for (name, body) in tests_of(&text) {
                    ids.extend(ids_in_name(name));
                    ids.extend(ids_in_body(&body));
                }
            }
            Some("golden") => {
                let rules = text.lines().filter(|line| line.starts_with("rules:"));
                ids.extend(rules.flat_map(ids_in_body));
            }
            _ => {}
        }
    }
    ids
}

#[test]
fn every_rule_is_asserted_or_said_to_be_invisible() {
    let (asserted, listed) = (asserted(), not_visible());
    let rules: Vec<String> = rows().into_iter().map(|mut row| row.remove(0)).collect();
    let neither: Vec<_> = rules
        .iter()
        .filter(|id| !asserted.contains(*id) && !listed.contains_key(*id))
        .collect();
    assert!(
        neither.is_empty(),
        "no test names {neither:?}: write one, or list them under \"{SECTION}\""
    );
    let both: Vec<_> = listed.keys().filter(|id| asserted.contains(*id)).collect();
    assert!(
        both.is_empty(),
        "listed as not visible, but tests name {both:?}"
    );
    let unknown: Vec<_> = listed.keys().filter(|id| !rules.contains(id)).collect();
    assert!(unknown.is_empty(), "listed without a row: {unknown:?}");
}

#[test]
fn only_tests_count_and_ranges_do_not() {
    let source = "//! AP-1\n#[test]\n/// AP-2\nfn ap_3_5_and_rt_7() {\n    // AP-8, B2-3. AP-10…AP-12\n}\n\nfn helper() {\n    // AP-9\n}\n";
    let tests = tests_of(source);
    let [(name, body)] = tests.as_slice() else {
        panic!("{tests:?}");
    };
    assert_eq!(ids_in_name(name), ["AP-3", "AP-5", "RT-7"]);
    assert_eq!(ids_in_body(body), ["AP-8", "B2-3"]);
}
