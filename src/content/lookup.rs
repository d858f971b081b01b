//! Which file a path names (RS-30…RS-36), and the canonical path under `trailingSlash` (TS-1…TS-13). Pure: the disk is
//! behind [`Probe`].

use std::borrow::Cow;

use crate::artefact::windows_name::is_reserved;
use crate::config::model::TrailingSlash;

/// Looks for regular files. Paths are relative to the content root, with `/` and without a leading slash.
pub trait Probe {
    /// What is known of a file.
    type Meta;
    /// The file of exactly that name, if there is one.
    fn file(&self, relative: &str) -> Option<Self::Meta>;
}

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub enum Lookup<'p, M> {
    /// A file.
    File {
        /// Its path relative to the root.
        relative: Cow<'p, str>,
        /// What the probe knows of it.
        meta: M,
    },
    /// A page whose canonical path is another one: 301 to there.
    Moved(String),
    /// Nothing.
    Missing,
}

/// The two forms a page can have in the artefact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    /// `x/index.html`
    Folder,
    /// `x.html`
    File,
}

const INDEX: &str = "index.html";

/// Resolves a decoded, normalised path. With `mode`, pages asked for by another than their canonical path are
/// [`Lookup::Moved`]; without, the file is given whatever the path's form.
pub fn resolve<'p, P: Probe>(
    probe: &P,
    path: &'p str,
    mode: Option<TrailingSlash>,
) -> Lookup<'p, P::Meta> {
    let Some(relative) = safe(path) else {
        return Lookup::Missing;
    };
    let found = |relative: Cow<'p, str>, meta| Lookup::File { relative, meta };
    let Some(stem) = relative
        .strip_suffix('/')
        .or(relative.is_empty().then_some(""))
    else {
        return without_slash(probe, relative, mode);
    };

    // `/x/`: the folder's page, else `x.html` (RS-31, TS-5).
    let index = if stem.is_empty() {
        Cow::Borrowed(INDEX)
    } else {
        Cow::Owned(format!("{stem}/{INDEX}"))
    };
    if let Some(meta) = probe.file(&index) {
        return match canonical(mode, Page::Folder, stem) {
            Some(to) if to != path => Lookup::Moved(to),
            _ => found(index, meta),
        };
    }
    if stem.is_empty() {
        return Lookup::Missing;
    }
    let page = format!("{stem}.html");
    match probe.file(&page) {
        Some(meta) => match canonical(mode, Page::File, stem) {
            Some(to) if to != path => Lookup::Moved(to),
            _ => found(Cow::Owned(page), meta),
        },
        None => Lookup::Missing,
    }
}

fn without_slash<'p, P: Probe>(
    probe: &P,
    relative: &'p str,
    mode: Option<TrailingSlash>,
) -> Lookup<'p, P::Meta> {
    let moved = |page, stem: &str| canonical(mode, page, stem).filter(|to| to[1..] != *relative);
    if let Some(meta) = probe.file(relative) {
        // Asked for by its file name (TS-3, TS-6).
        let to = if relative == INDEX {
            moved(Page::Folder, "")
        } else if let Some(folder) = relative.strip_suffix("/index.html") {
            moved(Page::Folder, folder)
        } else if let Some(stem) = relative
            .strip_suffix(".html")
            .filter(|stem| !stem.is_empty() && !stem.ends_with('/'))
        {
            moved(Page::File, stem)
        } else {
            None
        };
        // With the setting left out nothing asked for by its own name moves.
        return match to.filter(|_| mode != Some(TrailingSlash::Omitted)) {
            Some(to) => Lookup::Moved(to),
            None => Lookup::File {
                relative: Cow::Borrowed(relative),
                meta,
            },
        };
    }
    // TS-8: where both forms exist, `x.html` answers `/x`; undocumented, our guess.
    for (page, file) in [
        (Page::File, format!("{relative}.html")),
        (Page::Folder, format!("{relative}/{INDEX}")),
    ] {
        if let Some(meta) = probe.file(&file) {
            return match moved(page, relative) {
                Some(to) => Lookup::Moved(to),
                None => Lookup::File {
                    relative: Cow::Owned(file),
                    meta,
                },
            };
        }
    }
    Lookup::Missing
}

/// The canonical path of a page; `None` when any form is served as it is (TS-1…TS-6, TS-13).
fn canonical(mode: Option<TrailingSlash>, page: Page, stem: &str) -> Option<String> {
    let slash = match (mode?, page) {
        (TrailingSlash::Always, _) | (TrailingSlash::Auto, Page::Folder) => true,
        (TrailingSlash::Never, _) | (TrailingSlash::Auto | TrailingSlash::Omitted, Page::File) => {
            false
        }
        (TrailingSlash::Omitted, Page::Folder) => return None,
    };
    Some(match (stem.is_empty(), slash) {
        (true, _) => "/".to_string(),
        (false, true) => format!("/{stem}/"),
        (false, false) => format!("/{stem}"),
    })
}

