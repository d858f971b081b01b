//! What keeps the emulator from starting.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::auth::real::SealError;
use crate::backend::UpstreamError;
use crate::finding::Advice;
use crate::store::StoreError;

use super::tls::TlsError;
use crate::settings::LinkName;

/// Why the emulator cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("port {port} is already in use on {host}")]
    PortTaken {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Ports below 1024 and the like.
    #[error("listening on {host}:{port} is not allowed: {source}")]
    NotAllowed {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The host is no name or address of this machine.
    #[error("cannot listen on host `{host}`: {source}")]
    Host {
        /// The host.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// The URL of the backend.
    #[error(transparent)]
    Backend(#[from] UpstreamError),
    /// HTTPS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Real sign-in.
    #[error("sessions cannot be sealed: {0}")]
    Seal(#[from] SealError),
    /// Another `cygnet serve` of the same project runs.
    #[error("another `cygnet serve` serves the deployments of {}", project.display())]
    Served {
        /// The project.
        project: PathBuf,
    },
    /// AP-1: functions of the app beside a link.
    #[error("environment `{}` is linked to {} `{}`, and the API folder {} would be its second API (AP-1)", link.environment, link.kind.title(), link.name, folder.display())]
    TwoApis {
        /// What is linked.
        link: LinkName,
        /// The folder of the functions.
        folder: PathBuf,
    },
    /// `exec`: something that the command needs.
    #[error("the emulator is not ready: {what}")]
    NotReady {
        /// What, and why.
        what: String,
    },
    /// `exec`: the command.
    #[error("`{program}` cannot be started")]
    Command {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// `exec`: the server ended before the command did.
    #[error("the server ended by itself")]
    Ended,
    /// The deployments.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP server.
    #[error("the server cannot start: {0}")]
    Server(#[from] io::Error),
}

impl Advice for StartError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::PortTaken { port, .. } => {
                let next = port.checked_add(1).unwrap_or(4280);
                format!(
                    "stop the program that uses it (`cygnet doctor` names it), or choose another port: --port {next} (--port 0 picks a free one)"
                )
            }
            Self::NotAllowed { .. } => {
                "choose a port from 1024 on, such as --port 4280".to_string()
            }
            Self::Host { .. } => "use --host localhost, or an address of this machine".to_string(),
            Self::Served { .. } => {
                "it takes new deployments as they come; end it first to serve in another way"
                    .to_string()
            }
            Self::TwoApis { .. } => "an environment has one API: remove the API location, or `cygnet backends unlink`; --ignore-link runs the folder all the same".to_string(),
            Self::Store(error) => return error.hint(),
            Self::Tls(error) => return error.hint(),
            Self::Backend(error) => return error.hint(),
            Self::NotReady { .. } => "what was said meanwhile is above; `cygnet start` with the same options shows it as it happens".to_string(),
            Self::Command { .. } => "is it installed? packages of npm are called by npx: -- npx playwright test".to_string(),
            Self::Server(_) | Self::Seal(_) | Self::Ended => return None,
        }))
    }
}
