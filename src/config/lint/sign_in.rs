//! Login loops, `/.auth` rules without effect, and providers that do not exist (RT-22, AU-12, AU-30, RO-5, RO-6).

use super::super::model::{ResponseOverride, RouteRule};
use super::super::pattern::Pattern;
use super::context::{Lint, demands, is_under, path_of};
use crate::finding::Spanned;

const LOGIN: &str = "/.auth/login/";

pub(super) fn check(lint: &mut Lint<'_>) {
    for (index, rule) in lint.config.routes.iter().enumerate() {
        auth_rule(lint, index, rule);
        for target in rule.redirect.iter().chain(&rule.rewrite) {
            provider(lint, target);
        }
    }
    for entry in &lint.config.response_overrides {
        for target in entry.redirect.iter().chain(&entry.rewrite) {
            provider(lint, target);
            login_loop(lint, entry, target);
        }
    }
}

fn providers(lint: &Lint<'_>) -> Vec<String> {
    match &lint.config.auth {
        Some(auth) if !auth.providers.is_empty() => {
            let names = auth.providers.iter();
            names.map(|provider| provider.value.clone()).collect()
        }
        _ => vec!["aad".to_string(), "github".to_string()],
    }
}

/// The provider of a sign-in path. The callback and other deeper paths are not meant.
fn provider_of(path: &str) -> Option<&str> {
    path.strip_prefix(LOGIN)
        .filter(|name| !name.is_empty() && !name.contains('/'))
}

/// Rules on `/.auth/…`: only an exact one on a provider, without roles, is ever used.
fn auth_rule(lint: &mut Lint<'_>, index: usize, rule: &RouteRule) {
    let route = &rule.route;
    if !is_under(&route.value, "/.auth") {
        return;
    }
    let used = match &rule.pattern {
        Pattern::Exact(path) => provider_of(path).filter(|_| rule.allowed_roles.is_empty()),
        _ => None,
    };
    let Some(name) = used else {
        let message = format!(
            "{} has no effect: sign-in paths meet only exact rules on `/.auth/login/<provider>` without roles",
            lint.name(index)
        );
        let hint = "remove it; to block a provider write its exact path with `\"statusCode\": 404`";
        lint.warn("RT-22", route.span, message, hint);
        return;
    };
    let known = providers(lint);
    let configured = lint
        .config
        .auth
        .as_ref()
        .and_then(|auth| auth.providers.iter().find(|own| own.value == name));
    let status = rule.status_code.as_ref();
    if !known.iter().any(|known| known == name) {
        let message = format!(
            "`{name}` needs no blocking: the providers of this app are {}",
            known.join(", ")
        );
        lint.warn("AU-30", route.span, message, "remove the rule");
    } else if let (Some(status), Some(_)) = (status, configured) {
        let message = format!(
            "`{name}` is configured in `auth` and answered with {} here, so nobody can sign in with it",
            status.value
        );
        lint.warn("AU-12", route.span, message, "remove one of the two");
    } else if let Some(status) = status.filter(|status| matches!(status.value, 401 | 403)) {
        let message = format!("a provider is blocked with 404, not with {}", status.value);
        let hint = "write `\"statusCode\": 404`; 401 and 403 lead to their overrides";
        lint.warn("AU-12", status.span, message, hint);
    }
}

/// A target that signs in with a provider that the app does not have.
fn provider(lint: &mut Lint<'_>, target: &Spanned<String>) {
    let known = providers(lint);
    let Some(name) = provider_of(path_of(&target.value)) else {
        return;
    };
    if !known.iter().any(|known| known == name) {
        let message = format!(
            "`{name}` is not a provider of this app; its providers are {}",
            known.join(", ")
        );
        let hint = match name {
            "azureActiveDirectory" => "Entra ID is `aad` in paths",
            _ => "name one of them, or configure it in `auth.identityProviders`",
        };
        lint.warn("AU-30", target.span, message, hint);
    }
}