/// The path without its leading slash, unless it holds something that could leave the folder or name nothing:
/// empty or dot segments, NUL, and what is no file's name on Windows, if we run there.
pub(super) fn safe(path: &str) -> Option<&str> {
    let relative = path.strip_prefix('/')?;
    let inner = relative.strip_suffix('/').unwrap_or(relative);
    let bad = |segment: &str| {
        matches!(segment, "" | "." | "..")
            || segment.contains('\0')
            || (cfg!(windows) && is_reserved(segment))
    };
    if relative.is_empty() {
        return Some(relative);
    }
    (!inner.split('/').any(bad)).then_some(relative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::collections::HashSet;

    struct Files(HashSet<&'static str>);
    impl Probe for Files {
        type Meta = ();
        fn file(&self, relative: &str) -> Option<()> {
            self.0.contains(relative).then_some(())
        }
    }

    fn ask(files: &[&'static str], path: &str, mode: TrailingSlash) -> String {
        match resolve(&Files(files.iter().copied().collect()), path, Some(mode)) {
            Lookup::File { relative, .. } => relative.into_owned(),
            Lookup::Moved(to) => format!("301 {to}"),
            Lookup::Missing => "404".to_string(),
        }
    }

    #[test]
    fn ts_1_to_6_and_13_every_cell_of_the_table() {
        use TrailingSlash::{Always, Auto, Never, Omitted};
        let files = ["index.html", "about/index.html", "contact.html", "logo.png"];
        for (path, always, never, auto, omitted) in [
            (
                "/about",
                "301 /about/",
                "about/index.html",
                "301 /about/",
                "about/index.html",
            ),
            (
                "/about/",
                "about/index.html",
                "301 /about",
                "about/index.html",
                "about/index.html",
            ),
            (
                "/about/index.html",
                "301 /about/",
                "301 /about",
                "301 /about/",
                "about/index.html",
            ),
            (
                "/contact",
                "301 /contact/",
                "contact.html",
                "contact.html",
                "contact.html",
            ),
            (
                "/contact/",
                "contact.html",
                "301 /contact",
                "301 /contact",
                "301 /contact",
            ),
            (
                "/contact.html",
                "301 /contact/",
                "301 /contact",
                "301 /contact",
                "contact.html",
            ),
            ("/", "index.html", "index.html", "index.html", "index.html"),
            ("/index.html", "301 /", "301 /", "301 /", "index.html"),
            ("/logo.png", "logo.png", "logo.png", "logo.png", "logo.png"),
            ("/logo.png/", "404", "404", "404", "404"),
            ("//about", "404", "404", "404", "404"),
            ("/none", "404", "404", "404", "404"),
        ] {
            for (mode, expected) in [
                (Always, always),
                (Never, never),
                (Auto, auto),
                (Omitted, omitted),
            ] {
                assert_eq!(ask(&files, path, mode), expected, "{path} with {mode:?}");
            }
        }
    }

    #[test]
    fn ts_8_both_forms_serve_without_redirect_when_omitted() {
        let files = ["x.html", "x/index.html"];
        for (path, file) in [
            ("/x", "x.html"),
            ("/x/", "x/index.html"),
            ("/x.html", "x.html"),
            ("/x/index.html", "x/index.html"),
        ] {
            assert_eq!(ask(&files, path, TrailingSlash::Omitted), file, "{path}");
        }
    }

    proptest! {
        /// Lookup never asks the disk for a path that could leave the folder, and redirects never loop.
        #[test]
        fn never_leaves_the_folder_and_never_loops(raw in "/(\\.|/|a|b|%2e|%2f|\\\\|:|index\\.html|\\.html|\u{0}){0,8}", mode in 0..4usize) {
            use TrailingSlash::{Always, Auto, Never, Omitted};
            struct Watch(RefCell<Vec<String>>);
            impl Probe for Watch {
                type Meta = ();
                fn file(&self, relative: &str) -> Option<()> {
                    self.0.borrow_mut().push(relative.to_string());
                    relative.len().is_multiple_of(3).then_some(())
                }
            }
            let mode = [Always, Never, Auto, Omitted][mode];
            let watch = Watch(RefCell::default());
            let path = crate::routing::path::normalize(&raw).into_owned();
            if let Lookup::Moved(to) = resolve(&watch, &path, Some(mode)) {
                prop_assert!(to.starts_with('/') && !to.starts_with("//"), "{to}");
                prop_assert!(to != path, "{to} redirects to itself");
            }
            for asked in watch.0.borrow().iter() {
                prop_assert!(!asked.starts_with('/') && !asked.contains('\0'));
                prop_assert!(asked.split('/').all(|segment| !segment.is_empty() && segment != "." && segment != ".."), "{asked}");
            }
        }
    }
}
