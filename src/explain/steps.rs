//! Production's steps in order, each with its outcome: a decision and its resolution in words.

use serde::Serialize;

use super::answer::handler_in_words;
use crate::config::model::RouteRule;
use crate::pipeline::context::RequestContext;
use crate::pipeline::record::{Overridden, PlatformError, Reason};
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Resolution};
use crate::routing::path::is_auth;
use crate::routing::{Decision, ErrorCause, Origin, Outcome, Refusal};

/// One step.
#[derive(Debug, Serialize)]
pub struct Step {
    /// From 1.
    pub step: usize,
    /// What is looked at.
    pub name: &'static str,
    /// What came of it; null when the request did not get that far.
    pub outcome: Option<String>,
}

const NAMES: [&str; 13] = [
    "networking",
    "required headers",
    "password protection",
    "caller",
    "route rule",
    "status of the rule",
    "sign-in path",
    "method",
    "roles",
    "redirect or rewrite",
    "handler",
    "response override",
    "headers",
];

/// What the steps are about.
struct Explained<'a> {
    context: &'a RequestContext<'a>,
    outcome: Outcome<'a>,
    rule: Option<(usize, &'a RouteRule)>,
    resolution: &'a Resolution<'a>,
}

/// The steps of one request.
pub fn steps<'a>(
    context: &'a RequestContext<'a>,
    decision: &Decision<'a>,
    resolution: &'a Resolution<'a>,
) -> Vec<Step> {
    let routes = &context.environment.rules.config().routes;
    let explained = Explained {
        context,
        outcome: decision.outcome,
        rule: decision.rule.and_then(|at| Some((at, routes.get(at)?))),
        resolution,
    };
    let last = explained.last();
    let outcomes = (1..=NAMES.len()).map(|step| match step {
        11 => explained.handler(last),
        12 => explained.override_of_error(last),
        13 => explained.headers(),
        _ if step > last => None,
        _ => Some(explained.before_the_handler(step)),
    });
    let steps = NAMES.iter().zip(outcomes).enumerate();
    let steps = steps.map(|(index, (name, outcome))| Step {
        step: index + 1,
        name,
        outcome,
    });
    steps.collect()
}

