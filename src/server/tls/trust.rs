//! Where browsers and the system look for the authorities that they trust, and the commands that add ours and take it away.
//! Nothing of it happens unasked.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::authority::NAME;

/// A place where programs look for authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustStore {
    /// Whose it is and where it lies.
    pub name: String,
    /// Whether only an administrator may change it.
    needs_root: bool,
    trust: Vec<Step>,
    untrust: Vec<Step>,
    /// A command that succeeds where the authority is in there.
    query: Vec<String>,
    /// How to get the program of these commands, where it may be missing.
    install: Option<&'static str>,
}

/// A command, and whether its failure matters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    words: Vec<String>,
    must_succeed: bool,
}

/// What became of a change.
#[derive(Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// The user must do it, by these commands.
    ByHand(Vec<String>),
    /// A command failed, and says why.
    Failed(String),
    /// A program is missing; how to get it.
    Missing(&'static str),
}

/// What the stores depend on.
#[derive(Debug, Clone)]
pub struct TrustContext {
    /// Such as `linux`, as [`std::env::consts::OS`] has it.
    pub system: &'static str,
    /// The user's own folder.
    pub home: PathBuf,
    /// Whether this process may change what is the system's.
    pub is_root: bool,
}

fn step(must_succeed: bool, words: &[&str]) -> Step {
    Step {
        words: words.iter().map(|&word| word.to_owned()).collect(),
        must_succeed,
    }
}

impl TrustContext {
    /// That of this process; `None` without a home folder.
    pub fn of_process() -> Option<Self> {
        Some(Self {
            system: std::env::consts::OS,
            home: std::env::home_dir().filter(|home| !home.as_os_str().is_empty())?,
            is_root: is_root(),
        })
    }

    /// The stores of this machine for the authority in that file.
    pub fn stores(&self, authority: &Path) -> Vec<TrustStore> {
        let file = authority.display().to_string();
        match self.system {
            "windows" => vec![windows(&file)],
            "macos" => vec![macos(&self.home, &file)],
            _ => {
                let mut stores = vec![nss(
                    "Chromium, Chrome and Edge",
                    &self.home.join(".pki/nssdb"),
                    &file,
                )];
                let profiles = self.firefox_profiles().into_iter();
                stores.extend(profiles.map(|profile| nss("Firefox", &profile, &file)));
                stores.extend(linux(&file));
                stores
            }
        }
    }

    fn firefox_profiles(&self) -> Vec<PathBuf> {
        let roots = [".mozilla/firefox", "snap/firefox/common/.mozilla/firefox"];
        let folders = roots.map(|root| std::fs::read_dir(self.home.join(root)));
        let entries = folders.into_iter().flatten().flatten().flatten();
        let mut profiles: Vec<_> = entries
            .map(|entry| entry.path())
            .filter(|path| path.join("cert9.db").is_file())
            .collect();
        profiles.sort();
        profiles
    }
}

/// A database of Mozilla's library, which Chromium has too. It is made when it is not there yet.
fn nss(whose: &str, folder: &Path, file: &str) -> TrustStore {
    let database = format!("sql:{}", folder.display());
    let remove = ["certutil", "-D", "-d", &database, "-n", NAME];
    let mut trust = Vec::new();
    if !folder.join("cert9.db").exists() {
        let folder = folder.display().to_string();
        trust.push(step(true, &["mkdir", "-p", &folder]));
        trust.push(step(
            true,
            &["certutil", "-N", "-d", &database, "--empty-password"],
        ));
    }
    // A former authority of the same name.
    trust.push(step(false, &remove));
    trust.push(step(
        true,
        &[
            "certutil", "-A", "-d", &database, "-n", NAME, "-t", "C,,", "-i", file,
        ],
    ));
    TrustStore {
        name: format!("{whose} ({})", folder.display()),
        needs_root: false,
        trust,
        untrust: vec![step(true, &remove)],
        query: step(true, &["certutil", "-L", "-d", &database, "-n", NAME]).words,
        install: Some(
            "install certutil: `apt install libnss3-tools`, `dnf install nss-tools` or `pacman -S nss`",
        ),
    }
}

/// The store of the system, which curl and most languages read.
fn linux(file: &str) -> Option<TrustStore> {
    const KNOWN: [(&str, &str, &[&str]); 3] = [
        (
            "/usr/local/share/ca-certificates",
            "crt",
            &["update-ca-certificates", "--fresh"],
        ),
        (
            "/etc/pki/ca-trust/source/anchors",
            "pem",
            &["update-ca-trust"],
        ),
        (
            "/etc/ca-certificates/trust-source/anchors",
            "pem",
            &["trust", "extract-compat"],
        ),
    ];
    let (folder, extension, update) = KNOWN
        .into_iter()
        .find(|(folder, ..)| Path::new(folder).is_dir())?;
    let own = format!("{folder}/cygnet.{extension}");
    Some(TrustStore {
        name: format!("this system ({folder})"),
        needs_root: true,
        trust: vec![step(true, &["cp", file, &own]), step(true, update)],
        untrust: vec![step(true, &["rm", "-f", &own]), step(true, update)],
        query: step(true, &["cmp", "-s", file, &own]).words,
        install: None,
    })
}

