//! Finding Node.js.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::trouble::Trouble;

/// The oldest version that the worker program and `@azure/functions` v4 run on.
const OLDEST: u32 = 18;
/// From here on Azure's worker does not start an app whose entry point fails.
const STRICT_ENTRY: u32 = 20;

/// A usable Node.js.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) program: PathBuf,
    major: u32,
}

impl Node {
    /// Asks a program, usually the `node` of the PATH, for its version.
    ///
    /// # Errors
    /// There is none, or it is too old.
    pub(crate) async fn find(program: &Path) -> Result<Self, Trouble> {
        let hint = "install Node.js 20 or newer from https://nodejs.org and start again; \
                    static files and sign-in work without it";
        let output = Command::new(program)
            .arg("--version")
            .kill_on_drop(true)
            .output()
            .await;
        let output = output.map_err(|error| {
            Trouble::new(
                format!(
                    "Node.js is needed for the Functions app, but `{}` cannot be started: {error}",
                    program.display()
                ),
                hint,
            )
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        match major(text.trim()) {
            Some(major) if major >= OLDEST => Ok(Self {
                program: program.to_owned(),
                major,
            }),
            Some(_) => Err(Trouble::new(
                format!("Node.js {} is too old for the Functions app", text.trim()),
                hint,
            )),
            None => Err(Trouble::new(
                format!(
                    "`node --version` says {:?}, which is no version",
                    text.trim()
                ),
                hint,
            )),
        }
    }

    pub(crate) fn refuses_broken_entry(&self) -> bool {
        self.major >= STRICT_ENTRY
    }
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_versions() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v24.0.0-nightly"), Some(24));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }
}
