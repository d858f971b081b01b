//! Production's steps in order, each with its outcome: a decision and its resolution in words.

use serde::Serialize;

use super::answer::handler_in_words;
use crate::config::model::RouteRule;
use crate::pipeline::context::RequestContext;
use crate::pipeline::reason::{Overridden, PlatformError, Reason};
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
    /// Whether it has to do with the answer.
    #[serde(skip)]
    pub acts: bool,
}

/// An outcome in words.
enum Told {
    /// The answer would be another one without the step.
    Acts(String),
    /// The step lets everything pass.
    Passes(String),
}

fn acts(text: impl Into<String>) -> Told {
    Told::Acts(text.into())
}

fn passes(text: impl Into<String>) -> Told {
    Told::Passes(text.into())
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
        11 => explained.handler(last).map(Told::Acts),
        12 => explained.override_of_error(last).map(Told::Acts),
        13 => explained.headers().map(Told::Acts),
        _ if step > last => None,
        _ => Some(explained.before_the_handler(step)),
    });
    let steps = NAMES.iter().zip(outcomes).enumerate();
    let steps = steps.map(|(index, (name, outcome))| {
        let (acts, outcome) = match outcome {
            Some(Told::Acts(text)) => (true, Some(text)),
            Some(Told::Passes(text)) => (false, Some(text)),
            None => (false, None),
        };
        Step {
            step: index + 1,
            name,
            outcome,
            acts,
        }
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

    fn before_the_handler(&self, step: usize) -> Told {
        match step {
            1 => self.address(),
            2 => self.required_headers(),
            3 => self.password(),
            4 => self.caller(),
            5 => match self.rule {
                Some((at, rule)) => acts(format!("routes[{at}] {}", rule.route.value)),
                None => acts("no rule matches"),
            },
            6 => self.rule_status(),
            7 if is_auth(&self.context.path) => acts(match self.resolution.handler {
                Handler::SignIn { .. } => "yes: the sign-in endpoints answer",
                _ => "yes, and none of them is there (AU-11)",
            }),
            7 => passes("no"),
            8 => match self.outcome {
                Outcome::MethodNotAllowed => {
                    acts("405: content answers GET, HEAD and OPTIONS only (RS-20)")
                }
                _ => passes(format!(
                    "{} is answered here",
                    self.context.request.method()
                )),
            },
            9 => self.roles(),
            _ => self.redirect_or_rewrite(),
        }
    }

    fn address(&self) -> Told {
        let config = self.context.environment.rules.config();
        match (self.outcome, self.context.origin) {
            (Outcome::Refused(Refusal::Address), Origin::Address(address)) => acts(format!(
                "{address} is in none of networking.allowedIpRanges: 403, and no override applies (NW-2, RO-9)"
            )),
            (_, origin) => judged(
                !config.allowed_ip_ranges.is_empty(),
                origin,
                "in an allowed range",
            ),
        }
    }

    fn required_headers(&self) -> Told {
        let config = self.context.environment.rules.config();
        match self.outcome {
            Outcome::Refused(Refusal::Header(name)) => acts(format!(
                "`{name}` is missing or has another value: 403, and no override applies (NW-3, RO-9)"
            )),
            _ => judged(
                !config.required_headers.is_empty(),
                self.context.origin,
                "all are there",
            ),
        }
    }

    fn password(&self) -> Told {
        match (&self.context.app().access, &self.resolution.reason) {
            (_, Reason::Access(why)) => acts(format!(
                "{why}: {}",
                handler_in_words(self.context, self.resolution)
            )),
            (None, _) => passes(
                "not applied by `cygnet start`; `cygnet serve` applies it to deployed environments",
            ),
            (Some(access), _) if access.password.is_none() => {
                passes("this environment has no password")
            }
            (Some(_), _) => acts("the caller has given the password"),
        }
    }

    fn caller(&self) -> Told {
        match self.context.caller.principal() {
            Some(principal) => acts(format!(
                "signed in as {} by {}, roles {}",
                principal.user_details,
                principal.identity_provider,
                principal.user_roles.join(", ")
            )),
            None => passes("nobody is signed in"),
        }
    }

    fn rule_status(&self) -> Told {
        match self.outcome {
            Outcome::Error(ErrorCause::RolesSource) => {
                acts("rolesSource: nobody outside may call it (AU-75)")
            }
            Outcome::Error(ErrorCause::RuleStatus(status)) => {
                acts(format!("{status} ends the search (RT-28)"))
            }
            Outcome::Fallback => acts("404 ends the search; navigationFallback answers (RT-23)"),
            _ => passes("none that ends the search"),
        }
    }

    fn roles(&self) -> Told {
        let roles = self.rule.map(|(_, rule)| rule.allowed_roles.iter());
        let roles: Vec<String> = roles
            .into_iter()
            .flatten()
            .map(|role| format!("`{}`", role.value))
            .collect();
        let roles = roles.join(" or ");
        match self.outcome {
            _ if roles.is_empty() => passes("no role is required"),
            Outcome::Error(cause @ ErrorCause::NotSignedIn) => acts(format!(
                "{}: nobody is signed in (RT-45); {roles} is required",
                cause.status()
            )),
            Outcome::Error(cause @ ErrorCause::MissingRole) => acts(format!(
                "{}: the user is not {roles} (RT-45)",
                cause.status()
            )),
            _ => acts(format!("the caller is {roles}")),
        }
    }

    fn redirect_or_rewrite(&self) -> Told {
        match self.outcome {
            Outcome::Redirect { to, status } => acts(format!("{status} to {to}")),
            outcome => match outcome.rewritten() {
                Some(to) => acts(format!(
                    "rewrite to {to}; rules are not matched again (RT-40)"
                )),
                None => passes("neither"),
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

fn judged(is_configured: bool, origin: Origin, passed: &str) -> Told {
    match (is_configured, origin) {
        (false, _) => passes("not configured"),
        (true, Origin::Trusted) => acts(
            "not applied to requests from this machine; --strict or --client-ip ADDR applies it",
        ),
        (true, Origin::Address(address)) => acts(format!("{address}: {passed}")),
    }
}
