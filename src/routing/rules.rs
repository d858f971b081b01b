//! A configuration compiled for decisions.

use std::iter;
use std::sync::Arc;

use crate::config::Config;
use crate::config::letter_case::{self, fold};
use crate::config::model::IpRange;
use crate::config::pattern::{NeverReason, Pattern};

use super::facts::{Method, MethodSet, Origin, RequestFacts};
use super::index::Index;
use super::path;

/// One rule, compiled. Its position is that of the configuration's `routes`.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) methods: MethodSet,
    pub(super) roles: Box<[Box<str>]>,
    pub(super) action: Action,
    pub(super) status: Option<u16>,
}

#[derive(Debug)]
pub(super) enum Action {
    None,
    Rewrite(Box<str>),
    Redirect { to: Box<str>, status: u16 },
}

/// An entry of `responseOverrides`, compiled.
#[derive(Debug, Clone)]
pub struct Override {
    /// What to do.
    pub action: OverrideAction,
    /// Replaces the status of a rewrite (RO-3).
    pub status: Option<u16>,
}

/// What an override does.
#[derive(Debug, Clone)]
pub enum OverrideAction {
    /// Serve this path of the content.
    Rewrite(Box<str>),
    /// Send the caller there, with 301 or 302 (RO-4).
    Redirect(Box<str>, u16),
    /// Only the status changes.
    StatusOnly,
}

/// All that [`super::decide()`] needs, compiled once.
#[derive(Debug)]
pub struct Rules {
    config: Arc<Config>,
    pub(super) rules: Vec<Rule>,
    /// Rules for content.
    index: Index,
    /// Rules for what a backend answers, without case.
    api_index: Index,
    /// Rules that sign-in paths can meet: exact, on `/.auth/login/<provider>`, without roles (RT-22). Without case, like the
    /// names of the providers.
    auth_index: Index,
    fallback: Option<Box<str>>,
    exclude: Index,
    overrides: [Option<Override>; 4],
}

impl Rules {
    /// Compiles a configuration.
    pub fn new(config: Arc<Config>) -> Self {
        let rules = config.routes.iter().map(compile).collect();
        let index = Index::new(config.routes.iter().map(|rule| &rule.pattern));
        let folded: Vec<Pattern> = config
            .routes
            .iter()
            .map(|rule| rule.pattern.folded())
            .collect();
        let api_index = Index::new(&folded);
        let none = Pattern::Never(NeverReason::Empty);
        let auth_index =
            Index::new(
                config
                    .routes
                    .iter()
                    .zip(&folded)
                    .map(|(rule, pattern)| match pattern {
                        Pattern::Exact(exact)
                            if path::login_provider(exact).is_some()
                                && rule.allowed_roles.is_empty() =>
                        {
                            pattern
                        }
                        _ => &none,
                    }),
            );
        let fallback = config.navigation_fallback.as_ref();
        let exclude = Index::new(
            fallback
                .iter()
                .flat_map(|fallback| &fallback.exclude)
                .map(|(_, pattern)| pattern),
        );
        let mut overrides = [const { None }; 4];
        for entry in &config.response_overrides {
            if let Some(slot) = slot(entry.status.value) {
                let action = match (&entry.redirect, &entry.rewrite) {
                    (Some(to), _) => OverrideAction::Redirect(
                        redirect_target(&to.value),
                        redirect_status(entry.status_code.as_ref().map(|code| code.value)),
                    ),
                    (None, Some(to)) => OverrideAction::Rewrite(to.value.as_str().into()),
                    (None, None) => OverrideAction::StatusOnly,
                };
                overrides[slot] = Some(Override {
                    action,
                    status: entry.status_code.as_ref().map(|code| code.value),
                });
            }
        }
        Self {
            fallback: fallback.map(|fallback| fallback.rewrite.value.as_str().into()),
            config,
            rules,
            index,
            api_index,
            auth_index,
            exclude,
            overrides,
        }
    }

    /// The configuration these rules were compiled from.
    pub fn config(&self) -> &Arc<Config> {
        &self.config
    }

    /// The first rule for a request (RT-10…RT-12), if any.
    pub(super) fn find(&self, facts: &RequestFacts<'_>) -> Option<usize> {
        let folded = ignores_case(facts).then(|| fold(facts.path));
        let (index, path) = match &folded {
            Some(path) if path::is_auth(path) => (&self.auth_index, &**path),
            Some(path) => (&self.api_index, &**path),
            None => (&self.index, facts.path),
        };
        let found = index.find(path, |position| {
            let rule = &self.rules[position as usize];
            rule.methods.contains(facts.method) && !rule.redirects_to(facts.path)
        });
        found.map(|position| position as usize)
    }

    /// Whether the pattern of a rule matches the path of a request. The plain statement of what the indices find.
    pub fn path_matches(&self, pattern: &Pattern, facts: &RequestFacts<'_>) -> bool {
        if ignores_case(facts) {
            pattern.matches_without_case(facts.path)
        } else {
            pattern.matches(facts.path)
        }
    }

