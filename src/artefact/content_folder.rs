//! The folder of an app's content: which of its files are content, and those opened.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::exclusion::Exclusion;

/// A file may be replaced while it is opened; so often in a row it is not by accident.
const OPEN_TRIES: usize = 3;

/// What is known of an app beside its content folder that says which files there are content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentRules {
    /// The folder of the API.
    pub api: Option<PathBuf>,
    /// The folder of the project: symbolic links may lead to anywhere in it, when the content lies there too.
    pub project: Option<PathBuf>,
    /// Whether they may lead anywhere (`--follow-links`).
    pub follows_links: bool,
}

/// The folder of an app's content.
#[derive(Debug)]
pub struct ContentFolder {
    root: PathBuf,
    /// Below the root, with `/`.
    api: Option<String>,
    project: Option<PathBuf>,
    follows_links: bool,
    /// Whether it was said that something is not content.
    told: AtomicBool,
}

/// How a path below the root leads to its file.
enum Way {
    /// Through real folders.
    Straight(Metadata),
    /// Through a symbolic link.
    Linked,
}

impl ContentFolder {
    /// The content below `root`.
    pub fn new(root: PathBuf, rules: &ContentRules) -> Self {
        let conventional = || Some(root.join("api")).filter(|api| api.join("host.json").is_file());
        let api = rules.api.clone().or_else(conventional);
        let api = api.and_then(|api| Some(joined(api.strip_prefix(&root).ok()?)));
        Self {
            api: api.filter(|api| !api.is_empty()),
            // What lies anywhere lies below the root of the disk, which is nobody's project.
            project: (rules.project.clone())
                .filter(|project| project.parent().is_some() && root.starts_with(project)),
            follows_links: rules.follows_links,
            told: AtomicBool::new(false),
            root,
        }
    }

