//! Which emulators of this user run, and how to reach them: `running/ID.json` in the state folder, one for each.
//!
//! Beside each file lies `ID.lock`, which its emulator holds until its process ends, in whatever way. A file whose lock is
//! free is of an emulator that was killed: whoever looks removes it. A process number alone would prove nothing, since the
//! system gives it to somebody else after a while.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::atomic_file::write_fleeting;
use super::folder::names;
use super::lock::OthersLock;
use super::{FileLock, JsonStore, StoreError, Stored, state_dir};

const FOLDER: &str = "running";
/// A lock without a file of its emulator is one that is in making, or was left when that was killed: by then it is old.
const MAKING: Duration = Duration::from_secs(60);

/// What an emulator says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Locator {
    /// The form of the file.
    pub version: u32,
    /// Its process.
    pub pid: u32,
    /// The version of Cygnet.
    pub cygnet: String,
    /// How it was started.
    pub verb: Verb,
    /// Where it answers, such as `http://localhost:4280`.
    pub url: String,
    /// The port of that.
    pub port: u16,
    /// The base folder of the project, without symbolic links.
    pub project: PathBuf,
    /// What it serves: a folder, the URL of a dev server, or the deployments.
    pub app: String,
    /// Seconds since 1970.
    pub started_at: u64,
    /// Whoever knows it may ask how the emulator is and end it. The file is for its owner alone.
    pub secret: String,
}

/// How an emulator was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// `cygnet start`
    Start,
    /// `cygnet serve`
    Serve,
    /// `cygnet exec`
    Exec,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Serve => "serve",
            Self::Exec => "exec",
        })
    }
}

impl Stored for Locator {
    const VERSION: u32 = 1;
}

impl Locator {
    /// Of this process, with a new secret.
    pub fn of_process(verb: Verb, (url, port): (&str, u16), project: &Path, app: String) -> Self {
        Self {
            version: Self::VERSION,
            pid: std::process::id(),
            cygnet: env!("CARGO_PKG_VERSION").to_owned(),
            verb,
            url: url.to_owned(),
            port,
            project: real(project),
            app,
            started_at: super::now(),
            secret: [random(), random()].concat(),
        }
    }
}

/// The folder of all of them.
#[derive(Debug, Clone)]
pub struct Running {
    base: PathBuf,
}

/// Files that are removed when this is dropped. The lock is held until the process ends, so that whoever waits for the end
/// waits for that.
#[derive(Debug)]
pub struct Announced {
    running: Running,
    id: String,
    lock: Option<FileLock>,
}

/// An emulator that runs, or did a moment ago.
#[derive(Debug)]
pub struct Found {
    /// What it says of itself.
    pub locator: Locator,
    lock: OthersLock,
}

impl Running {
    /// The user's.
    ///
    /// # Errors
    /// No variable says where.
    pub fn of_user() -> Result<Self, StoreError> {
        let base = state_dir::state_dir().ok_or(StoreError::NoStateDir)?;
        Ok(Self { base })
    }

    /// Tells that an emulator answers from now on.
    ///
    /// # Errors
    /// The disk.
    pub fn announce(&self, locator: &Locator) -> Result<Announced, StoreError> {
        let id = random();
        let lock = FileLock::try_acquire(&self.base, &self.lock_of(&id))?;
        let path = self.file_of(&id);
        // Strings and numbers always serialize.
        let text = serde_json::to_vec_pretty(locator).unwrap_or_default();
        write_fleeting(&path, &text).map_err(StoreError::io("writing", &path))?;
        Ok(Announced {
            running: self.clone(),
            id,
            lock,
        })
    }

    /// All that run, the oldest first. What a killed one left behind is removed.
    ///
    /// # Errors
    /// The disk.
    pub fn all(&self) -> Result<Vec<Found>, StoreError> {
        let mut found = Vec::new();
        for name in names(&self.folder())? {
            let Some(id) = name.strip_suffix(".lock") else {
                continue;
            };
            let (file, lock) = (self.file_of(id), self.lock_of(id));
            if !file.exists() && is_young(&lock) {
                continue;
            }
            let Some(lock) = OthersLock::find(&self.base, &lock)? else {
                remove(&file)?;
                remove(&lock)?;
                continue;
            };
            // Else it is of another version, or its emulator ends just now.
            if let Ok(Some(locator)) = JsonStore::new(&self.base, file).read() {
                found.push(Found { locator, lock });
            }
        }
        found.sort_by_key(|found| (found.locator.started_at, found.locator.pid));
        Ok(found)
    }

