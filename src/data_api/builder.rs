//! An installed Data API Builder (`dab`), run in the folder of its configuration.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;

use crate::process::{Guard, Service, ServiceState, Supervised, free_port, program};
use crate::terminal::Stream;

/// The file that the builder reads, in the folder that was named.
pub const CONFIGURATION: &str = "staticwebapp.database.config.json";

/// What an installed builder is called.
pub const PROGRAM: &str = "dab";
/// There is no event for "another process listens".
const POLL: Duration = Duration::from_millis(100);

/// A handle on the builder; cheap to clone.
#[derive(Debug, Clone)]
pub struct Builder {
    port: u16,
    service: Supervised,
}

impl Builder {
    /// Starts it and returns at once; `port` `None` picks a free one. `environment` goes to it on top of ours, `sink` gets
    /// what it prints. Must be called on a runtime with a `LocalSet` (actix's).
    pub fn start(
        folder: &Path,
        port: Option<u16>,
        environment: &[(String, String)],
        sink: impl Fn(Stream, String) + 'static,
    ) -> Self {
        let started = port.map_or_else(free_port, Ok).and_then(|port| {
            let mut command = command(folder, port, environment);
            let service = Service::start(&mut command, &Guard::new(None), sink)?;
            Ok((port, service.supervise(listening(port))))
        });
        match started {
            Ok((port, service)) => Self { port, service },
            Err(error) => Self {
                // Nobody is ever sent there.
                port: 1,
                service: Supervised::not_started(&error),
            },
        }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The process.
    pub fn service(&self) -> &Supervised {
        &self.service
    }
}

/// As the official CLI starts it, but told where to listen: left alone, one version takes 5000 and the next 8080.
fn command(folder: &Path, port: u16, environment: &[(String, String)]) -> Command {
    let mut command = program::command(PROGRAM);
    command
        .args(["start", "-c", CONFIGURATION, "--no-https-redirect"])
        .current_dir(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("ASPNETCORE_URLS", format!("http://127.0.0.1:{port}"))
        .stdin(Stdio::null());
    command
}

async fn listening(port: u16) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(POLL).await;
    }
}

/// Why the builder cannot be used, and the next step; `None` if it can, or may be soon.
pub fn failure(state: &ServiceState) -> Option<(String, &'static str)> {
    match state {
        ServiceState::Starting | ServiceState::Ready => None,
        ServiceState::Ended(how) => Some((
            format!("Data API Builder has ended with {how}"),
            "its last lines above say why; start the emulator again once that is fixed",
        )),
        ServiceState::NotStarted {
            is_missing: true, ..
        } => Some((
            "Data API Builder is not installed: there is no program `dab` in PATH".to_owned(),
            "install it with `dotnet tool install -g Microsoft.DataApiBuilder` and start again, or give the address of one that runs with `--data-api-devserver-url`",
        )),
        ServiceState::NotStarted { why, .. } => Some((
            format!("Data API Builder (`dab`) cannot be started: {why}"),
            "try `dab --version` in a terminal",
        )),
    }
}
