//! What production refuses or ignores although the file is well formed (CF-80…CF-94). The meaning is clear in each
//! case, so the emulator serves the file and says what a deployment would say.

use super::model::{Config, RouteRule};
use super::pattern::Pattern;
use super::shadowed_rules;
use crate::finding::{Finding, Source, Span};

/// Largest configuration that a deployment accepts, in bytes (CF-6).
pub const MAX_CONFIG_BYTES: usize = 20 * 1024;
/// Most distinct role names in one file (CF-7).
pub const MAX_ROLES: usize = 50;
/// Most entries of `allowedIpRanges` (NW-1).
pub const MAX_IP_RANGES: usize = 25;
/// Most entries of `allowedForwardedHosts` (NW-4).
pub const MAX_FORWARDED_HOSTS: usize = 10;

/// Adds the findings of a well-formed configuration.
pub(super) fn validate(config: &Config, source: &Source, out: &mut Vec<Finding>) {
    limits(config, source, out);
    for (index, rule) in config.routes.iter().enumerate() {
        route(rule, index, out);
        shadowed_rules::hidden(config, source, rule, index, out);
    }
    for (text, pattern) in config
        .navigation_fallback
        .iter()
        .flat_map(|fallback| &fallback.exclude)
    {
        if let Pattern::Never(reason) = pattern {
            let message = format!(
                "`{}` never excludes anything: {}",
                text.value,
                reason.explain()
            );
            out.push(Finding::warning("NF-3", text.span, message));
        }
    }
    for header in &config.global_headers {
        content_type(&header.name.value, header.name.span, out);
    }
    for (extension, _) in &config.mime_types {
        if extension.value.len() < 2 || !extension.value.starts_with('.') {
            let message = format!(
                "`{}` matches no file: the keys of `mimeTypes` are extensions with their dot",
                extension.value
            );
            let hint = format!(
                "write `.{}`",
                extension.value.trim_start_matches(['*', '.'])
            );
            out.push(Finding::warning("CF-24", extension.span, message).hint(hint));
        }
    }
    for host in &config.allowed_forwarded_hosts {
        if host.value.contains('*') {
            let message = format!(
                "{} is not a valid value for a host in allowedForwardedHosts",
                host.value
            );
            out.push(
                Finding::refused("NW-4", host.span, message)
                    .hint("name each host; wildcards are not accepted"),
            );
        }
    }
}

fn limits(config: &Config, source: &Source, out: &mut Vec<Finding>) {
    let start = Span { start: 0, end: 1 };
    if source.size() > MAX_CONFIG_BYTES {
        let message = format!(
            "The file size exceeds the limit of 20 KB ({} bytes)",
            source.size()
        );
        out.push(Finding::refused("CF-6", start, message));
    }
    let mut roles: Vec<&str> = config
        .routes
        .iter()
        .flat_map(|rule| &rule.allowed_roles)
        .map(|role| role.value.as_str())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    if roles.len() > MAX_ROLES {
        let message = format!(
            "{} distinct roles, at most {MAX_ROLES} are accepted",
            roles.len()
        );
        out.push(Finding::refused("CF-7", start, message));
    }
    if let Some(extra) = config.allowed_ip_ranges.get(MAX_IP_RANGES) {
        let message = format!(
            "{} IP ranges, at most {MAX_IP_RANGES} are accepted",
            config.allowed_ip_ranges.len()
        );
        out.push(Finding::refused("NW-1", extra.span, message));
    }
    if let Some(extra) = config.allowed_forwarded_hosts.get(MAX_FORWARDED_HOSTS) {
        let message =
            format!("No more than {MAX_FORWARDED_HOSTS} allowedForwardedHosts are accepted");
        out.push(Finding::refused("NW-4", extra.span, message));
    }
}

fn route(rule: &RouteRule, index: usize, out: &mut Vec<Finding>) {
    if let Pattern::Never(reason) = &rule.pattern {
        let message = format!(
            "route `{}` never matches: {}",
            rule.route.value,
            reason.explain()
        );
        out.push(Finding::warning("RT-18", rule.route.span, message));
    }
    for role in &rule.allowed_roles {
        let fits = !role.value.is_empty()
            && role
                .value
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        if !fits {
            let message = format!(
                "role `{}` cannot exist: role names are made of a-z, A-Z, 0-9 and _",
                role.value
            );
            out.push(Finding::warning("RT-3", role.span, message));
        }
    }
    if let (Some(_), Some(status)) = (&rule.redirect, &rule.status_code)
        && !matches!(status.value, 301 | 302)
    {
        let message = format!(
            "`routes[{index}]` redirects with {}: a deployment refuses or ignores it; 302 is used here",
            status.value
        );
        out.push(Finding::warning("RT-26", status.span, message).hint("use 301 or 302"));
    }
    if let Some(rewrite) = &rule.rewrite
        && rewrite.value.contains("://")
    {
        let message = format!(
            "`rewrite` is a path in the app; `{}` can never be found",
            rewrite.value
        );
        out.push(
            Finding::warning("RT-4", rewrite.span, message)
                .hint("use `redirect` for another origin"),
        );
    }
    for header in &rule.headers {
        content_type(&header.name.value, header.name.span, out);
    }
}

fn content_type(name: &str, at: Span, out: &mut Vec<Finding>) {
    if name.eq_ignore_ascii_case("content-type") {
        let found = Finding::warning(
            "HD-6",
            at,
            "`Content-Type` cannot be set by a header rule; Azure ignores it",
        );
        out.push(found.hint("use `mimeTypes`, by extension"));
    }
}
