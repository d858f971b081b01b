//! Production's steps in order, each with its outcome. The decision is [`crate::routing::decide()`]'s; the lookup, the
//! fallback and the overrides are asked as the pipeline asks them.

use serde::Serialize;

use super::end::End;
use crate::environment::Environment;
use crate::pipeline::context::RequestContext;
use crate::routing::path::is_auth;
use crate::routing::{Decision, Origin, Outcome, Refusal, RequestFacts, Target};

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

/// Steps as they are filled in.
pub(super) struct Walk<'a> {
    pub(super) environment: &'a Environment,
    outcomes: [Option<String>; 13],
}

/// Walks through the steps.
pub fn walk(
    environment: &Environment,
    asked: &RequestContext<'_>,
    facts: &RequestFacts<'_>,
    decision: &Decision<'_>,
) -> (Vec<Step>, End) {
    let mut walk = Walk {
        environment,
        outcomes: Default::default(),
    };
    let end = walk.all(asked, facts, decision);
    let steps = NAMES.iter().zip(walk.outcomes).enumerate();
    let steps = steps.map(|(index, (name, outcome))| Step {
        step: index + 1,
        name,
        outcome,
    });
    (steps.collect(), end)
}

impl Walk<'_> {
    pub(super) fn say(&mut self, step: usize, outcome: impl Into<String>) {
        self.outcomes[step - 1] = Some(outcome.into());
    }

    fn all(
        &mut self,
        asked: &RequestContext<'_>,
        facts: &RequestFacts<'_>,
        decision: &Decision<'_>,
    ) -> End {
        if let Outcome::Refused(refusal) = decision.outcome {
            return self.refused(facts, refusal);
        }
        self.gate(facts);
        self.caller(asked);
        let rule = decision
            .rule
            .and_then(|at| Some((at, self.environment.rules.config().routes.get(at)?)));
        self.say(
            5,
            match rule {
                Some((at, rule)) => format!("routes[{at}] {}", rule.route.value),
                None => "no rule matches".to_string(),
            },
        );
        let status = rule.and_then(|(_, rule)| rule.status_code.as_ref().map(|code| code.value));
        if let (Outcome::Error(error), None) = (decision.outcome, decision.rule) {
            self.say(6, "rolesSource: nobody outside may call it (AU-75)");
            return self.error(error);
        }
        let immediate = matches!(decision.outcome, Outcome::Error(error) if Some(error) == status)
            || decision.outcome == Outcome::Fallback;
        if immediate {
            self.say(
                6,
                format!("{}: the matter ends here (RT-28)", status.unwrap_or(404)),
            );
            return match decision.outcome {
                Outcome::Fallback => self.fallback(asked, None),
                _ => self.error(status.unwrap_or(404)),
            };
        }
        self.say(6, "no status of its own");
        let own_auth = is_auth(facts.path);
        self.say(
            7,
            if own_auth {
                "yes: the sign-in endpoints answer"
            } else {
                "no"
            },
        );
        if let (Outcome::Auth(_), true) = (decision.outcome, own_auth) {
            self.say(11, "the sign-in endpoints");
            return End::SignIn;
        }
        if decision.outcome == Outcome::MethodNotAllowed {
            self.say(8, "405: content answers GET, HEAD and OPTIONS only (RS-20)");
            return End::Empty;
        }
        self.say(8, format!("{} is answered here", asked.request.method()));
        self.roles(
            asked,
            rule.map(|(_, rule)| rule.allowed_roles.as_slice()),
            decision,
        );
        if let Outcome::Error(error) = decision.outcome {
            return self.error(error);
        }
        self.handler(asked, decision)
    }

    fn refused(&mut self, facts: &RequestFacts<'_>, refusal: Refusal<'_>) -> End {
        let page = "403, and no override applies (NW-2, NW-3, RO-9)";
        match refusal {
            Refusal::Address => {
                let from = match facts.origin {
                    Origin::Address(address) => address.to_string(),
                    Origin::Trusted => "this machine".to_string(),
                };
                self.say(
                    1,
                    format!("{from} is in none of networking.allowedIpRanges: {page}"),
                );
            }
            Refusal::Header(name) => {
                self.gate(facts);
                self.say(
                    2,
                    format!("`{name}` is missing or has another value: {page}"),
                );
            }
        }
        End::Error
    }

    fn gate(&mut self, facts: &RequestFacts<'_>) {
        let config = self.environment.rules.config();
        let judged = |configured: bool, passed: &str| match (configured, facts.origin) {
            (false, _) => "not configured".to_string(),
            (true, Origin::Trusted) => {
                "callers from this machine are not judged; --strict or --client-ip ADDR judges them"
                    .to_string()
            }
            (true, Origin::Address(address)) => format!("{address}: {passed}"),
        };
        let ranges = judged(!config.allowed_ip_ranges.is_empty(), "in an allowed range");
        let headers = judged(!config.required_headers.is_empty(), "all are there");
        self.say(1, ranges);
        self.say(2, headers);
        self.say(3, "not part of the configuration; not emulated");
    }

    fn caller(&mut self, asked: &RequestContext<'_>) {
        let who = match asked.caller.principal() {
            Some(principal) => format!(
                "signed in as {} by {}, roles {}",
                principal.user_details,
                principal.identity_provider,
                principal.user_roles.join(", ")
            ),
            None => "nobody is signed in".to_string(),
        };
        self.say(4, who);
    }

    fn roles(
        &mut self,
        asked: &RequestContext<'_>,
        allowed: Option<&[crate::finding::Spanned<String>]>,
        decision: &Decision<'_>,
    ) {
        let names = allowed.unwrap_or_default().iter();
        let names: Vec<&str> = names.map(|role| role.value.as_str()).collect();
        let outcome = match (names.is_empty(), decision.outcome) {
            (true, _) => "none are asked for".to_string(),
            (false, Outcome::Error(status)) => format!(
                "{status}: {} (RT-45); needed is one of {}",
                match asked.caller.principal() {
                    Some(_) => "the user has none of the roles",
                    None => "nobody is signed in",
                },
                names.join(", ")
            ),
            (false, _) => format!("the caller has one of {}", names.join(", ")),
        };
        self.say(9, outcome);
    }

    fn handler(&mut self, asked: &RequestContext<'_>, decision: &Decision<'_>) -> End {
        let written = |target: Target<'_>| match target {
            Target::Requested => "neither".to_string(),
            Target::Rewritten(to) => {
                format!("rewrite to {to}; rules are not matched again (RT-40)")
            }
        };
        match decision.outcome {
            Outcome::Redirect { to, status } => {
                self.say(10, format!("{status} to {to}"));
                End::Redirect
            }
            Outcome::Auth(target) => {
                self.say(10, written(target));
                self.say(11, "the sign-in endpoints");
                End::SignIn
            }
            Outcome::Api(target) => {
                self.say(10, written(target));
                self.api(match target {
                    Target::Requested => asked.raw().to_string(),
                    Target::Rewritten(to) => to.to_string(),
                })
            }
            Outcome::DataApi(target) => {
                self.say(10, written(target));
                let target = match target {
                    Target::Requested => asked.raw().to_string(),
                    Target::Rewritten(to) => to.to_string(),
                };
                self.say(11, format!("the database connection, for {target} (AP-80)"));
                self.say(13, "those of the database connection");
                End::Api { target }
            }
            Outcome::Content { target, status } => {
                self.say(10, written(target));
                self.content(asked, target, status, decision.rule)
            }
            // Dealt with above.
            _ => End::Error,
        }
    }

    pub(super) fn api(&mut self, target: String) -> End {
        self.say(11, format!("the API, asked for {target}"));
        self.say(
            13,
            "those of the API; configured headers do not apply (HD-3)",
        );
        End::Api { target }
    }
}
