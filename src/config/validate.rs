//! What production refuses or ignores although the file is well formed (CF-80…CF-94). The meaning is clear in each
//! case, so the emulator serves the file and says what a deployment would say.

use super::model::{Config, RouteRule};
use super::pattern::Pattern;
use super::shadowed_rules;
use crate::finding::{Finding, Source, Span, Spanned};

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
    let fallback = config.navigation_fallback.iter();
    for (text, pattern) in fallback.flat_map(|fallback| &fallback.exclude) {
        exclude(text, pattern, out);
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
            "The file size exceeds the limit of 20 KB. ({} bytes, of {MAX_CONFIG_BYTES})",
            source.size()
        );
        let compact = without_blanks(source.text());
        let hint = match compact <= MAX_CONFIG_BYTES {
            true => format!(
                "the file counts as it is deployed: without indentation it has {compact} bytes and passes, so let the build write it that way"
            ),
            false => format!(
                "join rules by wildcards; without indentation it has {compact} bytes, still too many"
            ),
        };
        out.push(Finding::refused("CF-6", start, message).hint(hint));
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

/// The size in bytes without blanks between the values.
fn without_blanks(json: &str) -> usize {
    let (mut in_string, mut is_escaped) = (false, false);
    let counts = |byte: &u8| {
        let counts = in_string || !byte.is_ascii_whitespace();
        in_string ^= *byte == b'"' && !is_escaped;
        is_escaped = in_string && *byte == b'\\' && !is_escaped;
        counts
    };
    json.bytes().filter(counts).count()
}

/// NF-3: an entry that a deployment refuses, or that excludes nothing.
fn exclude(text: &Spanned<String>, pattern: &Pattern, out: &mut Vec<Finding>) {
    let count = |letter| text.value.matches(letter).count();
    out.push(if count('*') > 1 {
        let message = format!(
            "Found an exclude path with multiple wildcard characters '*' in the 'exclude' property. A route can have at most one '*' character. Path: {}",
            text.value
        );
        let hint = match text.value.strip_suffix("/**") {
            Some(folder) => format!("write `{folder}/*`: it covers every folder below"),
            None => "write one entry for each wildcard".to_owned(),
        };
        Finding::refused("NF-3", text.span, message).hint(hint)
    } else if count('{') != count('}') {
        let message = format!("the braces of the `exclude` entry `{}` do not match", text.value);
        let hint = "close the list of extensions: `*.{png,jpg}`";
        Finding::refused("NF-3", text.span, message).hint(hint)
    } else if let Pattern::Never(reason) = pattern {
        let message = format!(
            "`{}` never excludes anything: {}",
            text.value,
            reason.explain()
        );
        Finding::warning("NF-3", text.span, message)
    } else {
        return;
    });
}

fn route(rule: &RouteRule, index: usize, out: &mut Vec<Finding>) {
    if let Pattern::Never(reason) = &rule.pattern {
        let message = format!(
            "route `{}` never matches: {}",
            rule.route.value,
            reason.explain()
        );
        out.push(Finding::warning("RT-18", rule.route.span, message));
    } else if !rule.route.value.starts_with(['/', '*']) {
        let message = format!(
            "route `{0}` has no slash at its start; it is read as `/{0}` here, and Azure does not say what it does",
            rule.route.value
        );
        let found = Finding::warning("RT-1", rule.route.span, message);
        out.push(found.hint(format!("write `/{}`", rule.route.value)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;
    use crate::finding::Severity::{Refused, Warning};

    #[test]
    fn nf_3_what_a_deployment_refuses_in_exclude() {
        for (entry, expected) in [
            ("/assets/**", Some(Refused)),
            ("/*/x/*.js", Some(Refused)),
            ("*.{css,svg", Some(Refused)),
            ("*.css}", Some(Refused)),
            ("/a/*/b", Some(Warning)),
            ("/assets/*", None),
            ("*.{css,svg}", None),
        ] {
            let text = format!(
                r#"{{"navigationFallback": {{"rewrite": "/index.html", "exclude": ["{entry}"]}}}}"#
            );
            let found = read(&Source::new("x", text)).findings;
            let found = found.iter().map(|found| (found.code, found.severity));
            let expected = expected.map(|severity| ("NF-3", severity));
            assert!(found.eq(expected), "{entry}");
        }
    }

    #[test]
    fn rt_1_routes_without_a_slash_at_their_start() {
        for (route, expected) in [("about", 1), ("api/x", 1), ("/about", 0), ("*.js", 0)] {
            let text = format!(r#"{{"routes": [{{"route": "{route}", "redirect": "/z"}}]}}"#);
            let found = read(&Source::new("x", text)).findings;
            let found = found.iter().filter(|found| found.code == "RT-1");
            assert_eq!(found.count(), expected, "{route}");
        }
    }

    #[test]
    fn cf_6_the_size_without_blanks() {
        for text in [
            r#"{ "a" : [ 1, "b \" c" ] , "d\\": "e f" }"#,
            "{\n\t\"é  é\": null\r\n}",
        ] {
            let compact = serde_json::from_str::<serde_json::Value>(text).unwrap();
            assert_eq!(without_blanks(text), compact.to_string().len(), "{text}");
        }
    }
}
