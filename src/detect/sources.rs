//! A page that a bundler must build first: browsers run no TypeScript and no JSX.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::project::text;

/// What no browser runs.
const SOURCES: [&str; 6] = [".ts", ".tsx", ".jsx", ".vue", ".svelte", ".mts"];

static SCRIPT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)<script\b[^>]*>").ok());
static SRC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\bsrc\s*=\s*["']?(?<src>[^"'\s>]+)"#).ok());
/// What the tools of an app put a value in the place of.
const PLACEHOLDERS: [&str; 4] = [
    "%PUBLIC_URL%",
    "<%= BASE_URL %>",
    "<%= htmlWebpackPlugin",
    "%sveltekit.",
];

/// The script, or placeholder, of the folder's home page that only a bundler understands; `None` for a page that can be
/// served as it is, and where there is none.
pub fn of(folder: &Path) -> Option<String> {
    of_page(&text(&folder.join("index.html"))?)
}

fn of_page(html: &str) -> Option<String> {
    // Most pages name no source, and compiling the expressions takes longer than the whole check.
    let names_source = SOURCES.iter().any(|extension| html.contains(extension));
    let script = names_source.then(|| source_script(html)).flatten();
    script.or_else(|| {
        let placeholder = PLACEHOLDERS.into_iter().find(|text| html.contains(text));
        placeholder.map(str::to_owned)
    })
}

/// The first of the app's own scripts that is a source.
fn source_script(html: &str) -> Option<String> {
    SCRIPT.as_ref()?.find_iter(html).find_map(|tag| {
        let src = SRC.as_ref()?.captures(tag.as_str())?["src"].to_owned();
        let path = src.split(['?', '#']).next().unwrap_or(&src);
        let is_own = !src.contains("://") && !src.starts_with("//");
        let is_source = SOURCES.iter().any(|extension| path.ends_with(extension));
        (is_own && is_source).then_some(src)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_browser_runs_is_a_source() {
        for (html, expected) in [
            (
                r#"<script type="module" src="/src/main.tsx"></script>"#,
                Some("/src/main.tsx"),
            ),
            (
                "<SCRIPT SRC=src/app.jsx?x type=module>",
                Some("src/app.jsx?x"),
            ),
            (r#"<link href="%PUBLIC_URL%/a.ico">"#, Some("%PUBLIC_URL%")),
            (
                r#"<script type="module" src="/src/main.js"></script>"#,
                None,
            ),
            (r#"<script src="https://cdn.example/a.ts"></script>"#, None),
            (r#"<script>import "/src/main.ts"</script>"#, None),
            ("<p>src=/main.ts</p>", None),
        ] {
            assert_eq!(of_page(html).as_deref(), expected, "{html}");
        }
    }
}