    /// Those of a project.
    ///
    /// # Errors
    /// As for [`Running::all`].
    pub fn of_project(&self, project: &Path) -> Result<Vec<Found>, StoreError> {
        let project = real(project);
        let mut all = self.all()?;
        all.retain(|found| found.locator.project == project);
        Ok(all)
    }

    fn folder(&self) -> PathBuf {
        self.base.join(FOLDER)
    }

    fn file_of(&self, id: &str) -> PathBuf {
        self.folder().join(format!("{id}.json"))
    }

    fn lock_of(&self, id: &str) -> PathBuf {
        self.folder().join(format!("{id}.lock"))
    }
}

impl Found {
    /// Waits until its process has ended.
    ///
    /// # Errors
    /// What the system says.
    pub fn ended(self) -> io::Result<()> {
        self.lock.released()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // What is left is removed by the next one who looks.
        let _ = remove(&self.running.file_of(&self.id));
        let _ = remove(&self.running.lock_of(&self.id));
        std::mem::forget(self.lock.take());
    }
}

/// Whether a file was written a moment ago.
fn is_young(path: &Path) -> bool {
    let modified = path.metadata().and_then(|found| found.modified());
    modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age < MAKING))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("removing", path)(error))
        }
        _ => Ok(()),
    }
}

/// The same folder has the same name, however it was reached.
fn real(project: &Path) -> PathBuf {
    dunce::canonicalize(project).unwrap_or_else(|_| project.to_path_buf())
}

/// 32 hexadecimal digits that nobody can guess.
fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> (tempfile::TempDir, Running) {
        let base = tempfile::tempdir().unwrap();
        let running = Running {
            base: base.path().join("state"),
        };
        (base, running)
    }

    fn locator(project: &Path, port: u16) -> Locator {
        let url = format!("http://localhost:{port}");
        Locator::of_process(Verb::Start, (&url, port), project, "dist".to_owned())
    }

    fn ports(found: &[Found]) -> Vec<u16> {
        found.iter().map(|found| found.locator.port).collect()
    }

    #[test]
    fn each_is_found_by_its_project_until_it_ends() {
        let (base, running) = running();
        assert!(running.all().unwrap().is_empty());
        assert!(!running.folder().exists(), "looking makes nothing");
        let [shop, other] = ["shop", "other"].map(|name| base.path().join(name));
        for folder in [&shop, &other] {
            fs::create_dir(folder).unwrap();
        }
        let one = running.announce(&locator(&shop, 1)).unwrap();
        let two = running.announce(&locator(&shop, 2)).unwrap();
        let _three = running.announce(&locator(&other, 3)).unwrap();
        assert_eq!(running.all().unwrap().len(), 3);
        let mut found = ports(&running.of_project(&shop).unwrap());
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
        drop(one);
        assert_eq!(ports(&running.of_project(&shop.join(".")).unwrap()), [2]);
        drop(two);
        assert_eq!(ports(&running.all().unwrap()), [3]);
    }

    #[test]
    fn what_a_killed_one_left_is_removed() {
        let (base, running) = running();
        let mut killed = running.announce(&locator(base.path(), 1)).unwrap();
        let (file, lock) = (running.file_of(&killed.id), running.lock_of(&killed.id));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // As the kernel does it.
        drop(killed.lock.take());
        std::mem::forget(killed);
        assert!(file.exists());
        assert!(running.all().unwrap().is_empty());
        assert!(!file.exists() && !lock.exists());
    }

    #[test]
    fn a_file_of_a_later_form_is_left_alone_while_its_emulator_runs() {
        let (base, running) = running();
        let locator = Locator {
            version: 99,
            ..locator(base.path(), 1)
        };
        let announced = running.announce(&locator).unwrap();
        assert!(running.all().unwrap().is_empty());
        assert!(running.file_of(&announced.id).exists());
    }
}
