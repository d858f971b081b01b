//! `navigationFallback` (NF, CF-21).

use jsonc_parser::ast::Value;

use super::leading_slash::with_slash;
use crate::config::model::NavigationFallback;
use crate::config::pattern::Pattern;
use crate::config::reader::{Reader, get, span};
use crate::finding::Finding;

pub(super) fn navigation_fallback(
    read: &mut Reader<'_>,
    value: &Value<'_>,
) -> Option<NavigationFallback> {
    let object = read.object("navigationFallback", value)?;
    read.known_keys("`navigationFallback`", object, &["rewrite", "exclude"], &[]);
    let exclude =
        get(object, "exclude").map(|value| read.strings("navigationFallback.exclude", value));
    let Some(rewrite) = get(object, "rewrite") else {
        let found = Finding::error(
            "CF-21",
            span(value),
            "`navigationFallback` has no `rewrite`",
        );
        read.out
            .push(found.hint("add `\"rewrite\": \"/index.html\"`"));
        return None;
    };
    Some(NavigationFallback {
        rewrite: with_slash(read.string("navigationFallback.rewrite", rewrite)?),
        exclude: exclude
            .unwrap_or_default()
            .into_iter()
            .map(|text| {
                let pattern = Pattern::parse(&text.value);
                (text, pattern)
            })
            .collect(),
    })
}
