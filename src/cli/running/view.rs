//! Emulators that run, in words and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::ask::Status;
use crate::store::locator::Found;
use crate::store::timestamp::rfc3339;

/// A line for the address, then one for each fact.
pub(super) fn text((found, status): &(Found, Status)) -> String {
    let locator = &found.locator;
    let ready = match status.ready {
        true => "ready",
        false => "not ready",
    };
    let mut text = format!("{}  {ready}\n", locator.url);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<13} {value}");
    };
    line("app", &locator.app);
    line(
        "process",
        &format!(
            "{}, cygnet {} {}, since {}",
            locator.pid,
            locator.verb,
            locator.cygnet,
            rfc3339(locator.started_at)
        ),
    );
    for part in &status.parts {
        let why = part.why.as_ref().map(|why| format!(": {why}"));
        line(
            &part.name,
            &format!("{}{}", part.state, why.unwrap_or_default()),
        );
    }
    text
}

/// `url`, `port`, `ready`, `failed`, `parts`, `verb`, `version`, `pid`, `project`, `app`, `startedAt`.
pub(super) fn json((found, status): &(Found, Status)) -> Value {
    let locator = &found.locator;
    json!({
        "url": locator.url,
        "port": locator.port,
        "ready": status.ready,
        "failed": status.failed,
        "parts": status.parts,
        "verb": locator.verb,
        "version": locator.cygnet,
        "pid": locator.pid,
        "project": locator.project,
        "app": locator.app,
        "startedAt": rfc3339(locator.started_at),
    })
}
