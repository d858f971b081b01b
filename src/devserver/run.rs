//! `--run`: a command beside the emulator. It ends with us; that it ends by itself ends nothing else.

use std::path::Path;
use std::process::Stdio;

use tokio::sync::watch;

use super::command::command;
use crate::process::{Guard, Service, ServiceState, Supervised};
use crate::terminal::Stream;

/// A handle on the command; cheap to clone.
#[derive(Debug, Clone)]
pub struct Run {
    text: String,
    service: Supervised,
}

impl Run {
    /// Starts the command `text`, in one of the forms of [`super::command`], in the folder `app` or, without one, in
    /// `base`, with `environment` on top of ours. `sink` gets what it prints. Must be called on a runtime with a
    /// `LocalSet` (actix's).
    pub fn start(
        text: &str,
        app: &Path,
        base: &Path,
        environment: &[(String, String)],
        sink: impl Fn(Stream, String) + 'static,
    ) -> Self {
        let mut command = command(text, app, base);
        command
            .envs(environment.iter().map(|(name, value)| (name, value)))
            // Open and silent: several watchers end with their input, and the terminal is not theirs to read.
            .stdin(Stdio::piped());
        let service = match Service::start(&mut command, &Guard::new(None), sink) {
            Ok(service) => service.supervise(async {}),
            Err(error) => Supervised::not_started(&error),
        };
        Self {
            text: text.trim().to_owned(),
            service,
        }
    }

    /// The command as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What has become of it; `changed` of the receiver wakes on the change.
    pub fn state(&self) -> watch::Receiver<ServiceState> {
        self.service.state()
    }

    /// Ends it and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        self.service.stop().await;
    }
}
