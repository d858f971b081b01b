//! What `allowedRoles` say, and paths that differ from each other by case alone.

use super::super::model::RouteRule;
use super::super::pattern::Pattern;
use super::context::Lint;
use crate::finding::Spanned;

const BUILT_IN: [&str; 2] = ["anonymous", "authenticated"];

pub(super) fn check(lint: &mut Lint<'_>) {
    for (index, rule) in lint.config.routes.iter().enumerate() {
        joined_by_or(lint, rule);
        nobody(lint, index, rule);
        case_trap(lint, index, rule);
    }
}

/// RT-47.
fn joined_by_or(lint: &mut Lint<'_>, rule: &RouteRule) {
    let find = |name: &str| rule.allowed_roles.iter().find(|role| role.value == name);
    let others = |name: &str| {
        let others = rule.allowed_roles.iter().filter(|role| role.value != name);
        let names: Vec<String> = others.map(|role| format!("`{}`", role.value)).collect();
        names.join(", ")
    };
    if let Some(anonymous) = find("anonymous") {
        if rule.allowed_roles.len() > 1 {
            let message = format!(
                "roles are joined by \"or\": with `anonymous` everybody may, so asking for {} has no effect",
                others("anonymous")
            );
            let hint = "remove `anonymous` to ask for a role, or all other roles to ask for none";
            lint.warn("RT-47", anonymous.span, message, hint);
        }
    } else if let Some(authenticated) = find("authenticated")
        && rule.allowed_roles.len() > 1
    {
        let others = others("authenticated");
        let message = format!(
            "roles are joined by \"or\": with `authenticated` every signed-in user may, not only {others}"
        );
        let hint = format!("remove `authenticated`; whoever has {others} is signed in");
        lint.warn("RT-47", authenticated.span, message, hint);
    }
}

/// RT-3: roles that nobody has, because their name is another one by case.
fn nobody(lint: &mut Lint<'_>, index: usize, rule: &RouteRule) {
    for role in &rule.allowed_roles {
        let same = |known: &str| known.eq_ignore_ascii_case(&role.value);
        if BUILT_IN.contains(&role.value.as_str()) {
            continue;
        }
        if let Some(known) = BUILT_IN.into_iter().find(|known| same(known)) {
            let message = format!(
                "nobody has the role `{}`: the built-in role is `{known}`",
                role.value
            );
            lint.warn("RT-3", role.span, message, format!("write `{known}`"));
            continue;
        }
        let earlier = lint.config.routes[..index].iter();
        let other = earlier
            .flat_map(|rule| &rule.allowed_roles)
            .find(|other| same(&other.value) && other.value != role.value);
        if let Some(Spanned { value, span }) = other {
            let line = lint.source.position(span.start).line;
            let message = format!(
                "`{}` and `{value}` (line {line}) are two roles: names are compared with case",
                role.value
            );
            lint.warn("RT-3", role.span, message, "use one spelling");
        }
    }
}

/// RT-15: a wildcard that would cover another rule's path if case did not count. For API paths it does not.
fn case_trap(lint: &mut Lint<'_>, index: usize, rule: &RouteRule) {
    let Pattern::Prefix(prefix) = &rule.pattern else {
        return;
    };
    let lower = prefix.to_lowercase();
    let trap = lint.config.routes.iter().position(|other| {
        let literal = match &other.pattern {
            Pattern::Exact(path) | Pattern::Prefix(path) => path,
            Pattern::Extension { .. } | Pattern::Never(_) => return false,
        };
        other.redirect.is_none()
            && !lint.is_api(literal)
            && !literal.starts_with(prefix.as_str())
            && literal.to_lowercase().starts_with(&lower)
    });
    if let Some(other) = trap.filter(|other| *other != index && rule.redirect.is_none()) {
        let message = format!(
            "`{}` does not cover {}: paths are compared with case",
            rule.route.value,
            lint.name(other)
        );
        let hint = "write the path as the file or function is named";
        lint.warn("RT-15", rule.route.span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::routes;

    #[test]
    fn rt_47_or() {
        assert_eq!(
            routes(r#"{"route": "/a*", "allowedRoles": ["authenticated", "admin"]}"#),
            ["RT-47 authenticated"]
        );
        assert_eq!(
            routes(r#"{"route": "/a*", "allowedRoles": ["admin", "anonymous"], "rewrite": "/b"}"#),
            ["RT-47 anonymous"]
        );
        for fine in [
            r#"["admin", "editor"]"#,
            r#"["authenticated"]"#,
            r#"["admin"]"#,
        ] {
            assert_eq!(
                routes(&format!(r#"{{"route": "/a*", "allowedRoles": {fine}}}"#)),
                [""; 0]
            );
        }
    }

    #[test]
    fn rt_3_roles_nobody_has() {
        assert_eq!(
            routes(r#"{"route": "/a*", "allowedRoles": ["Authenticated"]}"#),
            ["RT-3 Authenticated"]
        );
        assert_eq!(
            routes(
                r#"{"route": "/a*", "allowedRoles": ["admin"]}, {"route": "/b*", "allowedRoles": ["Admin"]}"#
            ),
            ["RT-3 Admin"]
        );
    }

    #[test]
    fn rt_15_case() {
        assert_eq!(
            routes(
                r#"{"route": "/app/add*", "allowedRoles": ["a"]}, {"route": "/app/AddUser", "allowedRoles": ["a"]}"#
            ),
            ["RT-15 /app/add*"]
        );
        for fine in ["/app/edit", "/api/AddUser"] {
            let start = &fine[..4];
            let rules = format!(
                r#"{{"route": "{start}/add*", "allowedRoles": ["a"]}}, {{"route": "{fine}", "allowedRoles": ["a"]}}"#
            );
            assert_eq!(routes(&rules), [""; 0], "{fine}");
        }
        // A redirect from the other spelling is meant.
        assert_eq!(
            routes(
                r#"{"route": "/docs*", "allowedRoles": ["a"]}, {"route": "/Docs", "redirect": "/docs"}"#
            ),
            [""; 0]
        );
    }
}
