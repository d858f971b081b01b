//! A command beside the emulator: it begins when everything is ready, and the emulator ends with it.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::StartError;
use super::signals::{Shutdown, ShutdownSignals};
use crate::backend::Backend;
use crate::data_api::DataApi;
use crate::devserver::{DevServer, Phase};
use crate::functions::HostStatus;
use crate::http::Origin;

/// How long a server that somebody else starts may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it does; nothing tells.
const INTERVAL: Duration = Duration::from_millis(50);

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program, found as a shell finds it.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
}

/// What must be ready before the command.
pub(super) struct Dependencies<'a> {
    pub(super) backend: &'a Backend,
    pub(super) data_api: Option<&'a DataApi>,
    pub(super) dev_server: Option<&'a DevServer>,
    /// How long the dev server may take; `None`: for ever.
    pub(super) patience: Option<Duration>,
}

/// Waits until all of them answer.
///
/// # Errors
/// One of them never will.
pub(super) async fn ready(needed: &Dependencies<'_>) -> Result<(), StartError> {
    let not_ready = |what: String| Err(StartError::NotReady { what });
    match needed.backend {
        Backend::None => {}
        Backend::Managed(host) => {
            let mut status = host.status();
            let settled = status.wait_for(|status| !status.is_starting()).await;
            if let Ok(HostStatus::Failed(error)) = settled.as_deref() {
                return not_ready(format!("the functions do not run: {}", error.message));
            }
        }
        Backend::BringYourOwn(upstream) => {
            if let Err(why) = listens(upstream.origin()).await {
                return not_ready(format!(
                    "the API at {} does not answer: {why}",
                    upstream.url()
                ));
            }
        }
    }
    if let Some(api) = needed.data_api
        && let Err(why) = api.ready().await
    {
        return not_ready(why);
    }
    if let Some(server) = needed.dev_server {
        let mut phase = server.phase();
        let settled = phase.wait_for(|phase| match phase {
            Phase::Up => true,
            Phase::Down(down) => needed.patience.is_some() && down.overdue,
        });
        if !matches!(settled.await.as_deref(), Ok(Phase::Up)) {
            let why = match &*phase.borrow() {
                Phase::Down(down) => down.error.clone().unwrap_or_default(),
                Phase::Up => String::new(),
            };
            return not_ready(format!("{} does not answer: {why}", server.name()));
        }
    }
    Ok(())
}

async fn listens(origin: &Origin) -> Result<(), io::Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        match tokio::net::TcpStream::connect((origin.host_name(), origin.port())).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}

/// Runs the command to its end; gives its exit code, or 128 and the number of the signal that ended it, as shells do.
///
/// # Errors
/// It cannot be started.
pub(super) async fn run(
    line: &CommandLine,
    (url, port): (&str, u16),
    signals: &mut ShutdownSignals,
) -> Result<u8, StartError> {
    let mut command = Command::new(&line.program);
    command
        .args(&line.args)
        .env("CYGNET_URL", url)
        .env("SWA_URL", url)
        .env("PORT", port.to_string())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(|source| StartError::Command {
        program: line.program.to_string_lossy().into_owned(),
        source,
    })?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map(code).map_err(StartError::Server),
            signal = signals.wait() => pass_on(&child, signal),
        }
    }
}

/// A signal that the terminal sends has reached the command already.
fn pass_on(child: &Child, signal: Shutdown) {
    if signal == Shutdown::Interrupt && io::stdin().is_terminal() {
        return;
    }
    #[cfg(unix)]
    if let Some(pid) = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
    {
        use rustix::process::Signal;
        let signal = match signal {
            Shutdown::Interrupt => Signal::INT,
            Shutdown::Terminate => Signal::TERM,
            Shutdown::HangUp => Signal::HUP,
        };
        // An error means that it has just ended.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + u8::try_from(signal).unwrap_or_default();
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
