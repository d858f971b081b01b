//! The page and what it is made of.

use crate::emulator::{Emulator, site};

#[test]
fn the_page_loads_nothing_but_its_own_files() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let page = emulator.get("/.cygnet/");
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    let loaded = regex::Regex::new(r#"(?:src|href)="(/[^"]+)""#).unwrap();
    let text = page.text();
    let mut files = 0;
    for found in loaded.captures_iter(&text) {
        let file = emulator.get(&found[1]);
        assert_eq!(file.status, 200, "{}", &found[1]);
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
        files += 1;
    }
    assert!(files >= 2, "{text}");
    assert_eq!(emulator.get("/.cygnet/inspector/none.js").status, 404);
}

#[test]
fn the_page_is_told_what_is_served() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let info = emulator.get("/.cygnet/api/info").json();
    assert_eq!(info["mode"], "start");
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        info["urls"][0],
        format!("http://localhost:{}", emulator.port)
    );
    let refused = emulator.get("/.cygnet/api/nothing");
    assert_eq!(refused.status, 404);
    assert!(refused.json()["error"]["message"].is_string());
}