    /// What serves a static path that has no file: the fallback's target, unless the path is excluded (NF-1, NF-3).
    pub fn fallback(&self, path: &str) -> Option<&str> {
        let target = self.fallback.as_deref()?;
        self.exclude
            .find(path, |_| true)
            .is_none()
            .then_some(target)
    }

    /// What replaces an error that the platform itself made (RO-1).
    pub fn override_for(&self, status: u16) -> Option<&Override> {
        self.overrides[slot(status)?].as_ref()
    }

    /// Whether `networking` or `forwardingGateway.requiredHeaders` judge callers at all.
    pub fn has_network_rules(&self) -> bool {
        !self.config.allowed_ip_ranges.is_empty() || !self.config.required_headers.is_empty()
    }

    /// NW-2. Service tags stand for addresses that only Azure knows, so none matches.
    pub(super) fn address_allowed(&self, origin: Origin) -> bool {
        let Origin::Address(address) = origin else {
            return true;
        };
        let address = address.to_canonical();
        self.config.allowed_ip_ranges.is_empty()
            || self.config.allowed_ip_ranges.iter().any(
                |range| matches!(&range.value, IpRange::Block(block) if block.contains(&address)),
            )
    }

    /// NW-3: the name of a required header that is missing or has another value.
    pub(super) fn missing_header(&self, facts: &RequestFacts<'_>) -> Option<&str> {
        if facts.origin == Origin::Trusted {
            return None;
        }
        let sent = facts
            .required_headers
            .iter()
            .copied()
            .chain(iter::repeat(None));
        let mut required = self.config.required_headers.iter().zip(sent);
        let missing = required.find(|(wanted, sent)| *sent != Some(wanted.value.value.as_str()));
        missing.map(|(wanted, _)| wanted.name.value.as_str())
    }

    /// Names of the headers that `forwardingGateway.requiredHeaders` demands (NW-3).
    pub fn required_headers(&self) -> impl Iterator<Item = &str> {
        let required = self.config.required_headers.iter();
        required.map(|header| header.name.value.as_str())
    }

    /// Whether a rule demands a role that not everybody has; decides whether an API behind the fallback sees the caller
    /// (AP-27).
    pub fn demands_role(&self, rule: Option<usize>) -> bool {
        let rule = rule.and_then(|rule| self.rules.get(rule));
        rule.is_some_and(|rule| {
            !rule.roles.is_empty() && !rule.roles.iter().any(|role| &**role == "anonymous")
        })
    }

    /// Whether `X-Forwarded-Host` may be believed (NW-4).
    pub fn forwarded_host_allowed(&self, host: &str) -> bool {
        let hosts = &self.config.allowed_forwarded_hosts;
        hosts
            .iter()
            .any(|allowed| allowed.value.eq_ignore_ascii_case(host))
    }

    /// Whether a path is the `rolesSource` function, which nobody outside may call (AU-75).
    pub fn is_roles_source(&self, path: &str) -> bool {
        let source = self
            .config
            .auth
            .as_ref()
            .and_then(|auth| auth.roles_source.as_ref());
        source.is_some_and(|source| {
            let ours = source.value.trim_end_matches('/');
            letter_case::same(path.trim_end_matches('/'), ours)
        })
    }
}

/// RT-15 is about content. The routers of backends ignore case (Azure Functions always, AP-3), and so do the names of providers:
/// there a rule that did not would be no guard. Whether Azure does is not known.
fn ignores_case(facts: &RequestFacts<'_>) -> bool {
    path::is_auth(facts.path)
        || (facts.has_api && path::is_api(facts.path))
        || (facts.has_data_api && path::is_data_api(facts.path))
}

impl Rule {
    /// A redirect to the very path that was asked for is skipped, or it would never end (RT-41).
    pub(super) fn redirects_to(&self, path: &str) -> bool {
        matches!(&self.action, Action::Redirect { to, .. } if &**to == path)
    }
}

fn compile(rule: &crate::config::model::RouteRule) -> Rule {
    let status = rule.status_code.as_ref().map(|code| code.value);
    let action = match (&rule.redirect, &rule.rewrite) {
        (Some(to), _) => Action::Redirect {
            to: redirect_target(&to.value),
            status: redirect_status(status),
        },
        (None, Some(to)) => Action::Rewrite(to.value.as_str().into()),
        (None, None) => Action::None,
    };
    Rule {
        methods: rule.methods.as_ref().map_or(MethodSet::ALL, |methods| {
            MethodSet::of(methods.iter().map(|method| Method::parse(&method.value)))
        }),
        roles: rule
            .allowed_roles
            .iter()
            .map(|role| role.value.as_str().into())
            .collect(),
        action,
        status,
    }
}

/// Only 301 and 302 redirect; with any other code Azure's own host uses 302 (RT-26).
fn redirect_status(code: Option<u16>) -> u16 {
    if code == Some(301) { 301 } else { 302 }
}

/// A fragment cannot be a target: its `#` is escaped (RT-42).
fn redirect_target(to: &str) -> Box<str> {
    to.replace('#', "%23").into()
}

fn slot(status: u16) -> Option<usize> {
    [400, 401, 403, 404]
        .iter()
        .position(|&known| known == status)
}
