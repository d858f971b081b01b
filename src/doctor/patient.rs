//! What is known of a machine and a project before anything is looked at.

use std::path::PathBuf;

use crate::finding::Finding;
use crate::functions::{HostConfig, HostError, RuntimeChoice, runtime_of};
use crate::process::Guard;
use crate::server::api::host_config;
use crate::settings::Settings;

/// What is known before anything is looked at.
#[derive(Debug)]
pub struct Patient {
    /// The folder that it was asked in.
    pub folder: PathBuf,
    /// What a start there would go by, or why there would be none.
    pub settings: Result<Settings, Finding>,
    /// How the functions would be run: those of the folder, or whatever lies here.
    pub(super) host: HostConfig,
    /// Which language they are written in, if there are any.
    pub(super) functions: Option<Result<RuntimeChoice, HostError>>,
}

impl Patient {
    /// What a start in this folder with these settings would look for.
    pub fn new(folder: PathBuf, settings: Result<Settings, Finding>) -> Self {
        let configured = settings.as_ref().ok();
        let configured = configured.and_then(|it| host_config(&it.api, &it.project));
        Self {
            functions: configured.as_ref().map(runtime_of),
            host: configured.unwrap_or_else(|| HostConfig::new(&folder)),
            settings,
            folder,
        }
    }

    pub(super) fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().ok()
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.host.guard
    }
}