impl Explained<'_> {
    /// The step, of those before the handler, that ended the search for an answer; 10 when none did.
    fn last(&self) -> usize {
        if let Outcome::Refused(refusal) = self.outcome {
            return match refusal {
                Refusal::Address => 1,
                Refusal::Header(_) => 2,
            };
        }
        if let Reason::Access(_) = self.resolution.reason {
            return 3;
        }
        match self.outcome {
            Outcome::Error(ErrorCause::RolesSource | ErrorCause::RuleStatus(_))
            | Outcome::Fallback => 6,
            Outcome::Auth(_) if is_auth(&self.context.path) => 7,
            Outcome::MethodNotAllowed => 8,
            Outcome::Error(ErrorCause::NotSignedIn | ErrorCause::MissingRole) => 9,
            _ => 10,
        }
    }

    fn before_the_handler(&self, step: usize) -> String {
        match step {
            1 => self.address(),
            2 => self.required_headers(),
            3 => self.password(),
            4 => self.caller(),
            5 => match self.rule {
                Some((at, rule)) => format!("routes[{at}] {}", rule.route.value),
                None => "no rule matches".to_owned(),
            },
            6 => self.rule_status(),
            7 if is_auth(&self.context.path) => match self.resolution.handler {
                Handler::SignIn { .. } => "yes: the sign-in endpoints answer".to_owned(),
                _ => "yes, and none of them is there (AU-11)".to_owned(),
            },
            7 => "no".to_owned(),
            8 => match self.outcome {
                Outcome::MethodNotAllowed => {
                    "405: content answers GET, HEAD and OPTIONS only (RS-20)".to_owned()
                }
                _ => format!("{} is answered here", self.context.request.method()),
            },
            9 => self.roles(),
            _ => self.redirect_or_rewrite(),
        }
    }

    fn address(&self) -> String {
        let config = self.context.environment.rules.config();
        match (self.outcome, self.context.origin) {
            (Outcome::Refused(Refusal::Address), Origin::Address(address)) => format!(
                "{address} is in none of networking.allowedIpRanges: 403, and no override applies (NW-2, RO-9)"
            ),
            (_, origin) => judged(
                !config.allowed_ip_ranges.is_empty(),
                origin,
                "in an allowed range",
            ),
        }
    }

    fn required_headers(&self) -> String {
        let config = self.context.environment.rules.config();
        match self.outcome {
            Outcome::Refused(Refusal::Header(name)) => format!(
                "`{name}` is missing or has another value: 403, and no override applies (NW-3, RO-9)"
            ),
            _ => judged(
                !config.required_headers.is_empty(),
                self.context.origin,
                "all are there",
            ),
        }
    }

    fn password(&self) -> String {
        match (&self.context.app().access, &self.resolution.reason) {
            (_, Reason::Access(why)) => {
                format!("{why}: {}", handler_in_words(self.context, self.resolution))
            }
            (None, _) => {
                "not applied by `cygnet start`; `cygnet serve` applies it to deployed environments"
                    .to_owned()
            }
            (Some(access), _) if access.password.is_none() => {
                "this environment has no password".to_owned()
            }
            (Some(_), _) => "the caller has given the password".to_owned(),
        }
    }

    fn caller(&self) -> String {
        match self.context.caller.principal() {
            Some(principal) => format!(
                "signed in as {} by {}, roles {}",
                principal.user_details,
                principal.identity_provider,
                principal.user_roles.join(", ")
            ),
            None => "nobody is signed in".to_owned(),
        }
    }

    fn rule_status(&self) -> String {
        match self.outcome {
            Outcome::Error(ErrorCause::RolesSource) => {
                "rolesSource: nobody outside may call it (AU-75)".to_owned()
            }
            Outcome::Error(ErrorCause::RuleStatus(status)) => {
                format!("{status} ends the search (RT-28)")
            }
            Outcome::Fallback => {
                "404 ends the search; navigationFallback answers (RT-23)".to_owned()
            }
            _ => "none that ends the search".to_owned(),
        }
    }

    fn roles(&self) -> String {
        let roles = self.rule.map(|(_, rule)| rule.allowed_roles.iter());
        let roles: Vec<&str> = roles
            .into_iter()
            .flatten()
            .map(|role| role.value.as_str())
            .collect();
        let roles = roles.join(", ");
        match self.outcome {
            _ if roles.is_empty() => "no role is required".to_owned(),
            Outcome::Error(cause @ ErrorCause::NotSignedIn) => format!(
                "{}: nobody is signed in (RT-45); one of {roles} is required",
                cause.status()
            ),
            Outcome::Error(cause @ ErrorCause::MissingRole) => format!(
                "{}: the user has none of the roles (RT-45); one of {roles} is required",
                cause.status()
            ),
            _ => format!("the caller has one of {roles}"),
        }
    }

    fn redirect_or_rewrite(&self) -> String {
        match self.outcome {
            Outcome::Redirect { to, status } => format!("{status} to {to}"),
            outcome => match outcome.rewritten() {
                Some(to) => format!("rewrite to {to}; rules are not matched again (RT-40)"),
                None => "neither".to_owned(),
            },
        }
    }

    /// What answers; for an error that arose here, why.
    fn handler(&self, last: usize) -> Option<String> {
        let resolution = self.resolution;
        match (&resolution.error, &resolution.handler) {
            (Some(_), _) => (last == 7 || last == 10).then(|| resolution.reason.to_string()),
            (None, Handler::Redirect(_)) if matches!(resolution.reason, Reason::TrailingSlash) => {
                let to = handler_in_words(self.context, resolution);
                Some(format!("trailingSlash: {to}"))
            }
            (None, Handler::Redirect(_) | Handler::Empty) => None,
            (None, _) if last == 3 => None,
            (None, _) => Some(handler_in_words(self.context, resolution)),
        }
    }

    fn override_of_error(&self, last: usize) -> Option<String> {
        let PlatformError { status, overridden } = self.resolution.error.as_ref()?;
        let answer = handler_in_words(self.context, self.resolution);
        Some(match overridden {
            // Steps 1 and 2 have said that no override applies.
            _ if last < 3 => return None,
            Overridden::No => format!("{status}: no override, {answer}"),
            Overridden::Yes => format!("{status}: {answer}"),
            Overridden::TargetMissing(to) => {
                format!("{status}: names {to}, which does not exist; {answer}")
            }
        })
    }

    fn headers(&self) -> Option<String> {
        let rule = match self.resolution.headers {
            ConfiguredHeaders::Content(Some(_)) => " ← headers of the rule",
            _ => "",
        };
        Some(match (&self.resolution.handler, self.resolution.headers) {
            (Handler::Api { .. }, _) => {
                "those of the API; configured headers do not apply (HD-3)".to_owned()
            }
            (Handler::DataApi { .. }, _) => "those of the database connection".to_owned(),
            (_, ConfiguredHeaders::None) => return None,
            (Handler::DevServer { .. }, _) => {
                format!("those of the dev server ← globalHeaders{rule}")
            }
            _ => format!("platform defaults ← globalHeaders{rule}"),
        })
    }
}

fn judged(is_configured: bool, origin: Origin, passed: &str) -> String {
    match (is_configured, origin) {
        (false, _) => "not configured".to_owned(),
        (true, Origin::Trusted) => {
            "callers from this machine are not judged; --strict or --client-ip ADDR judges them"
                .to_owned()
        }
        (true, Origin::Address(address)) => format!("{address}: {passed}"),
    }
}
