//! Fallbacks and overrides that answer with a surprising status.

use super::context::{Lint, path_of};

pub(super) fn check(lint: &mut Lint<'_>) {
    let config = lint.config;
    if let Some(fallback) = &config.navigation_fallback {
        let target = path_of(&fallback.rewrite.value);
        if is_error_page(target) {
            let message = format!(
                "every unknown page answers `{target}` with status 200, so search engines keep it"
            );
            let hint = "use `responseOverrides` with `\"404\": { \"rewrite\": … }`, which keeps the status";
            lint.warn("NF-2", fallback.rewrite.span, message, hint);
        }
        if fallback.exclude.is_empty() && !lint.is_api(target) {
            let message = format!(
                "without `exclude` a missing script or image answers `{target}` with status 200"
            );
            let hint = "add `\"exclude\": [\"*.{js,css,png,svg,ico}\"]`, with the types of the app";
            lint.warn("NF-3", fallback.rewrite.span, message, hint);
        }
    }
    for entry in &config.response_overrides {
        let status = entry.status.value;
        if let (Some(rewrite), Some(_)) = (&entry.rewrite, &entry.redirect) {
            let message = format!(
                "`responseOverrides.{status}` has `rewrite` and `redirect`; the redirect wins"
            );
            lint.warn("RO-4", rewrite.span, message, "remove one of the two");
        }
        if let (Some(redirect), Some(code)) = (&entry.redirect, &entry.status_code)
            && !matches!(code.value, 301 | 302)
        {
            let message = format!(
                "`responseOverrides.{status}` redirects to `{}` with {}; 302 is used",
                redirect.value, code.value
            );
            lint.warn("RO-4", code.span, message, "use 301 or 302");
        }
        let Some(rewrite) = entry.rewrite.as_ref().filter(|_| entry.redirect.is_none()) else {
            continue;
        };
        let is_app = matches!(path_of(&rewrite.value), "/" | "/index.html")
            || config.navigation_fallback.as_ref().is_some_and(|fallback| {
                path_of(&fallback.rewrite.value) == path_of(&rewrite.value)
            });
        let is_app = is_app && !is_error_page(path_of(&rewrite.value));
        if status == 404 && is_app && entry.status_code.is_none() {
            let message = format!(
                "`{}` answers unknown pages with status 404: an override keeps the status",
                rewrite.value
            );
            let hint = "add `\"statusCode\": 200`, or use `navigationFallback`";
            lint.warn("RO-3", rewrite.span, message, hint);
        }
    }
}

fn is_error_page(target: &str) -> bool {
    let name = target.rsplit('/').next().unwrap_or(target);
    name.contains("404") || name.to_ascii_lowercase().contains("not-found")
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    #[test]
    fn nf_2_3_fallbacks() {
        assert_eq!(
            found(r#"{"navigationFallback": {"rewrite": "404.html", "exclude": ["*.js"]}}"#),
            ["NF-2 404.html"]
        );
        assert_eq!(
            found(r#"{"navigationFallback": {"rewrite": "/index.html"}}"#),
            ["NF-3 /index.html"]
        );
        assert_eq!(
            found(r#"{"navigationFallback": {"rewrite": "/api/render"}}"#),
            [""; 0]
        );
    }

    #[test]
    fn an_error_page_that_is_the_fallback_too_is_said_once() {
        let text = r#"{"navigationFallback": {"rewrite": "/404.html", "exclude": ["*.js"]}, "responseOverrides": {"404": {"rewrite": "/404.html"}}}"#;
        assert_eq!(found(text), ["NF-2 /404.html"]);
    }

    #[test]
    fn ro_3_4_overrides() {
        let entry = |text: &str| found(&format!(r#"{{"responseOverrides": {{"404": {text}}}}}"#));
        assert_eq!(entry(r#"{"rewrite": "/index.html"}"#), ["RO-3 /index.html"]);
        assert_eq!(
            entry(r#"{"rewrite": "/index.html", "statusCode": 200}"#),
            [""; 0]
        );
        assert_eq!(entry(r#"{"rewrite": "/404.html"}"#), [""; 0]);
        assert_eq!(
            entry(r#"{"rewrite": "/404.html", "redirect": "/"}"#),
            ["RO-4 /404.html"]
        );
        assert_eq!(
            entry(r#"{"redirect": "/", "statusCode": 307}"#),
            ["RO-4 307"]
        );
    }
}
