//! Comparing an answer with what the file expects.

use std::fmt::Write as _;

use super::case::Exchange;
use super::wire::Response;

/// `Ok` when every check holds; otherwise each check that failed and the whole answer.
pub(crate) fn compare(exchange: &Exchange, response: &Response) -> Result<(), String> {
    let mut problems = String::new();
    if response.status != exchange.status {
        let _ = writeln!(
            problems,
            "    expected status {}, got {}",
            exchange.status, response.status
        );
    }
    for check in &exchange.checks {
        if let Err(problem) = holds(check, response) {
            let _ = writeln!(problems, "    expected `{check}`, {problem}");
        }
    }
    if exchange.method == "HEAD" && !response.body.is_empty() {
        problems.push_str("    an answer to HEAD has a body\n");
    }
    if problems.is_empty() {
        return Ok(());
    }
    let _ = writeln!(problems, "    < {}", response.status);
    for (name, value) in &response.headers {
        let _ = writeln!(problems, "    < {name}: {value}");
    }
    let body = String::from_utf8_lossy(&response.body);
    let shown: String = body.chars().take(600).collect();
    let _ = writeln!(problems, "    < {}", shown.replace('\n', "\n    < "));
    Err(problems)
}

fn holds(check: &str, response: &Response) -> Result<(), String> {
    let body = String::from_utf8_lossy(&response.body);
    let hold = |yes: bool, got: String| if yes { Ok(()) } else { Err(got) };
    if check == "body-empty" {
        return hold(
            body.is_empty(),
            format!("got {} bytes", response.body.len()),
        );
    }
    if let Some(expected) = check.strip_prefix("body=") {
        return hold(body == expected.trim_start(), "the body differs".into());
    }
    if let Some(part) = check.strip_prefix("body~") {
        return hold(body.contains(part.trim()), "it is not there".into());
    }
    if let Some(part) = check.strip_prefix("body!~") {
        return hold(!body.contains(part.trim()), "it is there".into());
    }
    let values = |name: &str| -> Vec<&str> {
        let name = name.trim().to_ascii_lowercase();
        let found = response.headers.iter().filter(|(n, _)| *n == name);
        found.map(|(_, value)| value.as_str()).collect()
    };
    if let Some(name) = check.strip_prefix('!') {
        let got = values(name);
        return hold(got.is_empty(), format!("got {got:?}"));
    }
    let end = check
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .ok_or("which is not a check")?;
    let (name, rest) = check.split_at(end);
    let got = values(name);
    let told = format!("got {got:?}");
    if let Some(part) = rest.strip_prefix("!~") {
        return hold(!got.iter().any(|value| value.contains(part.trim())), told);
    }
    if let Some(part) = rest.strip_prefix('~') {
        return hold(got.iter().any(|value| value.contains(part.trim())), told);
    }
    match rest.strip_prefix(':') {
        Some(expected) => hold(got == [expected.trim()], told),
        None => Err("which is not a check".into()),
    }
}
