//! The end: asked for by Ctrl-C or TERM. The backend's processes go first, so that none outlives us.

use actix_web::dev::ServerHandle;

use crate::backend::Backend;
use crate::data_api::DataApi;
use crate::devserver::Run;
use crate::live::Hub;

use super::control::StopRequest;
use super::http;

/// What ends before the server does.
#[derive(Debug)]
pub struct Running<'a> {
    /// What answers `/api`.
    pub backend: &'a Backend,
    /// The command of `--run`.
    pub run: Option<&'a Run>,
    /// The database connection.
    pub data_api: Option<&'a DataApi>,
    /// The pages that are open.
    pub live: Option<&'a Hub>,
}

/// Runs the server until `end`, then ends everything that was started.
pub async fn until_end<T>(
    shutdown: ShutdownSignals,
    (server, handle): (http::Running, ServerHandle),
    Running {
        backend,
        run,
        data_api,
        live,
    }: Running<'_>,
    end: impl AsyncFnOnce(&mut ShutdownSignals) -> T,
) -> Option<T> {
    let stop = async {
        if let Some(hub) = live {
            hub.stop();
        }
        let api = async {
            if let Backend::Managed(host) = backend {
                host.stop().await;
            }
        };
        let command = async {
            if let Some(run) = run {
                run.stop().await;
            }
        };
        let database = async {
            if let Some(data_api) = data_api {
                data_api.stop().await;
            }
        };
        futures_util::future::join3(api, command, database).await;
        // Not graceful: an open event stream would hold us up for as long as the browser shows the page.
        handle.stop(false).await;
    };
    until(shutdown, server, end, stop).await
}

/// Runs the server until `end`, then `stop`. `None` when the server ended by itself.
pub async fn until<T>(
    mut shutdown: ShutdownSignals,
    server: http::Running,
    end: impl AsyncFnOnce(&mut ShutdownSignals) -> T,
    stop: impl Future<Output = ()>,
) -> Option<T> {
    let outcome = tokio::select! {
        outcome = end(&mut shutdown) => Some(outcome),
        ended = server => {
            // actix ends on its own only when its workers cannot go on.
            log::error!("the server ended by itself: {ended:?}");
            None
        }
    };
    // Whoever asks twice does not want to wait; the guard ends what is left.
    tokio::select! {
        () = stop => {}
        _ = shutdown.wait() => {}
    }
    outcome
}

/// The signals that ask for the end, and what the console of Windows says in their place. From its making on none is
/// missed, so it is made before anything says that the emulator has started.
#[derive(Debug)]
pub struct ShutdownSignals {
    asked: StopRequest,
    #[cfg(unix)]
    signals: Vec<(Shutdown, tokio::signal::unix::Signal)>,
    #[cfg(windows)]
    signals: Vec<(Shutdown, ConsoleEvent)>,
}

/// What asked for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, a service manager, `cygnet stop`.
    Terminate,
    /// The terminal was closed.
    HangUp,
}

impl ShutdownSignals {
    /// Begins to listen, to `asked` too. Must be called on a tokio runtime.
    #[cfg(unix)]
    pub fn listen(asked: StopRequest) -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            (Shutdown::Interrupt, SignalKind::interrupt()),
            (Shutdown::Terminate, SignalKind::terminate()),
            (Shutdown::HangUp, SignalKind::hangup()),
        ];
        let listened = |(shutdown, kind)| Some((shutdown, signal(kind).ok()?));
        Self {
            asked,
            signals: kinds.into_iter().filter_map(listened).collect(),
        }
    }

    /// Begins to listen, to `asked` too. Must be called on a tokio runtime.
    #[cfg(windows)]
    pub fn listen(asked: StopRequest) -> Self {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        let (interrupt, terminate) = (Shutdown::Interrupt, Shutdown::Terminate);
        let listened = [
            ctrl_c().map(|it| (interrupt, ConsoleEvent::CtrlC(it))),
            ctrl_break().map(|it| (terminate, ConsoleEvent::CtrlBreak(it))),
            ctrl_shutdown().map(|it| (terminate, ConsoleEvent::Shutdown(it))),
            ctrl_close().map(|it| (Shutdown::HangUp, ConsoleEvent::Close(it))),
        ];
        Self {
            asked,
            signals: listened.into_iter().flatten().collect(),
        }
    }

    /// Waits for the next one.
    pub async fn wait(&mut self) -> Shutdown {
        let asked = self.asked.clone();
        tokio::select! {
            () = asked.received() => Shutdown::Terminate,
            signal = self.signal() => signal,
        }
    }

    async fn signal(&mut self) -> Shutdown {
        std::future::poll_fn(|context| {
            let mut signals = self.signals.iter_mut();
            let came = signals.find_map(|(shutdown, signal)| {
                signal.poll_recv(context).is_ready().then_some(*shutdown)
            });
            came.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
        })
        .await
    }
}

/// What the console sends, each of a type of its own.
#[cfg(windows)]
#[derive(Debug)]
enum ConsoleEvent {
    CtrlC(tokio::signal::windows::CtrlC),
    CtrlBreak(tokio::signal::windows::CtrlBreak),
    Shutdown(tokio::signal::windows::CtrlShutdown),
    Close(tokio::signal::windows::CtrlClose),
}

#[cfg(windows)]
impl ConsoleEvent {
    fn poll_recv(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Option<()>> {
        match self {
            Self::CtrlC(it) => it.poll_recv(context),
            Self::CtrlBreak(it) => it.poll_recv(context),
            Self::Shutdown(it) => it.poll_recv(context),
            Self::Close(it) => it.poll_recv(context),
        }
    }
}
