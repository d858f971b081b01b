//! What production ignores, or surprises with, in a file that it accepts: warnings for `cygnet check`.
//!
//! Each family is a pure function over the model. What depends on the content or on the API is asked through [`Known`];
//! a lint that would have to guess says nothing. [`context`] is what they all work with.
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
mod context;
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

use context::Lint;

use super::model::Config;
use crate::finding::{Finding, Source, arranged};

pub use context::{ContentFacts, Known};

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
    arranged(lint.out)
}

#[cfg(test)]
mod test_support;
