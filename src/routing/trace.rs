//! Why a request was decided as it was: each rule, whether it matched and why not. Made on demand; the hot path
//! never pays for it. The verdict on the whole comes from [`super::decide()`] itself.

use super::facts::RequestFacts;
use super::path;
use super::rules::Rules;
use crate::config::pattern::Pattern;

/// What became of one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// This rule decided.
    Matched,
    /// The path is another one.
    PathDiffers,
    /// The pattern can never match; the text says why.
    NeverMatches(&'static str),
    /// The path matches, but `methods` does not list the request's (RT-12).
    MethodNotListed,
    /// It would redirect to the very path that was asked for (RT-41).
    RedirectsToItself,
    /// The path is a sign-in path, which only an exact rule without roles can match (RT-22).
    SignInPath,
    /// An earlier rule decided; this one was not tried (RT-10).
    NotTried,
}

/// The verdict on each rule, in the order of the file.
pub fn trace(rules: &Rules, facts: &RequestFacts<'_>) -> Vec<Verdict> {
    let matched = rules.find(facts);
    let routes = &rules.config().routes;
    (0..routes.len())
        .map(|position| {
            let (rule, pattern) = (&rules.rules[position], &routes[position].pattern);
            match matched {
                Some(decided) if position == decided => Verdict::Matched,
                Some(decided) if position > decided => Verdict::NotTried,
                _ => match pattern {
                    Pattern::Never(reason) => Verdict::NeverMatches(reason.explain()),
                    _ if !rules.path_matches(pattern, facts) => Verdict::PathDiffers,
                    _ if !rule.methods.contains(facts.method) => Verdict::MethodNotListed,
                    _ if rule.redirects_to(facts.path) => Verdict::RedirectsToItself,
                    _ if path::is_auth(facts.path) => Verdict::SignInPath,
                    _ => Verdict::PathDiffers,
                },
            }
        })
        .collect()
}
