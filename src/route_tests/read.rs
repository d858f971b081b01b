//! The text of a file → its tests.

use jsonc_parser::ast::{Object, Value};

use crate::config::reader::{Reader, get, span};
use crate::config::syntax::read_with_comments;
use crate::finding::{Finding, Severity, Source, Span, Spanned, arranged};

use super::expectations::expectations;
use super::model::{RouteTest, TestCaller, TestRequest};

pub(super) const TOP: &[&str] = &["$schema", "tests"];
pub(super) const TEST: &[&str] = &["name", "request", "as", "expect"];
pub(super) const REQUEST: &[&str] = &["method", "path", "headers"];

/// Reads a file. Never panics, whatever the text.
///
/// # Errors
/// All that is wrong with it, in the order of the file. Nothing of such a file is run.
pub fn read(source: &Source) -> Result<Vec<RouteTest>, Vec<Finding>> {
    let mut findings = Vec::new();
    let tests = read_with_comments(source, &mut findings, |value, out| {
        let mut read = Reader {
            out,
            code: "",
            reader: "Cygnet",
        };
        let top = read.object("the file", value)?;
        read.known_keys("the file", top, TOP, &[("routes", "write `tests`")]);
        let Some(tests) = get(top, "tests") else {
            let found = Finding::error("", span(value), "`tests` is missing");
            read.out.push(
                found.hint(r#"{ "tests": [{ "request": "GET /", "expect": { "status": 200 } }] }"#),
            );
            return None;
        };
        let tests = read.array("tests", tests)?;
        let numbered = tests.iter().enumerate();
        Some(
            numbered
                .filter_map(|(index, value)| test(&mut read, index, value))
                .collect(),
        )
    });
    match tests {
        Some(tests) if findings.is_empty() => Ok(tests),
        // What is passed over elsewhere would be a test that does not test.
        _ => Err(arranged(
            findings
                .into_iter()
                .map(|found| Finding {
                    severity: Severity::Error,
                    ..found
                })
                .collect(),
        )),
    }
}

fn test(read: &mut Reader<'_>, index: usize, value: &Value<'_>) -> Option<RouteTest> {
    let what = format!("tests[{index}]");
    let object = read.object(&what, value)?;
    let renamed = [
        ("method", "it belongs into `request`"),
        ("path", "it belongs into `request`"),
        ("status", "it belongs into `expect`"),
        ("roles", "use `as` with a list of roles"),
    ];
    read.known_keys(&format!("`{what}`"), object, TEST, &renamed);
    let name = get(object, "name").and_then(|value| read.string(&format!("{what}.name"), value));
    let request = request(read, &what, object, span(value));
    let caller = match get(object, "as") {
        Some(value) => caller(read, &format!("{what}.as"), value),
        None => Some(TestCaller::Anonymous),
    };
    let expected = expectations(read, &what, object, span(value));
    Some(RouteTest {
        name: name.map(|name| name.value),
        span: span(value),
        request: request?,
        caller: caller?,
        expected: expected?,
    })
}

fn request(read: &mut Reader<'_>, what: &str, test: &Object<'_>, at: Span) -> Option<TestRequest> {
    let what = format!("{what}.request");
    let Some(value) = get(test, "request") else {
        let found = Finding::error("", at, format!("`{what}` is missing"));
        read.out
            .push(found.hint(r#"write `"request": "GET /path"`"#));
        return None;
    };
    let request = match value {
        Value::StringLit(text) => {
            let (method, target) = split(&text.value);
            TestRequest {
                method: method.to_owned(),
                target: target.to_owned(),
                headers: Vec::new(),
                span: span(value),
            }
        }
        Value::Object(object) => {
            let renamed = [("url", "use `path`"), ("target", "use `path`")];
            read.known_keys(&format!("`{what}`"), object, REQUEST, &renamed);
            let mut text = |key: &str| {
                let value = get(object, key)?;
                Some(read.string(&format!("{what}.{key}"), value)?.value)
            };
            let (method, target) = (text("method"), text("path"));
            let headers = get(object, "headers");
            let headers = headers.map(|value| read.string_map(&format!("{what}.headers"), value));
            let headers = headers.unwrap_or_default().into_iter();
            let Some(target) = target else {
                let found = Finding::error("", span(value), format!("`{what}.path` is missing"));
                read.out.push(found);
                return None;
            };
            TestRequest {
                method: method.unwrap_or_else(|| "GET".to_owned()),
                target,
                headers: headers.map(|(name, it)| (name.value, it.value)).collect(),
                span: span(value),
            }
        }
        other => {
            read.wrong(&what, "a string such as `GET /path`, or an object", other);
            return None;
        }
    };
    match request.question() {
        Ok(_) => Some(request),
        Err(why) => {
            read.out.push(Finding::error("", request.span, why));
            None
        }
    }
}

/// `POST /x` → method and path; a path alone is asked for by GET.
pub fn split(text: &str) -> (&str, &str) {
    match text.trim().split_once(' ') {
        Some((method, target)) => (method, target.trim()),
        None => ("GET", text.trim()),
    }
}

fn caller(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Option<TestCaller> {
    match value {
        Value::StringLit(text) if text.value == "anonymous" => Some(TestCaller::Anonymous),
        Value::StringLit(text) => {
            let name = text.value.to_string();
            Some(TestCaller::Persona(Spanned::new(name, span(value))))
        }
        Value::Array(array) if array.elements.is_empty() => {
            let found = Finding::error("", span(value), format!("`{what}` names no role"));
            read.out
                .push(found.hint("write `\"anonymous\"` for nobody, `[\"authenticated\"]` for a user without further roles"));
            None
        }
        Value::Array(_) => {
            let roles = read.strings(what, value).into_iter();
            Some(TestCaller::Roles(roles.map(|role| role.value).collect()))
        }
        other => {
            read.wrong(
                what,
                "the name of a persona, `anonymous`, or a list of roles",
                other,
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::expectations::{BACKEND, BACKENDS, EXPECT};
    use super::*;
    use crate::pipeline::Handler;
    use crate::pipeline::reason::Reason;

    /// Message and hint of everything wrong with one test.
    fn wrong(test: &str) -> Vec<String> {
        let source = Source::new("x", format!("{{\"tests\": [{test}]}}"));
        let findings = match read(&source) {
            Ok(_) => Vec::new(),
            Err(findings) => findings,
        };
        let shown = findings.into_iter().map(|found| {
            let hint = found
                .hint
                .map_or_else(String::new, |hint| format!(" | {hint}"));
            format!("{}{hint}", found.message)
        });
        shown.collect()
    }

    #[test]
    fn the_schema_names_what_is_read() {
        let schema: Value = serde_json::from_str(super::super::SCHEMA).unwrap();
        let keys = |place: &Value| -> Vec<String> {
            let mut keys: Vec<String> = place["properties"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            keys.sort();
            keys
        };
        let sorted = |known: &[&str]| {
            let mut known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
            known.sort();
            known
        };
        let definitions = &schema["definitions"];
        assert_eq!(keys(&schema), sorted(TOP));
        assert_eq!(keys(&definitions["test"]), sorted(TEST));
        assert_eq!(keys(&definitions["request"]), sorted(REQUEST));
        assert_eq!(keys(&definitions["expect"]), sorted(EXPECT));
        assert_eq!(keys(&definitions["backend"]), sorted(BACKEND));
        let expect = &definitions["expect"]["properties"];
        let words = |place: &Value| -> Vec<String> {
            let words = place["enum"].as_array().unwrap().iter();
            words
                .map(|word| word.as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(words(&expect["kind"]), Handler::KINDS);
        assert_eq!(words(&expect["reason"]), Reason::WORDS);
        assert_eq!(words(&definitions["backendKind"]), BACKENDS);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_next_step() {
        for (test, expected) in [
            (r#"{"request": "GET /", "expect": {"status": 200}}"#, ""),
            ("7", "`tests[0]` must be an object, but is a number"),
            (
                r#"{"expect": {"status": 200}}"#,
                "`tests[0].request` is missing | write `\"request\": \"GET /path\"`",
            ),
            (
                r#"{"request": "/"}"#,
                "`tests[0].expect` is missing | such as",
            ),
            (
                r#"{"request": "/", "expect": {}}"#,
                "`tests[0].expect` expects nothing | such as",
            ),
            (
                r#"{"request": "about", "expect": {"status": 200}}"#,
                "`about` does not begin with a slash",
            ),
            (
                r#"{"request": "G;T /", "expect": {"status": 200}}"#,
                "`G;T` is not a valid HTTP method",
            ),
            (
                r#"{"request": 7, "expect": {"status": 200}}"#,
                "must be a string such as `GET /path`, or an object, but is a number",
            ),
            (
                r#"{"request": {"url": "/"}, "expect": {"status": 200}}"#,
                "unknown key `url` in `tests[0].request`; Cygnet does not read it | use `path`",
            ),
            (
                r#"{"request": "/", "expect": {"statusCode": 200}}"#,
                "unknown key `statusCode` in `tests[0].expect`; Cygnet does not read it | use `status`",
            ),
            (
                r#"{"request": "/", "expect": {"statu": 200}}"#,
                "| did you mean `status`?",
            ),
            (
                r#"{"request": "/", "expect": {"status": "200"}}"#,
                "`tests[0].expect.status` must be a number, but is a string",
            ),
            (
                r#"{"request": "/", "expect": {"status": 2000}}"#,
                "must be a status code from 100 to 599, but is `2000`",
            ),
            (
                r#"{"request": "/", "expect": {"kind": "fil"}}"#,
                "`fil` is not a value of `tests[0].expect.kind` | did you mean `file`?",
            ),
            (
                r#"{"request": "/", "expect": {"reason": "because"}}"#,
                "| one of: file, fallback,",
            ),
            (
                r#"{"request": "/", "expect": {"headers": {"ETag": {"matches": "("}}}}"#,
                "`(` is not a regular expression: unclosed group",
            ),
            (
                r#"{"request": "/", "expect": {"headers": {"ETag": 7}}}"#,
                "or null for a header that is absent, but is a number",
            ),
            (
                r#"{"request": "/", "expect": {"rule": -1}}"#,
                "must be a route as written, the position of a rule, or null for none",
            ),
            (
                r#"{"request": "/", "expect": {"backend": {}}}"#,
                "`tests[0].expect.backend` expects nothing",
            ),
            (
                r#"{"request": "/", "as": [], "expect": {"status": 200}}"#,
                "`tests[0].as` names no role",
            ),
            (
                r#"{"request": "/", "roles": ["a"], "expect": {"status": 200}}"#,
                "unknown key `roles` in `tests[0]`; Cygnet does not read it | use `as` with a list of roles",
            ),
            (
                r#"{"request": "/", "request": "/a", "expect": {"status": 200}}"#,
                "`request` appears twice",
            ),
        ] {
            let found = wrong(test).join("; ");
            match expected.is_empty() {
                true => assert_eq!(found, "", "{test}"),
                false => assert!(found.contains(expected), "{test}: {found}"),
            }
        }
    }

    #[test]
    fn comments_and_commas_are_read_and_places_kept() {
        let text = "\u{feff}// tests\n{\n  \"tests\": [\n    { \"request\": \"POST /x\", \"as\": [\"a\"], \"expect\": { \"status\": 201, }, }, /* one */\n  ],\n}\n";
        let source = Source::new("x", text);
        let tests = read(&source).unwrap();
        let [test] = tests.as_slice() else {
            panic!("{tests:?}");
        };
        assert_eq!(test.title(), "POST /x as a");
        let at = source.position(test.expected[0].span.start);
        assert_eq!((at.line, at.column), (4, 64));
        let broken = Source::new("x", "{\n  \"tests\": [\n");
        let found = read(&broken).unwrap_err();
        assert!(
            found[0].message.starts_with("this is not JSON"),
            "{found:?}"
        );
        assert!(
            read(&Source::new("x", "// nothing")).unwrap_err()[0]
                .message
                .contains("empty")
        );
    }
}
