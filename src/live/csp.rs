//! Whether an app's Content-Security-Policy lets the client run. Where it does not, no tag is added: a tag that is
//! refused would end up in the console and in the app's violation reports.

/// What a policy says of the client.
#[derive(Debug, PartialEq, Eq)]
pub enum ScriptPermission<'p> {
    /// It may be loaded and may connect.
    Allowed,
    /// It may with this nonce, which the file of the configuration repeats for every answer.
    WithNonce(&'p str),
    /// It may not.
    Forbidden,
}

/// Judges the value of a `Content-Security-Policy` header; all of its comma-separated policies must agree.
pub fn judge(value: &str) -> ScriptPermission<'_> {
    let mut verdict = ScriptPermission::Allowed;
    for policy in value.split(',') {
        let may_connect = match directive(policy, &["connect-src", "default-src"]) {
            None => true,
            Some(sources) => sources.clone().any(is_own_origin),
        };
        if !may_connect || directive(policy, &["sandbox"]).is_some() {
            return ScriptPermission::Forbidden;
        }
        let Some(sources) = directive(policy, &["script-src-elem", "script-src", "default-src"])
        else {
            continue;
        };
        let nonce = sources.clone().find_map(nonce);
        // With 'strict-dynamic', hosts and 'self' count for nothing.
        let is_strict = sources
            .clone()
            .any(|source| source.eq_ignore_ascii_case("'strict-dynamic'"));
        let is_own = !is_strict && sources.clone().any(is_own_origin);
        match nonce {
            _ if is_own => {}
            Some(nonce)
                if verdict == ScriptPermission::Allowed
                    || verdict == ScriptPermission::WithNonce(nonce) =>
            {
                verdict = ScriptPermission::WithNonce(nonce);
            }
            _ => return ScriptPermission::Forbidden,
        }
    }
    verdict
}

/// The sources of the first of `names` that the policy has.
fn directive<'p>(
    policy: &'p str,
    names: &[&str],
) -> Option<impl Iterator<Item = &'p str> + Clone + use<'p>> {
    names.iter().find_map(|name| {
        policy.split(';').find_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            words.next()?.eq_ignore_ascii_case(name).then_some(words)
        })
    })
}

fn is_own_origin(source: &str) -> bool {
    source.eq_ignore_ascii_case("'self'") || source == "*"
}

/// A nonce that needs no escaping in an attribute.
fn nonce(source: &str) -> Option<&str> {
    let nonce = source.strip_prefix("'nonce-")?.strip_suffix('\'')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    (!nonce.is_empty() && nonce.bytes().all(fits)).then_some(nonce)
}

#[cfg(test)]
mod tests {
    use super::{ScriptPermission::*, *};

    #[test]
    fn policies() {
        for (policy, expected) in [
            ("", Allowed),
            ("default-src 'self'", Allowed),
            ("DEFAULT-SRC 'SELF'; style-src 'none'", Allowed),
            ("img-src 'none'", Allowed),
            ("default-src *", Allowed),
            ("default-src 'none'", Forbidden),
            ("script-src 'none'", Forbidden),
            ("script-src", Forbidden),
            ("default-src 'none'; script-src 'self'", Forbidden),
            (
                "default-src 'none'; script-src 'self'; connect-src 'self'",
                Allowed,
            ),
            (
                "script-src 'self'; connect-src https://api.example",
                Forbidden,
            ),
            ("script-src 'self'; script-src-elem 'none'", Forbidden),
            ("script-src https://cdn.example", Forbidden),
            (
                "script-src 'nonce-aB3=' 'strict-dynamic' 'self'",
                WithNonce("aB3="),
            ),
            ("script-src 'strict-dynamic' 'self'", Forbidden),
            ("script-src 'nonce-\"><b>'", Forbidden),
            ("sandbox allow-scripts", Forbidden),
            ("default-src 'self', script-src 'none'", Forbidden),
            ("default-src 'self', img-src 'self'", Allowed),
        ] {
            assert_eq!(judge(policy), expected, "{policy}");
        }
    }
}
