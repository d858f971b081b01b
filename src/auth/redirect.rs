//! Where the browser goes after signing in or out: `post_login_redirect_uri` and `post_logout_redirect_uri`
//! (AU-20…AU-24).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Characters that a `Location` must not carry raw. `\` is among them because browsers read it as `/`, which would turn
/// `/\host` into another host; `%` is not, so that escapes stay as they were written.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Longest target in bytes that is followed; longer `Location` headers are refused by common clients.
const MAX_TARGET: usize = 8_000;

/// A checked redirect target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Value for the `Location` header: printable ASCII.
    pub location: String,
    /// What is worth a warning: the target was refused, or leads away from the app.
    pub note: Option<String>,
}

/// Checks a target that came with the request.
///
/// Absent or empty leads to `/` (AU-23). Paths stay relative unless `forwarded_host`, an allowed `X-Forwarded-Host`,
/// takes the app's place (AU-24, NW-4). `http` and `https` addresses are followed as they are, with a note when
/// they leave `own_origin` (AU-21). Anything else (other schemes, control characters, a host without a scheme) is refused: `/`
/// and a note.
pub fn redirect_target(
    raw: Option<&str>,
    own_origin: &str,
    forwarded_host: Option<&str>,
) -> Redirect {
    let target = raw.unwrap_or_default().trim_matches(' ');
    match classify(target) {
        Ok(Target::Path(path)) => Redirect {
            location: own_path(&path, forwarded_host),
            note: None,
        },
        Ok(Target::Absolute { scheme, authority }) => {
            let forwarded = forwarded_host.map(|host| format!("https://{host}"));
            let origin = origin_of(scheme, authority);
            let own = [Some(own_origin), forwarded.as_deref()]
                .into_iter()
                .flatten()
                .any(|ours| normal_origin(ours) == origin);
            Redirect {
                location: utf8_percent_encode(target, UNSAFE).to_string(),
                note: (!own)
                    .then(|| format!("the redirect leaves the app: `{}`", target.escape_debug())),
            }
        }
        Err(why) => Redirect {
            location: own_path("/", forwarded_host),
            note: Some(format!(
                "the redirect target `{}` was refused: {why}; going to `/` instead",
                shortened(target).escape_debug()
            )),
        },
    }
}

enum Target<'a> {
    Path(String),
    Absolute { scheme: &'a str, authority: &'a str },
}

fn classify(target: &str) -> Result<Target<'_>, &'static str> {
    if target.len() > MAX_TARGET {
        return Err("it is longer than 8,000 bytes");
    }
    if target.chars().any(char::is_control) {
        return Err("it contains control characters");
    }
    if target == ".referrer" {
        return Err(
            "`.referrer` is only replaced in the redirect of a route rule or response override",
        );
    }
    let (scheme, rest) = match scheme_of(target) {
        Some(scheme) if is_web(scheme) => (Some(scheme), &target[scheme.len() + 1..]),
        Some(_) => return Err("only http and https addresses and paths are followed"),
        None => (None, target),
    };
    match (scheme, rest.strip_prefix("//")) {
        (Some(scheme), Some(after)) => {
            let end = after.find(['/', '?', '#']).unwrap_or(after.len());
            match &after[..end] {
                // Browsers skip further slashes: `http:///host` would lead to `host`.
                "" => Err("it has no host"),
                authority => Ok(Target::Absolute { scheme, authority }),
            }
        }
        (Some(_), None) => Err("it has no host"),
        // Browsers take what follows for a host, with the scheme of the page. `\` is another slash to them, and leaves here
        // escaped.
        (None, Some(_)) => Err("it names a host without a scheme"),
        (None, None) if rest.starts_with('/') => Ok(Target::Path(rest.to_owned())),
        (None, None) => Ok(Target::Path(format!("/{rest}"))),
    }
}

/// A path of this site for a `Location`; `/` for everything that is none.
pub fn local_path(raw: &str) -> String {
    let path = match classify(raw) {
        Ok(Target::Path(path)) if raw.starts_with('/') => path,
        _ => "/".to_owned(),
    };
    own_path(&path, None)
}

