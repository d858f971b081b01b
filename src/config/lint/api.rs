//! What has no effect on the API (RT-34, RT-35): the functions decide about their answers.

use super::super::pattern::Pattern;
use super::context::{Lint, path_of};

pub(super) fn check(lint: &mut Lint<'_>) {
    for rule in &lint.config.routes {
        let path = match &rule.pattern {
            Pattern::Exact(path) => path.as_str(),
            Pattern::Prefix(prefix) | Pattern::Extension { prefix, .. } => prefix,
            Pattern::Never(_) => continue,
        };
        let route = &rule.route.value;
        let from_api = lint.is_api(path.trim_end_matches('/'));
        let to_api = match &rule.rewrite {
            Some(rewrite) => lint.is_api(path_of(&rewrite.value)),
            None => from_api,
        };
        if to_api && let Some(header) = rule.headers.first() {
            let message =
                format!("`headers` have no effect on `{route}`: answers of the API keep their own");
            let hint = "set them in the function; see docs/differences.md#rules-on-api-routes";
            lint.warn("RT-34", header.name.span, message, hint);
        }
        if !from_api {
            continue;
        }
        if let Some(rewrite) = &rule.rewrite {
            let message = format!("`rewrite` on the API route `{route}` is not promised by Azure");
            let hint = "API rules may have `allowedRoles` or `redirect`; name the function's route as it is called";
            lint.warn("RT-35", rewrite.span, message, hint);
        }
        if let (Some(status), None) = (&rule.status_code, &rule.redirect) {
            let message =
                format!("`statusCode` on the API route `{route}` is not promised by Azure");
            let hint = "answer with that status in the function, or close the route with a role";
            lint.warn("RT-35", status.span, message, hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::routes;

    #[test]
    fn rt_34_headers() {
        assert_eq!(
            routes(r#"{"route": "/api/*", "headers": {"cache-control": "no-store"}}"#),
            ["RT-34 cache-control"]
        );
        assert_eq!(
            routes(r#"{"route": "/x", "rewrite": "/api/x", "headers": {"a": "b"}}"#),
            ["RT-34 a"]
        );
        assert_eq!(routes(r#"{"route": "/x", "headers": {"a": "b"}}"#), [""; 0]);
    }

    #[test]
    fn rt_35_rewrite_and_status() {
        assert_eq!(
            routes(r#"{"route": "/api/old", "rewrite": "/api/new"}"#),
            ["RT-35 /api/new"]
        );
        assert_eq!(
            routes(r#"{"route": "/api/error", "statusCode": 403}"#),
            ["RT-35 403"]
        );
        assert_eq!(
            routes(r#"{"route": "/api/old", "redirect": "/api/new", "statusCode": 301}"#),
            [""; 0]
        );
    }
}
