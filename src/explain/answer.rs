//! What answers once the decision is made: a file, the dev server, the fallback, or what stands in for an error.

use super::end::End;
use super::steps::Walk;
use crate::content::disk::is_configuration;
use crate::content::lookup::Lookup;
use crate::pipeline::context::RequestContext;
use crate::routing::Target;
use crate::routing::path::{is_api, is_auth, is_data_api};
use crate::routing::rules::OverrideAction;

impl Walk<'_> {
    pub(super) fn content(
        &mut self,
        asked: &RequestContext<'_>,
        target: Target<'_>,
        status: Option<u16>,
        rule: Option<usize>,
    ) -> End {
        if let Some(server) = &self.environment.dev_server {
            let target = match target {
                Target::Requested => asked.raw(),
                Target::Rewritten(to) => to,
            };
            let fallback = self.environment.rules.fallback(&asked.path);
            let then = fallback.map_or(String::new(), |to| {
                format!("; if it says 404, for {to} by navigationFallback")
            });
            let said = format!(
                "the dev server at {}, asked for {target}{then}",
                server.url()
            );
            return self.dev_server(said, target, rule.is_some());
        }
        let content = &self.environment.content;
        let found = match target {
            Target::Requested => content.find(&asked.path),
            Target::Rewritten(to) => content.find_target(without_query(to)),
        };
        match found {
            Lookup::Moved(to) => {
                self.say(11, format!("trailingSlash: 301 to {to}"));
                End::Redirect
            }
            Lookup::File { relative, .. } => {
                let status = status.map_or(String::new(), |code| format!(", with status {code}"));
                self.file(relative.into_owned(), &status, rule.is_some())
            }
            Lookup::Missing if target == Target::Requested => self.fallback(asked, rule),
            Lookup::Missing => {
                self.say(11, "the target of the rewrite does not exist");
                self.error(404)
            }
        }
    }

    pub(super) fn fallback(&mut self, asked: &RequestContext<'_>, rule: Option<usize>) -> End {
        if is_configuration(&asked.path) {
            self.say(11, "the configuration is never content (CF-9)");
            return self.error(404);
        }
        if is_data_api(&asked.path) {
            self.say(11, "no such file, and no database connection (AP-80)");
            return self.error(404);
        }
        let Some(target) = self.environment.rules.fallback(&asked.path) else {
            let why = match self.environment.rules.config().navigation_fallback {
                Some(_) => "no such file, and navigationFallback excludes the path (NF-3)",
                None => "no such file, and no navigationFallback",
            };
            self.say(11, why);
            return self.error(404);
        };
        let target = target.to_string();
        if self.environment.has_api() && is_api(without_query(&target)) {
            return self.api(target);
        }
        if let Some(server) = &self.environment.dev_server {
            let url = server.url();
            let said = format!("the dev server at {url}, asked for {target} by navigationFallback");
            return self.dev_server(said, &target, rule.is_some());
        }
        match self.environment.content.find_target(without_query(&target)) {
            Lookup::File { relative, .. } => {
                let relative = relative.into_owned();
                self.file(relative, ", by navigationFallback", rule.is_some())
            }
            Lookup::Moved(_) | Lookup::Missing => {
                self.say(
                    11,
                    format!("navigationFallback names {target}, which does not exist (NF-11)"),
                );
                self.error(404)
            }
        }
    }

    fn dev_server(&mut self, said: String, target: &str, with_rule: bool) -> End {
        self.say(11, said);
        let rule = match with_rule {
            true => " ← headers of the rule",
            false => "",
        };
        self.say(13, format!("those of the dev server ← globalHeaders{rule}"));
        End::DevServer {
            target: target.to_string(),
        }
    }

    fn file(&mut self, path: String, how: &str, with_rule: bool) -> End {
        self.say(11, format!("the file {path}{how}"));
        let rule = if with_rule {
            " ← headers of the rule"
        } else {
            ""
        };
        self.say(13, format!("platform defaults ← globalHeaders{rule}"));
        End::File { path, with_rule }
    }

    /// RO: what stands in for an error.
    pub(super) fn error(&mut self, status: u16) -> End {
        let Some(entry) = self.environment.rules.override_for(status) else {
            self.say(12, format!("{status}: no override, the default page"));
            self.say(13, "platform defaults ← globalHeaders");
            return End::Error;
        };
        let told = entry.status.unwrap_or(status);
        let (outcome, end) = match &entry.action {
            OverrideAction::Redirect(to, code) => {
                (format!("{status}: {code} to {to}"), End::Redirect)
            }
            OverrideAction::Rewrite(to) if is_auth(without_query(to)) => {
                (format!("{status}: 302 to {to} (RO-6)"), End::Redirect)
            }
            OverrideAction::Rewrite(to) if self.environment.dev_server.is_some() => (
                format!("{status}: {to} of the dev server with {told} (RO-3)"),
                End::DevServer {
                    target: to.to_string(),
                },
            ),
            OverrideAction::Rewrite(to) => match self.environment.content.find_target(to) {
                Lookup::File { relative, .. } => (
                    format!("{status}: the file {relative} with {told} (RO-3)"),
                    End::File {
                        path: relative.into_owned(),
                        with_rule: false,
                    },
                ),
                Lookup::Moved(_) | Lookup::Missing => (
                    format!(
                        "{status}: names {to}, which does not exist; the default page with {told}"
                    ),
                    End::Error,
                ),
            },
            OverrideAction::StatusOnly => (
                format!("{status}: the default page with {told}"),
                End::Error,
            ),
        };
        self.say(12, outcome);
        if !matches!(end, End::Redirect) {
            self.say(13, "platform defaults ← globalHeaders");
        }
        end
    }
}

fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or(target)
}
