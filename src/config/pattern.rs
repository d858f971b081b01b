//! The pattern language of `route` and `navigationFallback.exclude` (RT-14…RT-21, NF-3).
//!
//! A star is a wildcard only as the last character or directly before an extension filter
//! (`*.html`, `*.{png,jpg}`), once in a pattern. Everything else is compared character by character, with case.

/// A pattern as understood. Paths and patterns begin with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// One path, with or without a slash at its end (RT-17). `/x/index.html` also stands for `/x` and `/x/` (RT-16).
    Exact(String),
    /// Everything that begins with this text: `/calendar*`, `/calendar/*`, `*`.
    Prefix(String),
    /// Everything that begins with `prefix` and ends with a dot and one of `extensions`, in any folder below (RT-20).
    Extension {
        /// Text before the star.
        prefix: String,
        /// Extensions without the dot.
        extensions: Vec<String>,
    },
    /// Matches nothing.
    Never(NeverReason),
}

/// Why a pattern can never match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeverReason {
    /// A star that is neither last nor before an extension filter (RT-18).
    MisplacedStar,
    /// More than one star (RT-18).
    SeveralStars,
    /// An absolute URL: only the path is compared (RT-14).
    AbsoluteUrl,
    /// A query or a fragment: only the path is compared (RT-14).
    QueryOrFragment,
    /// No text at all.
    Empty,
}

impl NeverReason {
    /// The reason as a clause that completes "this route never matches: …".
    pub fn explain(self) -> &'static str {
        match self {
            Self::MisplacedStar => {
                "a `*` works only as the last character or directly before an extension filter such as `*.{png,jpg}`"
            }
            Self::SeveralStars => "a route may hold one `*` only",
            Self::AbsoluteUrl => {
                "only the path of a request is compared, so write the path without scheme and host"
            }
            Self::QueryOrFragment => {
                "only the path of a request is compared, never its query or fragment"
            }
            Self::Empty => "it is empty",
        }
    }
}

const INDEX: &str = "/index.html";

impl Pattern {
    /// Reads a pattern. A missing leading slash is added: `*.js` behaves like `/*.js`.
    pub fn parse(text: &str) -> Self {
        if text.is_empty() {
            return Self::Never(NeverReason::Empty);
        }
        if text.contains("://") {
            return Self::Never(NeverReason::AbsoluteUrl);
        }
        if text.contains(['?', '#']) {
            return Self::Never(NeverReason::QueryOrFragment);
        }
        let text = if text.starts_with('/') {
            text.to_string()
        } else {
            format!("/{text}")
        };
        let Some((prefix, rest)) = text.split_once('*') else {
            return Self::Exact(text);
        };
        let prefix = prefix.to_string();
        if rest.is_empty() {
            return Self::Prefix(prefix);
        }
        if rest.contains('*') {
            return Self::Never(NeverReason::SeveralStars);
        }
        extension_filter(rest).map_or(Self::Never(NeverReason::MisplacedStar), |extensions| {
            Self::Extension { prefix, extensions }
        })
    }

    /// Whether a decoded path matches. This is the plain statement of the language; the compiled rules must agree.
    pub fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => {
                let path = without_slash(path);
                path == without_slash(exact)
                    || self
                        .index_folder()
                        .is_some_and(|folder| path == without_slash(folder))
            }
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Self::Extension { prefix, extensions } => {
                path.strip_prefix(prefix.as_str()).is_some_and(|rest| {
                    extensions
                        .iter()
                        .any(|extension| ends_with_extension(rest, extension))
                })
            }
            Self::Never(_) => false,
        }
    }

    /// For `/x/index.html`: `/x`, and the empty text for `/index.html` (RT-16).
    pub fn index_folder(&self) -> Option<&str> {
        match self {
            Self::Exact(exact) => exact.strip_suffix(INDEX),
            _ => None,
        }
    }
}

/// A path without the slash at its end; nothing is left of the root.
pub fn without_slash(path: &str) -> &str {
    path.strip_suffix('/').unwrap_or(path)
}

/// Whether `rest` ends with a dot and `extension`.
pub fn ends_with_extension(rest: &str, extension: &str) -> bool {
    rest.strip_suffix(extension)
        .is_some_and(|stem| stem.ends_with('.'))
}

/// `.html` or `.{a,b}`: the extensions; anything else is no filter.
fn extension_filter(rest: &str) -> Option<Vec<String>> {
    let rest = rest.strip_prefix('.')?;
    let plain = |text: &str| !text.is_empty() && !text.contains(['/', '{', '}', ',']);
    if let Some(list) = rest.strip_prefix('{') {
        let list = list.strip_suffix('}')?;
        let extensions: Vec<String> = list.split(',').map(str::to_string).collect();
        return extensions
            .iter()
            .all(|extension| plain(extension))
            .then_some(extensions);
    }
    plain(rest).then(|| vec![rest.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).matches(path)
    }

    #[test]
    fn rt_18_19_20_21_wildcards() {
        for (pattern, path, expected) in [
            ("/calendar*", "/calendar", true),
            ("/calendar*", "/calendar.html", true),
            ("/calendar*", "/calendars/x", true),
            ("/calendar/*", "/calendar/x/y", true),
            ("/calendar/*", "/calendar/", true),
            ("/calendar/*", "/calendar", false),
            ("/calendar/*", "/calendar.html", false),
            ("*", "/anything", true),
            ("/*", "/", true),
            ("/images/*.{png,jpg}", "/images/a/b.png", true),
            ("/images/*.{png,jpg}", "/images/a.gif", false),
            ("/images/*.{png,jpg}", "/images/apng", false),
            ("*.js", "/a/b.js", true),
            ("/*.html", "/a.html", true),
            ("/*.html", "/a.HTML", false),
            ("/a/*/b", "/a/x/b", false),
            ("/a/*/*", "/a/x/b", false),
            ("/a.b", "/axb", false),
            ("/a+b/*", "/a+b/c", true),
            ("https://x.example/a", "/a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} on {path}");
        }
    }

    #[test]
    fn rt_16_index_html_covers_its_folder() {
        for path in ["/x", "/x/", "/x/index.html"] {
            assert!(matches("/x/index.html", path), "{path}");
        }
        assert!(matches("/index.html", "/"));
        assert!(!matches("/x", "/x/index.html"));
    }

    #[test]
    fn rt_17_the_slash_at_the_end_does_not_count() {
        assert!(matches("/x", "/x/") && matches("/x/", "/x") && matches("/", "/"));
        assert!(!matches("/x", "/x//") && !matches("/x", "/x/y") && !matches("/", "/x"));
    }
}
