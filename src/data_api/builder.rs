//! An installed Data API Builder (`dab`), run in the folder of its configuration.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::{mpsc, oneshot, watch};

use super::State;
use crate::process::{GroupChild, Guard, describe, each_line};
use crate::terminal::{Printer, Stream};

/// The file that the builder reads, in the folder that was named.
pub const CONFIGURATION: &str = "staticwebapp.database.config.json";

const PROGRAM: &str = "dab";
/// There is no event for "another process listens".
const POLL: Duration = Duration::from_millis(100);

/// A handle on the builder; cheap to clone.
#[derive(Debug, Clone)]
pub struct Builder {
    port: u16,
    state: watch::Receiver<State>,
    stops: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

impl Builder {
    /// Starts it and returns at once; `port` `None` picks a free one. `environment` goes to it on top of ours. Its output
    /// is passed on unless `printer` is quiet. Must be called on a runtime with a `LocalSet` (actix's).
    pub fn start(
        folder: &Path,
        port: Option<u16>,
        environment: &[(String, String)],
        printer: Printer,
    ) -> Self {
        let (sender, state) = watch::channel(State::Starting);
        let (stops, inbox) = mpsc::unbounded_channel();
        let port = match port.map_or_else(free_port, Ok) {
            Ok(port) => {
                let mut command = command(folder, port, environment, printer.is_quiet());
                match GroupChild::spawn(&mut command, &Guard::new(None)) {
                    Ok(child) => {
                        tokio::task::spawn_local(supervise(child, port, (sender, inbox), printer));
                    }
                    Err(error) => {
                        sender.send_replace(not_started(&error));
                    }
                }
                port
            }
            Err(error) => {
                sender.send_replace(not_started(&error));
                0
            }
        };
        Self { port, state, stops }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.max(1))
    }

    /// What it is doing.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Ends it and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.stops.send(done).is_ok() {
            let _ = stopped.await;
        }
    }
}

/// As the official CLI starts it, but told where to listen: left alone, one version takes 5000 and the next 8080.
fn command(folder: &Path, port: u16, environment: &[(String, String)], quiet: bool) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(["start", "-c", CONFIGURATION, "--no-https-redirect"])
        .current_dir(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .env("ASPNETCORE_URLS", format!("http://127.0.0.1:{port}"))
        .stdin(Stdio::null())
        .stdout(if quiet { Stdio::null() } else { Stdio::piped() })
        .stderr(Stdio::piped());
    command
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn not_started(error: &io::Error) -> State {
    if error.kind() == io::ErrorKind::NotFound {
        return State::Failed {
            message: "Data API Builder is not installed: there is no program `dab` in PATH"
                .to_owned(),
            hint: "install it with `dotnet tool install -g Microsoft.DataApiBuilder` and start again, or give the address of one that runs with `--data-api-devserver-url`".to_owned(),
        };
    }
    State::Failed {
        message: format!("Data API Builder (`dab`) cannot be started: {error}"),
        hint: "try `dab --version` in a terminal".to_owned(),
    }
}

async fn supervise(
    mut child: GroupChild,
    port: u16,
    (state, mut stops): (
        watch::Sender<State>,
        mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    ),
    printer: Printer,
) {
    let (stdout, stderr) = child.pipes();
    if let Some(pipe) = stdout {
        tokio::task::spawn_local(each_line(pipe, move |line| {
            printer.write(Stream::Stdout, &format!("[data-api] {line}\n"));
        }));
    }
    if let Some(pipe) = stderr {
        tokio::task::spawn_local(each_line(pipe, move |line| {
            printer.write(Stream::Stderr, &format!("[data-api] {line}\n"));
        }));
    }
    let listening = async {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(POLL).await;
        }
        state.send_replace(State::Ready);
        std::future::pending::<()>().await;
    };
    let stop = tokio::select! {
        stop = stops.recv() => stop,
        ended = child.wait() => {
            let how = ended.map_or_else(|error| error.to_string(), describe);
            state.send_replace(State::Failed {
                message: format!("Data API Builder has ended with {how}"),
                hint: "its last lines above say why; start the emulator again once that is mended".to_owned(),
            });
            None
        }
        () = listening => None,
    };
    child.stop().await;
    if let Some(done) = stop {
        let _ = done.send(());
    }
}
