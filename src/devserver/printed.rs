//! What the command of `--run` prints: the URL of the dev server in it, and its last lines for the case that there is none.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::LazyLock;

use http::Uri;
use regex::Regex;
use tokio::sync::watch;

/// Lines that are kept.
const LAST: usize = 8;

/// An address of this machine. The scheme is always printed by what can be opened.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?<scheme>https?)://(?<host>localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(?<port>[0-9]{2,5}))?(?:[/\s,)\]]|$)").ok()
});
/// Lines that name an address of something else, or one that does not work out.
static OTHERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)proxy|graphi?ql|debugger|inspect|devtools|storybook|telemetry|waiting for|in use|already|error|failed|refused|econn").ok()
});

/// A collector of lines; copies share what they collect.
#[derive(Debug, Clone, Default)]
pub struct Printed(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    url: watch::Sender<Option<Uri>>,
    last: RefCell<VecDeque<String>>,
}

impl Printed {
    /// Takes a line, colours and all.
    pub fn add(&self, line: &str) {
        let line = anstream::adapter::strip_str(line).to_string();
        if self.0.url.borrow().is_none()
            && let Some(url) = url_in(&line)
        {
            self.0.url.send_replace(Some(url));
        }
        if line.trim().is_empty() {
            return;
        }
        let mut last = self.0.last.borrow_mut();
        if last.len() == LAST {
            last.pop_front();
        }
        last.push_back(line);
    }

    /// Waits for the URL of the dev server.
    pub async fn url(&self) -> Uri {
        let mut url = self.0.url.subscribe();
        loop {
            if let Some(url) = &*url.borrow_and_update() {
                return url.clone();
            }
            // The sender is ours, so it is never gone.
            let _ = url.changed().await;
        }
    }

