//! Trees of folders, watched folder by folder.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use notify::event::{CreateKind, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

use super::limits::tree;
use super::poller::Poller;
use super::{Change, Mode, WatchRoots, is_change, is_ignored};

const POLL_INTERVAL: Duration = Duration::from_millis(400);
const HINT: &str = if cfg!(target_os = "linux") {
    "raise fs.inotify.max_user_watches, or use --poll"
} else {
    "try --poll"
};

/// Watches on a thread of its own until `emit` answers `false`. Setting up walks the trees, which takes its
/// time with many folders; nothing waits for it.
pub fn start(roots: WatchRoots, mode: Mode, emit: impl Fn(Change) -> bool + Send + 'static) {
    let spawned = std::thread::Builder::new()
        .name("watch".into())
        .spawn(move || {
            let (sender, events) = mpsc::channel();
            let made = watchers(mode, &sender);
            let (watcher, parents, refusal) = match made {
                Ok((watcher, parents)) => (Some(watcher), parents, None),
                Err(error) => (None, None, Some(error)),
            };
            let mut watch = Watch {
                watcher,
                parents,
                real: real_names(&roots),
                roots,
                emit: Box::new(emit),
                unwatched: Poller::default(),
                complained: false,
                is_native: mode == Mode::Native,
            };
            if let Some(error) = refusal {
                watch.complain(&error);
            }
            watch.run(&events);
        });
    if let Err(error) = spawned {
        log::warn!("changes on the disk are not noticed: {error}");
    }
}

type BoxWatcher = Box<dyn Watcher>;

/// The watcher of the roots and, where it must be another one, that of the folders above them. Polling compares
/// contents, because it sees times in whole seconds; above the roots lie the files of others, such as all of `/tmp`,
/// which nobody may have to read again and again.
fn watchers(
    mode: Mode,
    sender: &mpsc::Sender<notify::Result<Event>>,
) -> notify::Result<(BoxWatcher, Option<BoxWatcher>)> {
    match mode {
        Mode::Native => {
            let watcher = RecommendedWatcher::new(sender.clone(), Config::default())?;
            Ok((Box::new(watcher), None))
        }
        Mode::Poll => {
            let config = Config::default().with_poll_interval(POLL_INTERVAL);
            let parents = PollWatcher::new(sender.clone(), config)?;
            let watcher = PollWatcher::new(sender.clone(), config.with_compare_contents(true))?;
            Ok((Box::new(watcher), Some(Box::new(parents))))
        }
    }
}

/// The real name of each root that is named by way of a link, and the name that it was given. FSEvents tells of real files
/// only, whatever was asked for: `/private/tmp` for `/tmp`.
fn real_names(roots: &WatchRoots) -> Vec<(PathBuf, PathBuf)> {
    let named = roots.all().into_iter();
    named
        .filter_map(|root| Some((dunce::canonicalize(&root).ok()?, root)))
        .filter(|(real, root)| real != root)
        .collect()
}

/// A path of an event below the root as it was given.
fn as_given<'p>(real: &[(PathBuf, PathBuf)], roots: &WatchRoots, path: &'p Path) -> Cow<'p, Path> {
    if real.is_empty() || roots.all().iter().any(|root| path.starts_with(root)) {
        return Cow::Borrowed(path);
    }
    let given = real.iter().find_map(|(real, root)| {
        let below = path.strip_prefix(real).ok()?;
        Some(match below.as_os_str().is_empty() {
            true => root.clone(),
            false => root.join(below),
        })
    });
    given.map_or(Cow::Borrowed(path), Cow::Owned)
}

struct Watch {
    real: Vec<(PathBuf, PathBuf)>,
    /// `None` when the system gives none.
    watcher: Option<BoxWatcher>,
    parents: Option<BoxWatcher>,
    roots: WatchRoots,
    emit: Box<dyn Fn(Change) -> bool>,
    /// The folders that the system does not watch.
    unwatched: Poller,
    complained: bool,
    is_native: bool,
}

fn watch(watcher: &mut BoxWatcher, folder: &Path) -> notify::Result<()> {
    // A folder that was removed and made again keeps a dead watch under its name.
    let _ = watcher.unwatch(folder);
    watcher.watch(folder, RecursiveMode::NonRecursive)
}