fn macos(home: &Path, file: &str) -> TrustStore {
    let keychain = home.join("Library/Keychains/login.keychain-db");
    let keychain = keychain.display().to_string();
    TrustStore {
        name: format!("the login keychain ({keychain})"),
        needs_root: false,
        trust: vec![step(
            true,
            &[
                "security",
                "add-trusted-cert",
                "-r",
                "trustRoot",
                "-k",
                &keychain,
                file,
            ],
        )],
        untrust: vec![step(
            true,
            &[
                "security",
                "delete-certificate",
                "-t",
                "-c",
                NAME,
                &keychain,
            ],
        )],
        query: step(
            true,
            &["security", "find-certificate", "-c", NAME, &keychain],
        )
        .words,
        install: None,
    }
}

fn windows(file: &str) -> TrustStore {
    TrustStore {
        name: "Windows, for this user".to_owned(),
        needs_root: false,
        trust: vec![step(
            true,
            &["certutil", "-user", "-f", "-addstore", "Root", file],
        )],
        untrust: vec![step(
            true,
            &["certutil", "-user", "-delstore", "Root", NAME],
        )],
        query: step(true, &["certutil", "-user", "-verifystore", "Root", NAME]).words,
        install: None,
    }
}

impl TrustStore {
    /// Adds the authority.
    pub fn trust(&self, context: &TrustContext) -> Changed {
        self.change(&self.trust, context)
    }

    /// Takes it away.
    pub fn untrust(&self, context: &TrustContext) -> Changed {
        self.change(&self.untrust, context)
    }

    /// The command that succeeds where it is in there.
    pub fn query(&self) -> &[String] {
        &self.query
    }

    /// Whether it is in there; `None` where that cannot be asked.
    pub fn has_it(&self) -> Option<bool> {
        run(&self.query).ok().map(|outcome| outcome.is_ok())
    }

    fn change(&self, steps: &[Step], context: &TrustContext) -> Changed {
        if self.needs_root && !context.is_root {
            let commands = steps.iter().map(|step| {
                let words = step.words.iter().map(String::as_str);
                // A zero byte, which no path has.
                let quoted = shlex::try_join(words).unwrap_or_default();
                format!("sudo {quoted}")
            });
            return Changed::ByHand(commands.collect());
        }
        for step in steps {
            match run(&step.words) {
                Ok(Err(why)) if step.must_succeed => return Changed::Failed(why),
                Ok(_) => {}
                Err(error) => {
                    return match self.install {
                        Some(how) if error.kind() == io::ErrorKind::NotFound => {
                            Changed::Missing(how)
                        }
                        _ => Changed::Failed(format!("`{}`: {error}", step.words[0])),
                    };
                }
            }
        }
        Changed::Done
    }
}

/// Runs a command; the inner error is what a failed one said.
fn run(words: &[String]) -> io::Result<Result<(), String>> {
    let output = Command::new(&words[0]).args(&words[1..]).output()?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().find(|line| !line.trim().is_empty());
    Ok(Err(format!(
        "`{}` failed: {}",
        words[0],
        line.unwrap_or("it says nothing").trim()
    )))
}

fn is_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(system: &'static str, home: &Path) -> TrustContext {
        TrustContext {
            system,
            home: home.to_path_buf(),
            is_root: false,
        }
    }

    #[test]
    fn each_system_has_its_stores() {
        let home = tempfile::tempdir().unwrap();
        let profile = home.path().join(".mozilla/firefox/x.default");
        std::fs::create_dir_all(&profile).unwrap();
        std::fs::write(profile.join("cert9.db"), "").unwrap();
        let names = |system| -> Vec<String> {
            let stores = context(system, home.path()).stores(Path::new("/ca.pem"));
            stores.into_iter().map(|store| store.name).collect()
        };
        let linux = names("linux");
        assert!(linux[0].starts_with("Chromium"), "{linux:?}");
        assert!(linux[1].starts_with("Firefox"), "{linux:?}");
        assert_eq!(names("windows").len(), 1);
        assert!(names("macos")[0].contains("login.keychain-db"));
    }

    #[test]
    fn what_only_an_administrator_may_do_is_printed() {
        let store = TrustStore {
            name: String::new(),
            needs_root: true,
            trust: vec![step(true, &["cp", "/a folder/ca.pem", "/etc/x"])],
            untrust: Vec::new(),
            query: Vec::new(),
            install: None,
        };
        let changed = store.trust(&context("linux", Path::new("/nowhere")));
        let expected = "sudo cp '/a folder/ca.pem' /etc/x".to_owned();
        assert_eq!(changed, Changed::ByHand(vec![expected]));
    }

    #[test]
    fn a_missing_program_and_a_failing_one_are_told_apart() {
        let store = |words: &[&str]| TrustStore {
            name: String::new(),
            needs_root: false,
            trust: vec![step(true, words)],
            untrust: Vec::new(),
            query: Vec::new(),
            install: Some("get it"),
        };
        let context = context("linux", Path::new("/nowhere"));
        assert_eq!(
            store(&["no-such-program"]).trust(&context),
            Changed::Missing("get it")
        );
        let ending = |line: &str| {
            let shell = if cfg!(windows) {
                ["cmd", "/c", line]
            } else {
                ["sh", "-c", line]
            };
            store(&shell).trust(&context)
        };
        assert!(matches!(ending("exit 1"), Changed::Failed(_)));
        assert_eq!(ending("exit 0"), Changed::Done);
    }
}
