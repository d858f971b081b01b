//! What the lints work with: the model, what is known beside it, and questions that several of them ask.

use crate::config::model::{Config, RouteRule};
use crate::config::shadowed_rules::takes;
use crate::finding::{Finding, Source, Span};

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

/// What every family works with.
pub(super) struct Lint<'a> {
    pub(super) config: &'a Config,
    pub(super) source: &'a Source,
    pub(super) known: Known<'a>,
    pub(super) out: Vec<Finding>,
}

impl<'a> Lint<'a> {
    pub(super) fn warn(
        &mut self,
        rule: &'static str,
        at: Span,
        message: String,
        hint: impl Into<String>,
    ) {
        self.out
            .push(Finding::warning(rule, at, message).hint(hint));
    }

    /// The rule that decides about a request (RT-10…RT-12), with its position.
    pub(super) fn first(&self, method: &str, path: &str) -> Option<(usize, &'a RouteRule)> {
        let mut rules = self.config.routes.iter().enumerate();
        let matches = |rule: &RouteRule| match self.is_api(path) {
            true => rule.pattern.matches_without_case(path),
            false => rule.pattern.matches(path),
        };
        rules.find(|(_, rule)| takes(rule, method) && matches(rule))
    }

    /// Whether a request gets past its rule without any role, to content or the API.
    pub(super) fn is_open(&self, method: &str, path: &str) -> bool {
        self.first(method, path).is_none_or(|(_, rule)| {
            let refuses = matches!(
                rule.status_code.as_ref().map(|code| code.value),
                Some(401 | 403 | 404)
            );
            !demands(rule) && !refuses && rule.redirect.is_none()
        })
    }

    /// Whether a path belongs to the API, as far as known (AP-3, AP-40).
    pub(super) fn is_api(&self, path: &str) -> bool {
        self.known.has_api != Some(false) && is_under(path, "/api")
    }

    /// `routes[2] "/x" (line 7)`.
    pub(super) fn name(&self, index: usize) -> String {
        let Some(rule) = self.config.routes.get(index) else {
            return format!("routes[{index}]");
        };
        let line = self.source.position(rule.span.start).line;
        format!("`routes[{index}]` {} (line {line})", rule.route.value)
    }
}

/// Whether a rule asks for a role that not everybody has.
pub(super) fn demands(rule: &RouteRule) -> bool {
    let mut roles = rule.allowed_roles.iter().peekable();
    roles.peek().is_some() && roles.all(|role| role.value != "anonymous")
}

/// Whether a path is `root` or below it, in any case.
pub(super) fn is_under(path: &str, root: &str) -> bool {
    path.get(..root.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(root))
        && matches!(path.as_bytes().get(root.len()), None | Some(b'/'))
}

/// A target's path without query and fragment.
pub(super) fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or(target)
}
