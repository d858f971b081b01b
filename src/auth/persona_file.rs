//! The key `personas` of `.cygnet/personas.json` or `swa-cli.config.json` → [`Persona`]s, and what is wrong with them.
//!
//! ```json
//! { "personas": [ { "name": "admin", "provider": "aad", "userDetails": "ada@contoso.com", "roles": ["admin"] } ] }
//! ```
//!
//! An entry with a mistake is left out; the others count. `schemas/personas.json` says the same for editors.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, parse_to_ast};

use super::personas::{DeclaredIn, Persona};
use super::principal::{BUILT_IN_ROLES, Claim};
use super::sign_in::is_one_role;
use crate::config::reader::{Reader, get, span};
use crate::config::syntax::{STRICT_JSON, not_json};
use crate::finding::{Finding, Source, Span};

/// The key, in both files.
const KEY: &str = "personas";
/// The keys of a persona.
const KEYS: [&str; 6] = [
    "name",
    "provider",
    "userDetails",
    "userId",
    "roles",
    "claims",
];
const CLAIM_KEYS: [&str; 2] = ["typ", "val"];

/// Reads a file. Names among `taken` are not declared again.
pub fn read(
    source: &Source,
    declared_in: DeclaredIn,
    taken: &[Persona],
) -> (Vec<Persona>, Vec<Finding>) {
    let mut findings = Vec::new();
    let parsed = match parse_to_ast(source.text(), &CollectOptions::default(), &STRICT_JSON) {
        Ok(parsed) => parsed.value,
        Err(error) => return (Vec::new(), vec![not_json("", &error)]),
    };
    let mut read = Reader {
        out: &mut findings,
        code: "",
        reader: "Cygnet",
    };
    let Some(value) = parsed else {
        let empty = Finding::error("", Span::default(), "the file is empty")
            .hint(r#"write { "personas": [] }, or delete the file"#);
        return (Vec::new(), vec![empty]);
    };
    let personas = personas(&mut read, &value, declared_in, taken);
    (personas, findings)
}

fn personas(
    read: &mut Reader<'_>,
    root: &Value<'_>,
    declared_in: DeclaredIn,
    taken: &[Persona],
) -> Vec<Persona> {
    let Some(root) = read.object("the file", root) else {
        return Vec::new();
    };
    // The other file has many more keys, which are read elsewhere.
    if declared_in == DeclaredIn::PersonasFile {
        read.known_keys("the file", root, &[KEY, "$schema"], &[]);
    }
    let Some(list) = get(root, KEY).and_then(|list| read.array(KEY, list)) else {
        return Vec::new();
    };
    let mut personas: Vec<Persona> = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let Some(persona) = persona(read, &format!("{KEY}[{index}]"), value, declared_in) else {
            continue;
        };
        let mut known = taken.iter().chain(&personas);
        if known.any(|known| known.name == persona.name) {
            let message = format!("there is a persona `{}` already", persona.name);
            let found = Finding::error("", span(value), message);
            read.out.push(found.hint("give each a name of its own"));
        } else {
            personas.push(persona);
        }
    }
    personas
}