    /// The content below `root`, of an app of which nothing else is known.
    pub fn of(root: PathBuf) -> Self {
        Self::new(root, &ContentRules::default())
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Why a file or folder of this name is not content, if so; `relative` is below the root, with `/`.
    pub fn exclusion(&self, relative: &str, is_folder: bool) -> Option<Exclusion> {
        let of_api = self.api.as_deref().filter(|api| {
            let start = relative.as_bytes().get(..api.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(api.as_bytes()))
                && matches!(relative.as_bytes().get(api.len()), None | Some(b'/'))
        });
        match of_api {
            Some(_) => Some(Exclusion::Api),
            None => Exclusion::by_name(relative, is_folder),
        }
    }

    /// Why what a path leads to through symbolic links is not content, if so. Looks at the disk.
    pub fn link_exclusion(&self, relative: &str) -> Option<Exclusion> {
        match self.way(relative) {
            Ok(Way::Straight(_)) | Err(_) => None,
            Ok(Way::Linked) => {
                let real = self.root.join(relative).canonicalize().ok()?;
                self.exclusion_of_real(&real)
            }
        }
    }

    /// Opens a file of the content. What is open is what was judged, whatever is exchanged meanwhile.
    ///
    /// # Errors
    /// The disk, or it is not content.
    pub fn open(&self, relative: &str) -> io::Result<File> {
        let path = self.root.join(relative);
        for _ in 0..OPEN_TRIES {
            let file = File::open(&path)?;
            let opened = file.metadata()?;
            let judged = match self.way(relative)? {
                Way::Straight(found) => found,
                Way::Linked => {
                    let real = path.canonicalize()?;
                    if let Some(exclusion) = self.exclusion_of_real(&real) {
                        return Err(io::Error::new(io::ErrorKind::NotFound, exclusion.why()));
                    }
                    real.symlink_metadata()?
                }
            };
            if is_same(&opened, &judged) {
                return Ok(file);
            }
        }
        Err(io::Error::other("it is exchanged all the time"))
    }

    /// Says, once a run, that a file is not served.
    pub fn tell(&self, relative: &str, exclusion: Exclusion) {
        if !self.told.swap(true, Ordering::Relaxed) {
            log::warn!(
                hint = exclusion.hint();
                "`/{}` is not served: {}",
                relative.escape_debug(),
                exclusion.why()
            );
        }
    }

    fn way(&self, relative: &str) -> io::Result<Way> {
        let mut path = self.root.clone();
        let mut last = None;
        for part in relative.split('/') {
            path.push(part);
            let found = path.symlink_metadata()?;
            if found.is_symlink() {
                return Ok(Way::Linked);
            }
            last = Some(found);
        }
        last.map(Way::Straight)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Judges the end of a link. Packages may be linked to: that is how those of a workspace become content.
    fn exclusion_of_real(&self, real: &Path) -> Option<Exclusion> {
        let mut bases = std::iter::once(&self.root).chain(&self.project);
        let inner = bases.find_map(|base| {
            let base = base.canonicalize().ok()?;
            Some(joined(real.strip_prefix(base).ok()?))
        });
        let inner = match inner {
            Some(inner) => inner,
            None if self.follows_links => joined(real),
            None => return Some(Exclusion::OutsideLink),
        };
        Exclusion::by_name(&inner, real.is_dir()).filter(|it| *it != Exclusion::Packages)
    }
}

/// The parts of a path with `/` between them.
pub(crate) fn joined(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        std::path::Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(windows)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::windows::fs::MetadataExt as _;
    let told = |of: &Metadata| (of.file_size(), of.creation_time(), of.last_write_time());
    told(one) == told(other)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_may_lead_within_the_project() {
        let home = tempfile::tempdir().unwrap();
        let project = home.path().join("project");
        let root = project.join("site");
        for (file, text) in [
            ("secret", "outside"),
            ("project/shared/a", "shared"),
            ("project/.env", "secret"),
            ("project/node_modules/x/a", "package"),
            ("project/site/a", "content"),
        ] {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for (name, to) in [
            ("own", "a"),
            ("chain", "own"),
            ("shared", "../shared"),
            ("package", "../node_modules/x"),
            ("env", "../.env"),
            ("out", "../.."),
            ("chain-out", "out/secret"),
            ("dangling", "none"),
            ("circle", "circle"),
        ] {
            symlink(to, root.join(name)).unwrap();
        }
        let rules = ContentRules {
            project: Some(project.clone()),
            ..ContentRules::default()
        };
        let folder = ContentFolder::new(root.clone(), &rules);
        let alone = ContentFolder::new(root.clone(), &ContentRules::default());
        let following = ContentFolder::new(
            root,
            &ContentRules {
                follows_links: true,
                ..rules
            },
        );
        let (outside, secret) = (Some(Exclusion::OutsideLink), Some(Exclusion::Secret));
        for (path, expected, of_alone, of_following) in [
            ("a", None, None, None),
            ("own", None, None, None),
            ("chain", None, None, None),
            ("shared/a", None, outside, None),
            ("package/a", None, outside, None),
            ("env", secret, outside, secret),
            ("out/secret", outside, outside, None),
            ("chain-out", outside, outside, None),
        ] {
            for (folder, expected) in [
                (&folder, expected),
                (&alone, of_alone),
                (&following, of_following),
            ] {
                assert_eq!(folder.link_exclusion(path), expected, "{path}");
                assert_eq!(folder.open(path).is_ok(), expected.is_none(), "{path}");
            }
        }
        for path in ["dangling", "circle", "none"] {
            assert!(folder.open(path).is_err(), "{path}");
        }
    }

    #[test]
    fn the_api_is_not_content_whether_it_is_configured_or_not() {
        let app = tempfile::tempdir().unwrap();
        let root = app.path().to_path_buf();
        let rules = ContentRules {
            api: Some(root.join("src/Functions")),
            ..ContentRules::default()
        };
        let folder = ContentFolder::new(root.clone(), &rules);
        let api = Some(Exclusion::Api);
        assert_eq!(folder.exclusion("src/functions/index.js", false), api);
        assert_eq!(folder.exclusion("src/functions", true), api);
        assert_eq!(folder.exclusion("src/functionsx/index.js", false), None);
        let plain = ContentRules::default();
        let of_api = |root: &Path| {
            let folder = ContentFolder::new(root.to_path_buf(), &plain);
            folder.exclusion("api/index.js", false)
        };
        assert_eq!(of_api(&root), None);
        fs::create_dir(root.join("api")).unwrap();
        fs::write(root.join("api/host.json"), "{}").unwrap();
        assert_eq!(of_api(&root), api);
    }
}
