//! What the system gives a watcher: how many folders it may watch, and disks that tell nothing.

use std::path::Path;
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, Watcher as _};

use super::{WatchRoots, is_ignored};

/// How long folders are counted; more than that many are many.
const COUNTING: Duration = Duration::from_millis(500);

/// The limits of inotify, for all programs of a user together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InotifyLimits {
    /// Folders that may be watched.
    pub watches: u64,
    /// Programs that may watch.
    pub instances: u64,
}

/// Those of this machine; `None` where there is no inotify.
pub fn inotify() -> Option<InotifyLimits> {
    let read = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}"));
        text.ok()?.trim().parse().ok()
    };
    Some(InotifyLimits {
        watches: read("max_user_watches")?,
        instances: read("max_user_instances")?,
    })
}

/// Whether a watcher can be had at all, as a start would have one.
///
/// # Errors
/// What the system says.
pub fn watcher() -> notify::Result<()> {
    RecommendedWatcher::new(|_| {}, notify::Config::default()).map(drop)
}

impl WatchRoots {
    /// How many folders are watched, and whether these are all: counting takes no longer than a moment.
    pub fn folders(&self) -> (usize, bool) {
        let end = Instant::now() + COUNTING;
        let mut count = 0;
        for _ in self.all().iter().flat_map(|root| tree(root)) {
            if Instant::now() > end {
                return (count, false);
            }
            count += 1;
        }
        (count, true)
    }
}

/// A folder and those below it, as far as they are watched.
pub(super) fn tree(root: &Path) -> impl Iterator<Item = walkdir::DirEntry> + use<> {
    let folders = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_entry(|entry| {
            entry.depth() == 0
                || (entry.file_type().is_dir() && !is_ignored(&entry.file_name().to_string_lossy()))
        });
    folders.flatten().filter(|entry| entry.file_type().is_dir())
}

/// What kind of disk a folder lies on, if the system tells of no changes there that others make.
#[cfg(target_os = "linux")]
pub fn silent_disk(folder: &Path) -> Option<&'static str> {
    // Numbers of the kernel (`statfs(2)`).
    const SILENT: [(u64, &str); 5] = [
        (0x0102_1997, "a drive of Windows or of a host (9p)"),
        (0x6969, "a network drive (NFS)"),
        (0x517b, "a network drive (SMB)"),
        (0xff53_4d42, "a network drive (CIFS)"),
        (0xfe53_4d42, "a network drive (SMB2)"),
    ];
    let found = rustix::fs::statfs(folder).ok()?;
    // Signed or not, narrow or wide, by the processor.
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_sign_loss,
        reason = "its type is another one on each processor"
    )]
    let number = found.f_type as u64 & 0xffff_ffff;
    let (_, name) = SILENT.into_iter().find(|(silent, _)| *silent == number)?;
    Some(name)
}

/// Elsewhere the kind of a disk is not asked.
#[cfg(not(target_os = "linux"))]
pub fn silent_disk(_: &Path) -> Option<&'static str> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_counted_as_they_are_watched() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["a/b", "node_modules/x", "c"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("file"), "").unwrap();
        let roots = WatchRoots {
            site: vec![root.path().to_path_buf()],
            configuration: "staticwebapp.config.json",
            api: None,
            api_builds: false,
            is_api_source: |_| false,
            api_extra: Default::default(),
        };
        assert_eq!(roots.folders(), (4, true));
    }
}
