//! What production ignores, or surprises with, in a file that it accepts: warnings for `cygnet check`.
//!
//! Each family is a pure function over the model. What depends on the content or on the API is asked through [`Known`];
//! a lint that would have to guess says nothing.
//!
//! | family | what it finds |
//! |---|---|
//! | [`roles`] | roles joined by "or", roles nobody can have, paths compared with case |
//! | [`uncovered_paths`] | guarded pages that another path, method or the fallback shows |
//! | [`rules`] | rules without effect, routes in the notation of other servers |
//! | [`api`] | what has no effect on the API |
//! | [`sign_in`] | login loops, `/.auth` rules, providers that do not exist |
//! | [`targets`] | targets that are missing, copied literally, or lead in a circle |
//! | [`status`] | fallbacks and overrides with a surprising status |
//! | [`headers`] | headers with mistakes |
//! | [`network`] | addresses and hosts that never match |
//! | [`identity`] | secrets in place of names, issuers that are none |
//! | [`placeholders`] | localhost and placeholders |
//! | [`runtime`] | ended and unknown runtimes |
//! | [`size`] | a file close to its limit |

mod api;
mod headers;
mod identity;
mod network;
mod placeholders;
mod roles;
mod rules;
mod runtime;
mod sign_in;
mod size;
mod status;
mod targets;
mod uncovered_paths;

use super::model::{Config, RouteRule};
use super::shadowed_rules::takes;
use crate::finding::Finding;
use crate::finding::{Source, Span};

/// What a lint may know of the app's content.
pub trait ContentFacts {
    /// Whether a file of exactly that path exists; `/about.html`.
    fn has_file(&self, path: &str) -> bool;
    /// The file that a request path is answered with, without a redirect: `/about` may give `/about.html`.
    fn page(&self, path: &str) -> Option<String>;
}

/// What is known beside the configuration.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// The content, when it is the folder that is deployed.
    pub content: Option<&'a dyn ContentFacts>,
    /// Whether the app has an API; unknown counts as yes, since that is what `/api` rules are written for.
    pub has_api: Option<bool>,
}

/// What of a configuration has no effect on the API (RT-34, RT-35): said at each load of an app that has one.
pub fn of_api(config: &Config, source: &Source) -> Vec<Finding> {
    let mut lint = Lint {
        config,
        source,
        known: Known {
            has_api: Some(true),
            ..Known::default()
        },
        out: Vec::new(),
    };
    api::check(&mut lint);
    lint.out
}

/// All findings, in the order of their place in the file.
pub fn lint(config: &Config, source: &Source, known: Known<'_>) -> Vec<Finding> {
    let mut lint = Lint {
        config,
        source,
        known,
        out: Vec::new(),
    };
    for family in [
        roles::check,
        uncovered_paths::check,
        rules::check,
        api::check,
        sign_in::check,
        targets::check,
        status::check,
        headers::check,
        network::check,
        identity::check,
        placeholders::check,
        runtime::check,
        size::check,
    ] {
        family(&mut lint);
    }
    let mut out = lint.out;
    out.sort_by_key(|found| found.place.span().start);
    out
}

/// What every family works with.
struct Lint<'a> {
    config: &'a Config,
    source: &'a Source,
    known: Known<'a>,
    out: Vec<Finding>,
}

impl<'a> Lint<'a> {
    fn warn(&mut self, rule: &'static str, at: Span, message: String, hint: impl Into<String>) {
        self.out
            .push(Finding::warning(rule, at, message).hint(hint));
    }

    /// The rule that decides about a request (RT-10…RT-12), with its position.
    fn first(&self, method: &str, path: &str) -> Option<(usize, &'a RouteRule)> {
        let mut rules = self.config.routes.iter().enumerate();
        rules.find(|(_, rule)| takes(rule, method) && rule.pattern.matches(path))
    }

    /// Whether a request gets past its rule without any role, to content or the API.
    fn is_open(&self, method: &str, path: &str) -> bool {
        self.first(method, path).is_none_or(|(_, rule)| {
            let refuses = matches!(
                rule.status_code.as_ref().map(|code| code.value),
                Some(401 | 403 | 404)
            );
            !demands(rule) && !refuses && rule.redirect.is_none()
        })
    }

    /// Whether a path belongs to the API, as far as known (AP-3, AP-40).
    fn is_api(&self, path: &str) -> bool {
        self.known.has_api != Some(false) && is_under(path, "/api")
    }

    /// `routes[2] "/x" (line 7)`.
    fn name(&self, index: usize) -> String {
        let Some(rule) = self.config.routes.get(index) else {
            return format!("routes[{index}]");
        };
        let line = self.source.position(rule.span.start).line;
        format!("`routes[{index}]` {} (line {line})", rule.route.value)
    }
}

/// Whether a rule asks for a role that not everybody has.
fn demands(rule: &RouteRule) -> bool {
    let mut roles = rule.allowed_roles.iter().peekable();
    roles.peek().is_some() && roles.all(|role| role.value != "anonymous")
}

/// Whether a path is `root` or below it, in any case.
fn is_under(path: &str, root: &str) -> bool {
    path.get(..root.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(root))
        && matches!(path.as_bytes().get(root.len()), None | Some(b'/'))
}

/// A target's path without query and fragment.
fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or(target)
}

#[cfg(test)]
mod test_support;
