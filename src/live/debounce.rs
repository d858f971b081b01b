//! Changed files → batches of URL paths.
//!
//! A save touches a file several times and a build touches many; pages reload once the disk is quiet, or after a while
//! when it does not become quiet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Hub;
use crate::config::FILE_NAME;
use crate::watch::until_quiet;

/// How long the disk must be quiet.
const QUIET: Duration = Duration::from_millis(50);
/// How long a batch grows at most: a build that writes for seconds shows what it has.
const LONGEST: Duration = Duration::from_millis(300);

/// Which files are content.
#[derive(Debug)]
pub struct Scope {
    /// The content root.
    pub root: PathBuf,
    /// The folder of the functions, which may lie inside the root: their code changes no page.
    pub api: Option<PathBuf>,
}

/// Tells the hub of the files whose paths are sent, and `also` that there were some, until the sender is gone. Must be called
/// on a tokio runtime with a `LocalSet` (actix's).
pub fn start(hub: Hub, scope: Scope, also: impl Fn() + 'static) -> UnboundedSender<PathBuf> {
    let (sender, paths) = unbounded_channel();
    tokio::task::spawn_local(follow(hub, scope, also, paths));
    sender
}

async fn follow(hub: Hub, scope: Scope, also: impl Fn(), mut paths: UnboundedReceiver<PathBuf>) {
    while let Some(path) = paths.recv().await {
        let Some(first) = scope.url_path(&path) else {
            continue;
        };
        let mut batch = BTreeSet::from([first]);
        let last = until_quiet(&mut paths, QUIET, Some(LONGEST), |path| {
            let path = scope.url_path(&path);
            let is_content = path.is_some();
            batch.extend(path);
            is_content
        })
        .await;
        // A map says nothing that a page shows; it comes beside the sheet that it is of.
        if batch.len() > 1 {
            batch.retain(|path| !path.ends_with(".css.map"));
        }
        let paths: Vec<String> = batch.into_iter().collect();
        log::debug!("content changed: {paths:?}");
        hub.content_changed(&paths, last);
        also();
    }
}

impl Scope {
    /// The decoded URL path of a content file; `None` for what is no content, or no change that a page could show.
    fn url_path(&self, path: &Path) -> Option<String> {
        if self.root.starts_with(path) {
            return Some("/".to_owned());
        }
        let relative = path.strip_prefix(&self.root).ok()?;
        let is_api = self.api.as_ref().is_some_and(|api| {
            api.starts_with(&self.root) && *api != self.root && path.starts_with(api)
        });
        let name = relative.file_name()?.to_string_lossy();
        if is_api || name == FILE_NAME || is_temporary(&name) {
            return None;
        }
        let mut url = String::new();
        for part in relative {
            url.push('/');
            url.push_str(&part.to_string_lossy());
        }
        // What is served may be the compressed form beside the file.
        for suffix in [".br", ".gz"] {
            if let Some(plain) = url.strip_suffix(suffix) {
                url.truncate(plain.len());
            }
        }
        Some(url)
    }
}

/// Files that editors and systems put beside the one that is edited.
fn is_temporary(name: &str) -> bool {
    const ENDS: &[&str] = &[
        ".log",
        "~",
        ".swp",
        ".swo",
        ".swx",
        ".swpx",
        ".tmp",
        ".temp",
        ".crswap",
        ".crdownload",
        ".part",
        "___jb_tmp___",
        "___jb_old___",
    ];
    const STARTS: &[&str] = &[".#", "#", ".goutputstream-", ".~lock", "~$", "sed", ".sb-"];
    const NAMES: &[&str] = &["4913", ".DS_Store", "Thumbs.db", "desktop.ini"];
    let starts = |start: &&str| match *start {
        // `sed -i` writes `sedXXXXXX`, without an extension.
        "sed" => name.len() == 9 && name.starts_with("sed") && !name.contains('.'),
        "#" => name.starts_with('#') && name.ends_with('#'),
        start => name.starts_with(start),
    };
    NAMES.contains(&name) || ENDS.iter().any(|end| name.ends_with(end)) || STARTS.iter().any(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope {
            root: PathBuf::from("/app/dist"),
            api: Some(PathBuf::from("/app/dist/api")),
        }
    }

    #[test]
    fn what_is_content() {
        for (path, expected) in [
            ("/app/dist/index.html", Some("/index.html")),
            ("/app/dist/a b/ü.css", Some("/a b/ü.css")),
            ("/app/dist/app.js.br", Some("/app.js")),
            ("/app/dist", Some("/")),
            ("/app", Some("/")),
            ("/app/src/main.ts", None),
            ("/app/dist/api/index.js", None),
            ("/app/dist/staticwebapp.config.json", None),
            ("/app/dist/sub/staticwebapp.config.json", None),
            ("/app/dist/.index.html.swp", None),
            ("/app/dist/index.html~", None),
            ("/app/dist/4913", None),
            ("/app/dist/.#index.html", None),
            ("/app/dist/#index.html#", None),
            ("/app/dist/sedaB3xYz", None),
            ("/app/dist/sedation.css", Some("/sedation.css")),
            ("/app/dist/.well-known/x", Some("/.well-known/x")),
        ] {
            assert_eq!(
                scope().url_path(Path::new(path)).as_deref(),
                expected,
                "{path}"
            );
        }
        let same = Scope {
            api: Some(PathBuf::from("/app/dist")),
            ..scope()
        };
        assert!(same.url_path(Path::new("/app/dist/x.html")).is_some());
    }

    #[test]
    fn a_burst_is_one_batch() {
        actix_web::rt::System::new().block_on(async {
            let hub = Hub::default();
            let mut listener = hub.subscribe(crate::live::hub::Sees::Everything).unwrap();
            let sender = start(hub, scope(), || {});
            for name in ["b.css", "b.css.map", "a.css", "b.css", "a.css~"] {
                sender.send(Path::new("/app/dist").join(name)).unwrap();
            }
            drop(sender);
            let told = format!("{:?}", listener.frames.recv().await.unwrap());
            assert!(
                told.contains("event: css") && told.contains("/a.css") && told.contains("/b.css"),
                "{told}"
            );
            assert!(!told.contains("map") && !told.contains('~'), "{told}");
            assert!(listener.frames.recv().await.is_err(), "one batch only");
        });
    }
}