impl Watch {
    fn run(mut self, events: &mpsc::Receiver<notify::Result<Event>>) {
        for root in self.roots.all() {
            self.add_root(&root);
        }
        // Whatever changed between the first load and this moment was not seen.
        // Windows drops what comes too fast, and `notify` does not say so.
        let is_watched = self.is_native && !self.complained && !cfg!(windows);
        let mut alive = self.emit(Change::Watched(is_watched)) && self.emit(Change::Configuration);
        while alive {
            let told = match self.unwatched.wait() {
                Some(wait) => events.recv_timeout(wait),
                None => events.recv().map_err(RecvTimeoutError::from),
            };
            alive = match told {
                Ok(Ok(event)) => self.handle(&event),
                Ok(Err(error)) => {
                    log::debug!("watch: {error}");
                    self.emit(Change::Watched(false))
                }
                Err(RecvTimeoutError::Timeout) => {
                    let found = self.unwatched.look();
                    found.iter().all(|event| self.handle(event))
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
        }
    }

    /// A root and the folder above it, which tells when the root itself comes back.
    fn add_root(&mut self, root: &Path) {
        if let Some(parent) = root.parent().filter(|parent| parent.is_dir()) {
            let parents = self.parents.as_mut().or(self.watcher.as_mut());
            let watched = parents.map(|parents| watch(parents, parent));
            self.note(parent, root.file_name(), watched);
        }
        self.add_tree(root);
    }

    fn add_tree(&mut self, root: &Path) {
        for folder in tree(root) {
            self.add(folder.path());
        }
    }

    fn add(&mut self, folder: &Path) {
        let watched = self.watcher.as_mut().map(|watcher| watch(watcher, folder));
        self.note(folder, None, watched);
    }

    /// What is not watched is looked at.
    fn note(&mut self, folder: &Path, only: Option<&OsStr>, watched: Option<notify::Result<()>>) {
        if let Some(Ok(())) = watched {
            return self.unwatched.forget(folder);
        }
        if folder.is_dir() {
            self.unwatched.add(folder, only);
            if let Some(Err(error)) = watched {
                self.complain(&error);
            }
        }
    }

    /// Said once, however many folders there are.
    fn complain(&mut self, error: &notify::Error) {
        if !std::mem::replace(&mut self.complained, true) {
            log::warn!(hint = HINT;
                "the system watches no more folders ({error}): what changes in the others is seen a moment later");
            self.emit(Change::Watched(false));
        }
    }

    /// `false` when nobody listens any more.
    fn handle(&mut self, event: &Event) -> bool {
        if event.need_rescan() {
            // Some folders may have come unseen.
            for root in self.roots.all() {
                self.add_root(&root);
            }
            let site = self.roots.site.iter().cloned().map(Change::Content);
            let api = self.roots.api.iter().cloned().map(Change::Api);
            return [Change::Configuration]
                .into_iter()
                .chain(api)
                .chain(site)
                .all(|change| self.emit(change));
        }
        if !is_change(event.kind) {
            return true;
        }
        let mut alive = true;
        for path in &event.paths {
            let path = &*as_given(&self.real, &self.roots, path);
            // A folder whose date alone changed has its watch: to watch it anew would lose what changes meanwhile.
            let is_new_folder = match event.kind {
                EventKind::Access(_)
                | EventKind::Remove(_)
                | EventKind::Create(CreateKind::File)
                | EventKind::Modify(ModifyKind::Metadata(_) | ModifyKind::Data(_)) => false,
                _ => path.is_dir(),
            };
            if is_new_folder && self.is_inside(path) {
                self.add_tree(path);
                // Files that came with the folder were there before its watch.
                for change in [Change::Configuration, Change::Content(path.to_path_buf())] {
                    alive &= self.emit(change);
                }
                if self
                    .roots
                    .api
                    .as_ref()
                    .and_then(|api| path.strip_prefix(api).ok())
                    .is_some_and(|relative| !self.is_build_output(relative))
                {
                    alive &= self.emit(Change::Api(path.to_path_buf()));
                }
                continue;
            }
            for change in self.classify(path, event.kind) {
                alive &= self.emit(change);
            }
        }
        alive
    }

    fn is_inside(&self, path: &Path) -> bool {
        let inside = |root: &PathBuf| {
            path.strip_prefix(root)
                .is_ok_and(|relative| !path_is_ignored(relative))
        };
        self.roots.all().iter().any(inside)
    }

    fn classify(&self, path: &Path, kind: EventKind) -> Vec<Change> {
        let mut found = Vec::new();
        let is_removal = matches!(
            kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        );
        let in_site = self.roots.site.iter().any(|root| {
            let below = path
                .strip_prefix(root)
                .is_ok_and(|relative| !path_is_ignored(relative));
            below || (is_removal && root.starts_with(path))
        });
        if in_site {
            // A folder that goes may take the configuration with it.
            if path
                .file_name()
                .is_some_and(|name| name == self.roots.configuration)
                || (is_removal && path.extension().is_none())
            {
                found.push(Change::Configuration);
            }
            found.push(Change::Content(path.to_path_buf()));
        }
        let api = self
            .roots
            .api
            .as_ref()
            .and_then(|api| path.strip_prefix(api).ok());
        if api.is_some_and(|relative| {
            !path_is_ignored(relative)
                && ((self.roots.is_api_source)(relative) || self.is_extra(relative))
                && !self.is_build_output(relative)
        }) {
            found.push(Change::Api(path.to_path_buf()));
        }
        found
    }

    fn is_extra(&self, relative: &Path) -> bool {
        let (names, folders) = &self.roots.api_extra;
        let name = relative.file_name().unwrap_or_default();
        names.iter().any(|each| name == each.as_str())
            || folders.iter().any(|folder| relative.starts_with(folder))
    }

    /// What `dotnet build` writes beside a project: to start upon it would build again, for ever.
    fn is_build_output(&self, relative: &Path) -> bool {
        let first = relative.components().next();
        let first = first.map(|part| part.as_os_str());
        let built = first.is_some_and(|name| name == "bin" || name == "obj");
        self.roots.api_builds && built
    }

    fn emit(&self, change: Change) -> bool {
        (self.emit)(change)
    }
}

fn path_is_ignored(relative: &Path) -> bool {
    relative
        .components()
        .any(|part| is_ignored(&part.as_os_str().to_string_lossy()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_real_files_is_about_the_roots_as_they_were_given() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().canonicalize().unwrap();
        let (real, given) = (home.join("private"), home.join("given"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &given).unwrap();
        let roots = WatchRoots {
            site: vec![given.clone()],
            configuration: "staticwebapp.config.json",
            api: None,
            api_builds: false,
            is_api_source: |_| false,
            api_extra: Default::default(),
        };
        let names = real_names(&roots);
        for (told, expected) in [
            (real.join("a/b"), given.join("a/b")),
            (real.clone(), given.clone()),
            (given.join("a"), given.join("a")),
            (home.join("other"), home.join("other")),
        ] {
            assert_eq!(&*as_given(&names, &roots, &told), expected);
        }
    }
}
