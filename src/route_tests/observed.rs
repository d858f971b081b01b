//! What is told of a request → a test that expects just that.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::auth::principal::BUILT_IN_ROLES;
use crate::explain::Explanation;

/// A test in the format of the schema.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct ObservedTest {
    request: Value,
    #[serde(rename = "as")]
    caller: Value,
    expect: ObservedAnswer,
}

#[derive(Debug, Clone, Serialize, PartialEq)]
struct ObservedAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backend: Option<ObservedBackend>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rewrite: Option<String>,
    rule: Value,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, Option<String>>,
}

#[derive(Debug, Clone, Serialize, PartialEq)]
struct ObservedBackend {
    kind: &'static str,
    target: String,
}

/// A test that expects what makes the answer this one: who or what answers, with which status, by which rule, and the
/// headers that the rule sets. `caller` is what the schema has under `as` ([`by_roles`], or a persona's name).
pub fn test(told: &Explanation, caller: Value) -> ObservedTest {
    let result = &told.result;
    let target = result.target.clone();
    let backend = target.map(|target| ObservedBackend {
        kind: result.kind,
        target,
    });
    let is_named = result.file.is_some() || result.location.is_some() || backend.is_some();
    ObservedTest {
        request: json!(format!("{} {}", told.request.method, told.request.target)),
        caller,
        expect: ObservedAnswer {
            status: result.status,
            kind: (!is_named).then_some(result.kind),
            file: result.file.clone(),
            location: result.location.clone(),
            backend,
            rewrite: result.rewrite.clone(),
            rule: rule(told),
            headers: headers_of_the_rule(told),
        },
    }
}

/// `as` for a user with these roles, the built-in ones among them; nobody has none.
pub fn by_roles(roles: &[String]) -> Value {
    let is_own = |role: &&String| !BUILT_IN_ROLES.contains(&role.as_str());
    let own: Vec<&String> = roles.iter().filter(is_own).collect();
    match (roles.is_empty(), own.is_empty()) {
        (true, _) => json!("anonymous"),
        (false, true) => json!(["authenticated"]),
        (false, false) => json!(own),
    }
}

/// By its route, which moves with it; by its position where another rule has the same route.
fn rule(told: &Explanation) -> Value {
    let Some(rule) = told.result.rule.and_then(|at| told.rules.get(at)) else {
        return Value::Null;
    };
    let same = told.rules.iter().filter(|other| other.route == rule.route);
    match same.count() {
        1 => json!(rule.route),
        _ => json!(rule.index),
    }
}

/// The headers that the rule sets or removes.
fn headers_of_the_rule(told: &Explanation) -> BTreeMap<String, Option<String>> {
    let by_rule = told.headers.iter().filter(|header| header.is_set_by_rule());
    by_rule
        .map(|header| (header.name.clone(), header.value.clone()))
        .collect()
}
