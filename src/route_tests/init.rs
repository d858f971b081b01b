//! Tests for a whole configuration, made from what it does now: each rule for each of its roles, the start page, the
//! navigation fallback and what it excludes, what is not there.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::model::RouteRule;
use crate::config::pattern::{NeverReason, Pattern};
use crate::config::shadowed_rules::{METHODS, takes};
use crate::explain::request::ExplainRequest;

use super::observed;
use super::run::App;
use super::write::{self, Group};

/// What a path may hold as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The name of what is nowhere.
const NOWHERE: &str = "no-such-page";

/// Makes them. `files` are those of the content, relative to its root.
struct Maker<'a> {
    app: App<'a>,
    files: &'a [String],
    /// Questions that are asked already.
    asked: BTreeSet<(String, String, Vec<String>)>,
    groups: Vec<Group>,
}

/// The text of a file that passes as things are. `files` are those of the content, relative to its root with `/`.
///
/// # Errors
/// A sentence about a request that cannot be asked.
pub async fn init(app: App<'_>, files: &[String]) -> Result<String, String> {
    let mut maker = Maker {
        app,
        files,
        asked: BTreeSet::new(),
        groups: Vec::new(),
    };
    maker.group("the start page".to_owned());
    maker.ask("GET", "/", &[]).await?;
    for (index, rule) in app.environment.rules.config().routes.iter().enumerate() {
        maker.rule(index, rule).await?;
    }
    maker.fallback().await?;
    maker.groups.retain(|group| !group.tests.is_empty());
    Ok(write::file(&maker.groups))
}

impl Maker<'_> {
    fn group(&mut self, title: String) {
        let tests = Vec::new();
        self.groups.push(Group { title, tests });
    }

    async fn rule(&mut self, index: usize, rule: &RouteRule) -> Result<(), String> {
        let line = self.app.environment.source.as_ref();
        let line = line.map(|source| source.position(rule.span.start).line);
        let line = line.map_or_else(String::new, |line| format!(" (line {line})"));
        self.group(format!("routes[{index}] {}{line}", rule.route.value));
        let Some(path) = self.sample(&rule.pattern, &rule.route.value) else {
            return Ok(());
        };
        let method = match &rule.methods {
            Some(methods) => methods.first().map(|method| method.value.clone()),
            None => Some("GET".to_owned()),
        };
        let Some(method) = method.filter(|method| METHODS.contains(&method.as_str())) else {
            return Ok(());
        };
        self.ask(&method, &path, &[]).await?;
        if !rule.allowed_roles.is_empty() {
            // One who is signed in and has none of the roles, then one for each role.
            let mut callers = vec!["authenticated".to_owned()];
            let named = rule.allowed_roles.iter().map(|role| role.value.clone());
            callers.extend(named.filter(|role| role != "anonymous" && role != "authenticated"));
            for role in callers {
                self.ask(&method, &path, &[role]).await?;
            }
        }
        // A rule refuses nothing that it is not for: whatever comes behind it answers.
        match ["GET", "POST"].iter().find(|other| !takes(rule, other)) {
            Some(other) => self.ask(other, &path, &[]).await,
            None => Ok(()),
        }
    }

    async fn fallback(&mut self) -> Result<(), String> {
        let config = self.app.environment.rules.config();
        let Some(fallback) = &config.navigation_fallback else {
            self.group("what is not there".to_owned());
            return self.ask("GET", &format!("/{NOWHERE}"), &[]).await;
        };
        self.group("navigationFallback, and what it excludes".to_owned());
        self.ask("GET", &format!("/{NOWHERE}"), &[]).await?;
        for (text, pattern) in &fallback.exclude {
            if let Some(path) = made_up(pattern, &text.value) {
                self.ask("GET", &path, &[]).await?;
            }
        }
        Ok(())
    }

    /// A path for a pattern: that of a file if there is one, else one that nothing has.
    fn sample(&self, pattern: &Pattern, written: &str) -> Option<String> {
        if let Pattern::Prefix(_) | Pattern::Extension { .. } = pattern {
            // A folder is asked for by its own path.
            let mut paths = self.files.iter().map(|file| {
                let path = format!("/{file}");
                let folder = path.strip_suffix("index.html").map(str::to_owned);
                folder.filter(|it| pattern.matches(it)).unwrap_or(path)
            });
            if let Some(path) = paths.find(|path| pattern.matches(path)) {
                return Some(encoded(&path));
            }
        }
        made_up(pattern, written)
    }

    async fn ask(&mut self, method: &str, path: &str, roles: &[String]) -> Result<(), String> {
        let key = (method.to_owned(), path.to_owned(), roles.to_vec());
        if !self.asked.insert(key) {
            return Ok(());
        }
        let question = ExplainRequest::new(method, path, roles, &[])?;
        let told = self.app.ask(&question).await?;
        let test = observed::test(&told, observed::by_roles(&told.request.roles));
        if let Some(group) = self.groups.last_mut() {
            group.tests.push(test);
        }
        Ok(())
    }
}

/// A path that a pattern matches; for one that never matches, the one that was probably meant.
fn made_up(pattern: &Pattern, written: &str) -> Option<String> {
    Some(encoded(&match pattern {
        Pattern::Exact(path) => path.clone(),
        Pattern::Prefix(prefix) if prefix.ends_with('/') => format!("{prefix}{NOWHERE}"),
        Pattern::Prefix(prefix) => prefix.clone(),
        Pattern::Extension { prefix, extensions } => {
            format!("{prefix}{NOWHERE}.{}", extensions.first()?)
        }
        Pattern::Never(NeverReason::MisplacedStar | NeverReason::SeveralStars) => {
            format!("/{}", written.trim_start_matches('/').replace('*', NOWHERE))
        }
        Pattern::Never(_) => return None,
    }))
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}
