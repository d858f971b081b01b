//! The decision: production's steps 1, 2 and 5–11, in that order.

use super::facts::{Caller, RequestFacts};
use super::path;
use super::rules::{Action, Rules};

/// What is to be done with a request, and which rule said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'r> {
    /// Position of the matched rule in `routes`.
    pub rule: Option<usize>,
    /// What is to be done.
    pub outcome: Outcome<'r>,
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome<'r> {
    /// The gateway refuses; its page cannot be overridden (NW-2, NW-3, RO-9).
    Refused(Refusal<'r>),
    /// An error of the platform's own; overrides apply (RO-1).
    Error(ErrorCause),
    /// A method that static content does not answer: 405 without a body (RS-20).
    MethodNotAllowed,
    /// Send the caller elsewhere; the target is written as it stands in the file (RT-5).
    Redirect {
        /// The `Location`.
        to: &'r str,
        /// 301 or 302.
        status: u16,
    },
    /// The sign-in endpoints answer.
    Auth(Target<'r>),
    /// The backend answers.
    Api(Target<'r>),
    /// The database connection answers (AP-80).
    DataApi(Target<'r>),
    /// Content answers: a file, else the fallback, else 404.
    Content {
        /// Which path to look up.
        target: Target<'r>,
        /// Replaces the status of what is found (RT-27, RT-29).
        status: Option<u16>,
    },
    /// The fallback answers at once, with 200 (RT-23).
    Fallback,
}

impl<'r> Outcome<'r> {
    /// The path that a rule put in place of the one that was asked for.
    pub fn rewritten(self) -> Option<&'r str> {
        match self {
            Self::Auth(Target::Rewritten(to))
            | Self::Api(Target::Rewritten(to))
            | Self::DataApi(Target::Rewritten(to))
            | Self::Content {
                target: Target::Rewritten(to),
                ..
            } => Some(to),
            _ => None,
        }
    }
}

/// Which path an answer is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'r> {
    /// The path that was asked for.
    Requested,
    /// The path (and perhaps query) that a rule wrote instead (RT-4). Never matched against rules again (RT-40).
    Rewritten(&'r str),
}

/// Why the gateway refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<'r> {
    /// The caller's address is in no allowed range (NW-2).
    Address,
    /// This required header is missing or different (NW-3).
    Header(&'r str),
}

/// Why the platform answers with an error before it looks for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCause {
    /// The path is the `rolesSource` function: 404 (AU-75).
    RolesSource,
    /// The `statusCode` of the rule: 401, 403 or 404 (RT-28).
    RuleStatus(u16),
    /// The rule demands a role and nobody is signed in: 401 (RT-45).
    NotSignedIn,
    /// The signed-in user has none of the rule's roles: 403 (RT-45).
    MissingRole,
    /// A method that files do not answer, below `/data-api/` without a database connection: 404 (AP-80).
    NoDataApi,
}

impl ErrorCause {
    /// The status of the error.
    pub fn status(self) -> u16 {
        match self {
            Self::RuleStatus(status) => status,
            Self::NotSignedIn => 401,
            Self::MissingRole => 403,
            Self::RolesSource | Self::NoDataApi => 404,
        }
    }
}

/// Decides. Pure; allocates nothing but for capitals in an API path; costs the same for ten rules and for ten thousand.
pub fn decide<'r>(rules: &'r Rules, facts: &RequestFacts<'_>) -> Decision<'r> {
    let done = |rule, outcome| Decision { rule, outcome };
    if let Some(refusal) = refusal(rules, facts) {
        return done(None, Outcome::Refused(refusal));
    }

    // AU-75: callers get the platform's own 404, whatever their roles and whatever the rules say.
    if facts.has_api && rules.is_roles_source(facts.path) {
        return done(None, Outcome::Error(ErrorCause::RolesSource));
    }

    let found = rules.find(facts);
    let rule = found.map(|position| &rules.rules[position]);
    let decided = |outcome| done(found, outcome);

    // RT-28: an error status without a target ends the matter before sign-in, method and roles are looked at.
    if let Some(rule) = rule
        && let (Action::None, Some(status @ (401 | 403 | 404))) = (&rule.action, rule.status)
    {
        if status == 404 && path::is_auth(facts.path) {
            return decided(blocked_provider(rules, facts.path));
        }
        return decided(Outcome::Error(ErrorCause::RuleStatus(status)));
    }

    let target = match rule.map(|rule| &rule.action) {
        Some(Action::Rewrite(to)) => Target::Rewritten(to),
        _ => Target::Requested,
    };
    let target_path = match target {
        Target::Requested => facts.path,
        Target::Rewritten(to) => to,
    };
    let is_redirect = matches!(rule.map(|rule| &rule.action), Some(Action::Redirect { .. }));
    let is_auth = path::is_auth(path::without_query(target_path));
    let is_api = facts.has_api && path::is_api(path::without_query(target_path));
    let is_data_api = path::is_data_api(path::without_query(target_path));

    // RT-22: sign-in paths meet no rule but one on their own provider, and that one demands no role.
    if path::is_auth(facts.path) && !is_redirect {
        return decided(Outcome::Auth(target));
    }
    // RS-23: the method is judged by the final kind of target, before roles (so an anonymous POST gives 405, not 401).
    if !is_api && !is_auth && !is_data_api && !facts.any_method && !facts.method.is_static() {
        return decided(Outcome::MethodNotAllowed);
    }
    if let Some(rule) = rule {
        if !facts.caller.may(&rule.roles) {
            return decided(Outcome::Error(match facts.caller {
                Caller::Anonymous => ErrorCause::NotSignedIn,
                Caller::SignedIn(_) => ErrorCause::MissingRole,
            }));
        }
        if let Action::Redirect { to, status } = &rule.action {
            return decided(Outcome::Redirect {
                to,
                status: *status,
            });
        }
    }
    decided(if is_auth {
        Outcome::Auth(target)
    } else if is_api {
        Outcome::Api(target)
    } else if is_data_api && facts.has_data_api {
        Outcome::DataApi(target)
    } else if is_data_api && !facts.any_method && !facts.method.is_static() {
        // Without a connection a file may have that path; nothing else answers.
        Outcome::Error(ErrorCause::NoDataApi)
    } else {
        Outcome::Content {
            target,
            status: rule.and_then(|rule| rule.status),
        }
    })
}

/// What keeps a caller out of everything (NW-1).
pub fn refusal<'r>(rules: &'r Rules, facts: &RequestFacts<'_>) -> Option<Refusal<'r>> {
    if !rules.has_network_rules() {
        return None;
    }
    if !rules.address_allowed(facts.origin) {
        return Some(Refusal::Address);
    }
    rules.missing_header(facts).map(Refusal::Header)
}

/// RT-23: a provider that a rule blocks with 404. Azure's example says that with a navigation fallback the caller gets
/// that page with 200.
fn blocked_provider<'r>(rules: &'r Rules, path: &str) -> Outcome<'r> {
    match rules.fallback(path) {
        Some(_) => Outcome::Fallback,
        None => Outcome::Error(ErrorCause::RuleStatus(404)),
    }
}