/// RFC 3986 scheme, or nothing when the first `:` belongs to a path.
fn scheme_of(target: &str) -> Option<&str> {
    let (scheme, _) = target.split_once(':')?;
    let mut bytes = scheme.bytes();
    let valid = bytes.next()?.is_ascii_alphabetic()
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    valid.then_some(scheme)
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn origin_of(scheme: &str, authority: &str) -> String {
    normal_origin(&format!("{scheme}://{authority}"))
}

fn normal_origin(origin: &str) -> String {
    let lower = origin.to_ascii_lowercase();
    let default_port = if lower.starts_with("https:") {
        ":443"
    } else {
        ":80"
    };
    match lower.strip_suffix(default_port) {
        Some(without) => without.to_owned(),
        None => lower,
    }
}

/// Whether two origins (`scheme://host[:port]`) are the same.
pub(crate) fn same_origin(one: &str, other: &str) -> bool {
    normal_origin(one) == normal_origin(other)
}

fn own_path(path: &str, forwarded_host: Option<&str>) -> String {
    let path = utf8_percent_encode(path, UNSAFE);
    match forwarded_host {
        // The value is one of the configuration's, but a header is no place to trust that.
        Some(host) if host.bytes().all(|byte| byte.is_ascii_graphic()) => {
            format!("https://{host}{path}")
        }
        _ => path.to_string(),
    }
}

fn shortened(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(120)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OWN: &str = "http://localhost:4280";

    fn to(raw: &str) -> Redirect {
        redirect_target(Some(raw), OWN, None)
    }

    #[test]
    fn au_20_au_23_paths_stay_relative_and_absent_is_the_root() {
        assert_eq!(redirect_target(None, OWN, None).location, "/");
        for (raw, location) in [
            ("", "/"),
            ("/a?b=c#d", "/a?b=c#d"),
            ("profile", "/profile"),
            ("?tab=1", "/?tab=1"),
            ("/a b", "/a%20b"),
            ("/é", "/%C3%A9"),
            ("/100%", "/100%"),
            ("/x:y", "/x:y"),
            ("1x:y", "/1x:y"),
        ] {
            assert_eq!((to(raw).location.as_str(), to(raw).note), (location, None));
        }
    }

    #[test]
    fn xc_31_au_21_absolute_targets_are_honoured_with_a_note_when_foreign() {
        for own in [
            "http://localhost:4280/x",
            "HTTP://LOCALHOST:4280",
            "http://localhost:4280?y",
        ] {
            assert_eq!((to(own).location.as_str(), to(own).note), (own, None));
        }
        for foreign in [
            "https://localhost:4280/x",
            "http://localhost:4280@evil.example/",
            "https://evil.example/a?b",
        ] {
            assert_eq!(to(foreign).location, foreign);
            assert!(to(foreign).note.unwrap().contains("leaves the app"));
        }
        assert_eq!(
            redirect_target(Some("http://h:80/"), "http://h", None).note,
            None
        );
    }

    #[test]
    fn au_24_nw_4_an_allowed_forwarded_host_takes_the_apps_place() {
        let to = |raw| redirect_target(raw, OWN, Some("www.contoso.com"));
        assert_eq!(to(Some("/a")).location, "https://www.contoso.com/a");
        assert_eq!(to(None).location, "https://www.contoso.com/");
        assert_eq!(to(Some("https://www.contoso.com/a")).note, None);
    }

    #[test]
    fn targets_that_are_no_web_address_lead_home() {
        for raw in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "/a\r\nSet-Cookie: x=y",
            "/\t/evil.example",
            "//evil.example/a",
            "///evil.example",
            r"http:\\evil.example",
            "http:evil.example",
            "https:///evil.example",
            ".referrer",
        ] {
            let redirect = to(raw);
            assert_eq!(redirect.location, "/", "{raw:?}");
            assert!(redirect.note.is_some(), "{raw:?}");
        }
        assert_eq!(to(&"/a".repeat(5000)).location, "/");
        assert_eq!(to(r"/\evil.example").location, "/%5Cevil.example");
    }

    #[test]
    fn a_local_path_is_one_of_this_site() {
        assert_eq!(local_path("/a/b?c"), "/a/b?c");
        for elsewhere in [
            "",
            "x",
            "//evil.example",
            "https://evil.example",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(elsewhere), "/", "{elsewhere}");
        }
    }

    proptest! {
        /// Judged by the parser of the URL standard, as in browsers: whoever leaves asked for that by scheme and host, and it is
        /// said.
        #[test]
        fn nobody_leaves_the_site_by_another_spelling(
            raw in "(/|\\\\|:|@|\\.|http|https:|//|\t|\n| |%2f|%5c|evil\\.example|localhost:4280|\\?|#|a){0,10}"
        ) {
            let redirect = to(&raw);
            let own = url::Url::parse(OWN).unwrap();
            let reached = own.join(&redirect.location).map(|url| url.origin());
            if reached != Ok(own.origin()) {
                prop_assert!(redirect.note.is_some(), "{redirect:?}");
                let lower = raw.trim_matches(' ').to_ascii_lowercase();
                prop_assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{raw:?}");
            }
            prop_assert_eq!(own.join(&local_path(&raw)).unwrap().origin(), own.origin());
        }

        #[test]
        fn a_location_is_always_printable_and_leads_to_the_web(raw in ".{0,80}|(/|\\\\|:|h|t|p|\t){0,10}") {
            let location = to(&raw).location;
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
            let lower = location.to_ascii_lowercase();
            prop_assert!(location.starts_with('/') || lower.starts_with("http://") || lower.starts_with("https://"));
        }
    }
}
