//! Every rule with its verdict.

use serde::Serialize;

use crate::config::pattern::Pattern;
use crate::finding::Source;
use crate::routing::trace::{Verdict, trace};
use crate::routing::{RequestFacts, Rules};

use super::place;

/// One rule and what became of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleView {
    /// Position in `routes`.
    pub index: usize,
    /// The route as written.
    pub route: String,
    /// `file:line`.
    pub place: Option<String>,
    /// The first and the last line of the rule in the file.
    pub line: Option<usize>,
    /// As [`Self::line`].
    pub end_line: Option<usize>,
    /// Whether this rule decided.
    pub matched: bool,
    /// Whether it was tried at all: the search ends with the first match.
    pub tried: bool,
    /// Whether it did not match although the path is its own, or nearly.
    #[serde(skip)]
    pub is_near: bool,
    /// Why it matched or not.
    pub why: String,
}

/// The verdicts of [`trace`] in words.
pub fn tried(compiled: &Rules, source: Option<&Source>, facts: &RequestFacts<'_>) -> Vec<RuleView> {
    let config = compiled.config();
    let verdicts = trace(compiled, facts);
    let rules = config.routes.iter().zip(verdicts).enumerate();
    let line = |at: usize| source.map(|source| source.position(at).line);
    rules
        .map(|(index, (rule, verdict))| RuleView {
            is_near: match verdict {
                Verdict::PathDiffers => differs(&rule.pattern, facts.path).is_some(),
                Verdict::Matched | Verdict::NotTried => false,
                Verdict::NeverMatches(_)
                | Verdict::MethodNotListed
                | Verdict::RedirectsToItself
                | Verdict::SignInPath => true,
            },
            index,
            route: rule.route.value.clone(),
            place: place(source, rule.span),
            line: line(rule.span.start),
            end_line: line(rule.span.end),
            matched: verdict == Verdict::Matched,
            tried: verdict != Verdict::NotTried,
            why: match verdict {
                Verdict::Matched => "matches; the search ends here".to_string(),
                Verdict::PathDiffers => differs(&rule.pattern, facts.path)
                    .unwrap_or_else(|| "the path is another one".to_string()),
                Verdict::NeverMatches(why) => format!("can never match: {why}"),
                Verdict::MethodNotListed => {
                    let methods = rule.methods.iter().flatten();
                    let names: Vec<&str> = methods.map(|name| name.value.as_str()).collect();
                    format!("the path matches, but it is for {} only", names.join(", "))
                }
                Verdict::RedirectsToItself => {
                    "skipped: it would redirect to the very path that was asked for".to_string()
                }
                Verdict::SignInPath => {
                    "sign-in paths meet only exact rules on a provider, without roles".to_string()
                }
                Verdict::NotTried => "not tried: an earlier rule decided".to_string(),
            },
        })
        .collect()
}

/// The usual surprises, by name.
fn differs(pattern: &Pattern, path: &str) -> Option<String> {
    let text = match pattern {
        Pattern::Prefix(prefix) if prefix.strip_suffix('/') == Some(path) => {
            return Some(format!(
                "covers what lies under `{prefix}`, not `{path}` itself (RT-19)"
            ));
        }
        Pattern::Exact(text) | Pattern::Prefix(text) | Pattern::Extension { prefix: text, .. } => {
            text
        }
        Pattern::Never(_) => "",
    };
    let start = path.get(..text.len()).unwrap_or(path);
    let differs_by_case = start != text && start.eq_ignore_ascii_case(text);
    differs_by_case.then(|| "differs by case (RT-15)".to_string())
}