/// One entry; `None` when it has a mistake, which was told.
fn persona(
    read: &mut Reader<'_>,
    place: &str,
    value: &Value<'_>,
    from: DeclaredIn,
) -> Option<Persona> {
    let before = read.out.len();
    let object = read.object(place, value)?;
    read.known_keys(place, object, &KEYS, &[("userRoles", "the key is `roles`")]);
    let mut text = |key: &str| {
        let value = get(object, key).filter(|value| !matches!(value, Value::NullKeyword(_)))?;
        let text = read.string(&format!("{place}.{key}"), value)?;
        if text.value.trim().is_empty() || text.value.chars().any(char::is_control) {
            let message = format!(
                "`{place}.{key}` must be a line of text, but is `{}`",
                text.value.escape_debug()
            );
            read.out.push(Finding::error("", text.span, message));
        }
        Some(text.value.trim().to_owned())
    };
    let (name, provider) = (text("name"), text("provider"));
    let (user_details, user_id) = (text("userDetails"), text("userId"));
    let roles = get(object, "roles").map_or(Vec::new(), |list| roles(read, place, list));
    let claims = get(object, "claims").map_or(Vec::new(), |list| claims(read, place, list));
    if get(object, "name").is_none() {
        let found = Finding::error("", span(value), format!("`{place}` has no `name`"));
        read.out.push(found.hint(r#"add "name": "admin""#));
    }
    let is_wrong = |found: &Finding| found.severity == crate::finding::Severity::Error;
    if read.out[before..].iter().any(is_wrong) {
        return None;
    }
    let name = name?;
    Some(Persona {
        provider,
        user_details: user_details.unwrap_or_else(|| name.clone()),
        user_id,
        roles,
        claims,
        from,
        name,
    })
}

fn roles(read: &mut Reader<'_>, place: &str, list: &Value<'_>) -> Vec<String> {
    let mut roles: Vec<String> = Vec::new();
    for role in read.strings(&format!("{place}.roles"), list) {
        let name = role.value.trim();
        if !is_one_role(name) {
            let message = format!("`{}` is not one role", name.escape_debug());
            let found = Finding::error("", role.span, message).hint("one string for each role");
            read.out.push(found);
        } else if !BUILT_IN_ROLES.contains(&name) && !roles.iter().any(|known| known == name) {
            roles.push(name.to_owned());
        }
    }
    roles
}

fn claims(read: &mut Reader<'_>, place: &str, list: &Value<'_>) -> Vec<Claim> {
    let Some(list) = read.array(&format!("{place}.claims"), list) else {
        return Vec::new();
    };
    let mut claims = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let place = format!("{place}.claims[{index}]");
        let Some(object) = read.object(&place, value) else {
            continue;
        };
        read.known_keys(&place, object, &CLAIM_KEYS, &[]);
        let [typ, val] = CLAIM_KEYS.map(|key| match get(object, key) {
            Some(text) => read.string(&format!("{place}.{key}"), text),
            None => {
                let message = format!("`{place}` has no `{key}`");
                let found = Finding::error("", span(value), message);
                let hint = r#"a claim is { "typ": "name", "val": "Ada" }"#;
                read.out.push(found.hint(hint));
                None
            }
        });
        if let (Some(typ), Some(val)) = (typ, val) {
            let (typ, val) = (typ.value, val.value);
            claims.push(Claim { typ, val });
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (Vec<Persona>, Vec<String>) {
        let source = Source::new("personas.json", text);
        let (personas, findings) = read(&source, DeclaredIn::PersonasFile, &[]);
        let findings = findings.iter().map(|found| {
            let at = source.position(found.place.span().start);
            let hint = found.hint.as_deref().unwrap_or_default();
            format!("{}:{} {} ({hint})", at.line, at.column, found.message)
        });
        (personas, findings.collect())
    }

    #[test]
    fn a_persona_is_read_with_what_may_be_left_out() {
        let (personas, findings) = found(
            r#"{ "$schema": "x", "personas": [
                { "name": "ada", "provider": "aad", "userDetails": "ada@contoso.com", "userId": "7",
                  "roles": ["authenticated", "admin", "admin"], "claims": [{ "typ": "a", "val": "b" }] },
                { "name": "joe" }
            ] }"#,
        );
        assert_eq!(findings, [""; 0]);
        let principal = personas[0].principal("aad");
        assert_eq!(principal.user_id, "7");
        assert_eq!(
            principal.user_roles,
            ["anonymous", "authenticated", "admin"]
        );
        assert_eq!(principal.claims.len(), 1);
        let joe = &personas[1];
        assert_eq!(
            (&*joe.user_details, &joe.provider, &joe.roles),
            ("joe", &None, &Vec::new())
        );
    }

    #[test]
    fn mistakes_are_told_with_their_place_and_only_cost_their_entry() {
        for (entry, expected) in [
            (
                r#""x""#,
                "`personas[0]` must be an object, but is a string ()",
            ),
            ("{}", r#"`personas[0]` has no `name` (add "name": "admin")"#),
            (
                r#"{"name": 1}"#,
                "`personas[0].name` must be a string, but is a number ()",
            ),
            (
                r#"{"name": " "}"#,
                "`personas[0].name` must be a line of text, but is ` ` ()",
            ),
            (
                r#"{"name": "a", "roles": ["b, c"]}"#,
                "`b, c` is not one role (one string for each role)",
            ),
            (
                r#"{"name": "a", "roles": "b"}"#,
                "`personas[0].roles` must be an array, but is a string ()",
            ),
            (
                r#"{"name": "a", "claims": [{"typ": "b"}]}"#,
                r#"`personas[0].claims[0]` has no `val` (a claim is { "typ": "name", "val": "Ada" })"#,
            ),
            (
                r#"{"name": "last"}, {"name": "last"}"#,
                "there is a persona `last` already (give each a name of its own)",
            ),
        ] {
            let last = match entry.contains("last") {
                true => "",
                false => r#", {"name": "last"}"#,
            };
            let (personas, findings) = found(&format!("{{\"personas\":\n[{entry}{last}]}}"));
            assert_eq!(findings.len(), 1, "{findings:?}");
            let (place, message) = findings[0].split_once(' ').unwrap();
            assert!(place.starts_with("2:"), "{place}");
            assert_eq!(message, expected);
            let names: Vec<_> = personas.iter().map(|it| &*it.name).collect();
            assert_eq!(names, ["last"], "{entry}");
        }
    }

    #[test]
    fn unknown_keys_are_named_and_do_no_harm() {
        let (personas, findings) =
            found(r#"{"persona": 1, "personas": [{"name": "a", "userRoles": []}]}"#);
        assert_eq!(
            findings,
            [
                "1:2 unknown key `persona` in the file; Cygnet does not read it (did you mean `personas`?)",
                "1:43 unknown key `userRoles` in personas[0]; Cygnet does not read it (the key is `roles`)"
            ]
        );
        assert_eq!(personas.len(), 1);
    }

    #[test]
    fn what_is_not_json_has_a_place() {
        let (personas, findings) = found("{\n \"personas\": [],\n}");
        assert!(personas.is_empty());
        assert!(
            findings[0].starts_with("2:16 this is not JSON"),
            "{findings:?}"
        );
        assert_eq!(found("").1.len(), 1);
    }
}
