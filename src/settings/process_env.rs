//! What the process finds around itself, as plain data: tests make their own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::SettingsError;
use super::dotenv;
use super::value::ValueSource;

/// The current folder, the environment and the kind of machine.
#[derive(Debug, Clone, Default)]
pub struct ProcessEnv {
    /// The current folder, absolute.
    pub cwd: PathBuf,
    /// Environment variables.
    pub env: HashMap<String, String>,
    /// Variables of the `.env` file, which count where [`ProcessEnv::env`] has none.
    pub dotenv: HashMap<String, String>,
    /// Whether this is a Docker container, where `localhost` cannot be reached from outside; worth a remark.
    pub docker: bool,
}

impl ProcessEnv {
    /// Those of this process.
    ///
    /// # Errors
    /// [`SettingsError::CurrentFolder`] when the current folder was deleted or cannot be read.
    pub fn of_process() -> Result<Self, SettingsError> {
        let cwd = std::env::current_dir().map_err(SettingsError::CurrentFolder)?;
        let env = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let dotenv = std::fs::read_to_string(cwd.join(".env"))
            .map(|text| dotenv::parse(&text))
            .unwrap_or_default();
        Ok(Self {
            cwd,
            env,
            dotenv,
            docker: in_docker(),
        })
    }

    /// The value of a variable and its source. An empty value counts as none, as in the official CLI.
    pub fn variable(&self, name: &'static str) -> Option<(&str, ValueSource)> {
        let value_in =
            |map: &'_ HashMap<String, String>| map.get(name).is_some_and(|v| !v.is_empty());
        if value_in(&self.env) {
            return Some((self.env.get(name)?, ValueSource::Env(name)));
        }
        if value_in(&self.dotenv) {
            return Some((self.dotenv.get(name)?, ValueSource::DotEnv(name)));
        }
        None
    }

    /// Variables of the `.env` file that the environment does not have, sorted: a child gets the others already.
    pub fn for_children(&self) -> Vec<(String, String)> {
        let mut own: Vec<(String, String)> = self
            .dotenv
            .iter()
            .filter(|(name, value)| !self.env.contains_key(*name) && !value.contains('\0'))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        own.sort();
        own
    }

    /// Where what outlives a run is kept: `CYGNET_STATE_DIR`, else the folder of the XDG standard.
    pub fn state_dir(&self) -> Option<PathBuf> {
        crate::store::state_dir::state_dir_from(|name| {
            let value = self.env.get(name).filter(|value| !value.is_empty());
            value.map(|value| self.cwd.join(value))
        })
    }
}

/// The test of the official CLI, so that both listen on the same address.
fn in_docker() -> bool {
    Path::new("/.dockerenv").exists()
        || std::fs::read_to_string("/proc/1/cgroup").is_ok_and(|text| text.contains("docker"))
}