    /// The last lines, with a line break between them.
    pub fn last_lines(&self) -> String {
        let last = self.0.last.borrow();
        let lines: Vec<&str> = last.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}

/// The address of a dev server in a line without colours: scheme, host and port.
fn url_in(line: &str) -> Option<Uri> {
    let found = ADDRESS.as_ref()?.captures(line)?;
    if OTHERS.as_ref()?.is_match(line) {
        return None;
    }
    let host = match &found["host"] {
        // What listens on every address is reached at this one.
        "0.0.0.0" | "[::]" => "localhost",
        host => host,
    };
    let scheme = found["scheme"].to_ascii_lowercase();
    let port = found.name("port");
    let port = port.map_or(String::new(), |port| format!(":{}", port.as_str()));
    format!("{scheme}://{host}{port}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(line: &str) -> Option<String> {
        let printed = Printed::default();
        printed.add(line);
        let url = printed.0.url.borrow().clone();
        url.map(|url| url.to_string().trim_end_matches('/').to_owned())
    }

    /// As the tools print it, most of them without a terminal.
    #[test]
    fn the_url_in_what_dev_servers_print() {
        for (tool, line, expected) in [
            (
                "Vite 7",
                "  \u{1b}[32m➜\u{1b}[39m  \u{1b}[1mLocal\u{1b}[22m:   \u{1b}[36mhttp://localhost:\u{1b}[1m5173\u{1b}[22m/\u{1b}[39m",
                "http://localhost:5173",
            ),
            (
                "Vite, strange base",
                "  ➜  Local:   http://127.0.0.1:3000/my-app/",
                "http://127.0.0.1:3000",
            ),
            (
                "Vite, https",
                "  ➜  Local:   https://localhost:5174/",
                "https://localhost:5174",
            ),
            (
                "Next 15",
                "   - Local:        http://localhost:3000",
                "http://localhost:3000",
            ),
            (
                "Next 12",
                "ready - started server on 0.0.0.0:3000, url: http://localhost:3000",
                "http://localhost:3000",
            ),
            (
                "Nuxt 3",
                "  ➜ Local:    http://localhost:3000/",
                "http://localhost:3000",
            ),
            (
                "Angular 20",
                "  ➜  Local:   http://localhost:4200/",
                "http://localhost:4200",
            ),
            (
                "Angular 15",
                "** Angular Live Development Server is listening on localhost:4200, open your browser on http://localhost:4200/ **",
                "http://localhost:4200",
            ),
            (
                "Astro 5",
                "\u{1b}[2m┃\u{1b}[22m Local    \u{1b}[36mhttp://localhost:4321/\u{1b}[39m",
                "http://localhost:4321",
            ),
            (
                "webpack-dev-server 5",
                "<i> \u{1b}[1m\u{1b}[32m[webpack-dev-server] Loopback: \u{1b}[36mhttp://localhost:8080/\u{1b}[39m, \u{1b}[36mhttp://[::1]:8080/\u{1b}[39m",
                "http://localhost:8080",
            ),
            (
                "Create React App",
                "  Local:            http://localhost:3000",
                "http://localhost:3000",
            ),
            (
                "Vue CLI",
                "  - Local:   http://localhost:8080/ ",
                "http://localhost:8080",
            ),
            (
                "Gatsby",
                "  http://localhost:8000/",
                "http://localhost:8000",
            ),
            (
                "Docusaurus",
                "[SUCCESS] Docusaurus website is running at: http://localhost:3000/docs/",
                "http://localhost:3000",
            ),
            (
                "Hugo",
                "Web Server is available at http://localhost:1313/ (bind address 127.0.0.1) ",
                "http://localhost:1313",
            ),
            (
                "Jekyll",
                "    Server address: http://127.0.0.1:4000/",
                "http://127.0.0.1:4000",
            ),
            (
                "Eleventy",
                "[11ty] Server at http://localhost:8080/",
                "http://localhost:8080",
            ),
            (
                "Ember",
                "Build successful (7210ms) – Serving on http://localhost:4200/",
                "http://localhost:4200",
            ),
            (
                "Blazor",
                "      Now listening on: http://localhost:5000",
                "http://localhost:5000",
            ),
            (
                "MkDocs",
                "INFO    -  [12:03:01] Serving on http://127.0.0.1:8000/",
                "http://127.0.0.1:8000",
            ),
            (
                "Zola",
                "Web server is available at http://127.0.0.1:1111 (bound to 127.0.0.1:1111)",
                "http://127.0.0.1:1111",
            ),
            (
                "Parcel",
                "Server running at http://localhost:1234",
                "http://localhost:1234",
            ),
            (
                "Hexo",
                "INFO  Hexo is running at http://localhost:4000/ . Press Ctrl+C to stop.",
                "http://localhost:4000",
            ),
            (
                "VuePress",
                "success [10:20:11] Build 2f0a finished in 40 ms! ( http://localhost:8080/ )",
                "http://localhost:8080",
            ),
            (
                "Flutter",
                "lib/main.dart is being served at http://localhost:8080",
                "http://localhost:8080",
            ),
            (
                "Elm",
                "Go to http://localhost:8000 to see your project dashboard.",
                "http://localhost:8000",
            ),
            (
                "Stencil",
                "[12:00.1]  http://localhost:3333/",
                "http://localhost:3333",
            ),
            (
                "Python",
                "Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...",
                "http://localhost:8000",
            ),
            (
                "IPv6",
                "listening on http://[::]:3000",
                "http://localhost:3000",
            ),
            (
                "sirv",
                "  - Local:      http://localhost:5000",
                "http://localhost:5000",
            ),
            ("port 80", "open http://localhost/", "http://localhost"),
        ] {
            assert_eq!(url(line).as_deref(), Some(expected), "{tool}");
        }
    }

    #[test]
    fn other_addresses_are_not_the_dev_servers() {
        for line in [
            "  ➜  Network: http://192.168.1.20:5173/",
            "Port 3000 is in use, trying http://localhost:3001 instead",
            "[HPM] Proxy created: /api  -> http://localhost:7071",
            "View GraphiQL: http://localhost:8000/___graphql",
            "Debugger listening on http://127.0.0.1:9229/x",
            "error: connect ECONNREFUSED http://127.0.0.1:7071",
            "see http://localhost.example.org:80/",
            "docs: https://vite.dev/config/",
            "listening on port 3000",
        ] {
            assert_eq!(url(line), None, "{line}");
        }
    }

    #[test]
    fn the_first_url_counts_and_the_last_lines_are_kept() {
        let printed = Printed::default();
        for number in 0..20 {
            printed.add(&format!("line {number} http://localhost:{}", 5000 + number));
            printed.add("");
        }
        let url = printed.0.url.borrow().clone().unwrap();
        assert_eq!(url.port_u16(), Some(5000));
        let lines = printed.last_lines();
        assert!(
            lines.starts_with("line 12 ") && lines.ends_with(":5019"),
            "{lines}"
        );
    }
}