fn login_loop(lint: &mut Lint<'_>, entry: &ResponseOverride, target: &Spanned<String>) {
    let path = path_of(&target.value);
    let rule = lint.first("GET", path).filter(|_| path.starts_with('/'));
    let leads_to_login = |path: &str| path.starts_with(LOGIN);
    let by_rule = rule.and_then(|(_, rule)| {
        let to = rule.redirect.as_ref().or(rule.rewrite.as_ref())?;
        leads_to_login(&to.value).then_some(())
    });
    match entry.status.value {
        403 if leads_to_login(path) || by_rule.is_some() => {
            let message = "403 means that somebody is signed in and lacks the role: signing in again leads back here".to_string();
            let hint = "show a page that says so, or send them to `/.auth/logout`";
            lint.warn("RO-2", target.span, message, hint);
        }
        401 if leads_to_login(path) || is_under(path, "/.auth") => {}
        401 if by_rule.is_some() && entry.redirect.is_some() => {
            let message = format!(
                "`{path}` starts the sign-in by a rule, and the page that was asked for is forgotten on the way"
            );
            let hint =
                "redirect straight to `/.auth/login/<provider>?post_login_redirect_uri=.referrer`";
            lint.warn("RO-6", target.span, message, hint);
        }
        status @ (401 | 403) if entry.redirect.is_some() => {
            if let Some((index, rule)) = rule
                && demands(rule)
            {
                let message = format!(
                    "{status} redirects to `{path}`, which {} guards as well: the browser goes round in circles",
                    lint.name(index)
                );
                let hint = format!("put a rule on `{path}` without `allowedRoles` before it");
                lint.warn("RO-4", target.span, message, hint);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{found, routes};

    #[test]
    fn rt_22_au_12_au_30_rules_on_sign_in() {
        let rule = |rest: &str| routes(&format!(r#"{{"route": "/.auth/{rest}}}"#));
        assert_eq!(rule(r#"*", "allowedRoles": ["a"]"#), ["RT-22 /.auth/*"]);
        assert_eq!(rule(r#"me", "statusCode": 404"#), ["RT-22 /.auth/me"]);
        assert_eq!(rule(r#"login/github", "statusCode": 404"#), [""; 0]);
        assert_eq!(rule(r#"login/github", "statusCode": 401"#), ["AU-12 401"]);
        assert_eq!(
            rule(r#"login/twitter", "statusCode": 404"#),
            ["AU-30 /.auth/login/twitter"]
        );
        let own = r#"{"routes": [{"route": "/.auth/login/google", "statusCode": 404}], "auth": {"identityProviders": {"google": {}}}}"#;
        assert_eq!(found(own), ["AU-12 /.auth/login/google"]);
    }

    #[test]
    fn au_30_targets() {
        let target = |to: &str| routes(&format!(r#"{{"route": "/login", "redirect": "{to}"}}"#));
        assert_eq!(
            target("/.auth/login/aad?post_login_redirect_uri=/"),
            [""; 0]
        );
        assert_eq!(target("/.auth/login/google"), ["AU-30 /.auth/login/google"]);
    }

    #[test]
    fn ro_2_4_6_loops() {
        let overrides = |status: u16, entry: &str, routes: &str| {
            found(&format!(
                r#"{{"routes": [{routes}], "responseOverrides": {{"{status}": {{{entry}}}}}}}"#
            ))
        };
        assert_eq!(
            overrides(403, r#""redirect": "/.auth/login/aad""#, ""),
            ["RO-2 /.auth/login/aad"]
        );
        assert_eq!(
            overrides(401, r#""redirect": "/.auth/login/aad""#, ""),
            [""; 0]
        );
        let all = r#"{"route": "/*", "allowedRoles": ["authenticated"]}"#;
        assert_eq!(
            overrides(401, r#""redirect": "/login""#, all),
            ["RO-4 /login"]
        );
        let open = format!(r#"{{"route": "/login"}}, {all}"#);
        assert_eq!(overrides(401, r#""redirect": "/login""#, &open), [""; 0]);
        // A rewrite is not matched again.
        assert_eq!(overrides(401, r#""rewrite": "/login.html""#, all), [""; 0]);
        let rule = r#"{"route": "/login", "rewrite": "/.auth/login/github"}"#;
        assert_eq!(
            overrides(401, r#""redirect": "/login""#, rule),
            ["RO-6 /login"]
        );
        assert_eq!(
            overrides(403, r#""redirect": "/login""#, rule),
            ["RO-2 /login"]
        );
    }
}
