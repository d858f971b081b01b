//! The end: asked for by Ctrl-C or TERM. The backend's processes go first, so that none outlives us.

use actix_web::dev::{Server, ServerHandle};

use crate::backend::Backend;
use crate::data_api::DataApi;
use crate::devserver::Run;
use crate::live::Hub;

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

/// Runs the server until somebody asks it to stop, then ends everything that was started.
pub async fn until_shutdown(
    shutdown: ShutdownSignals,
    server: Server,
    handle: ServerHandle,
    Running {
        backend,
        run,
        data_api,
        live,
    }: Running<'_>,
) {
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
    until(shutdown, server, stop).await;
}

/// Runs the server until somebody asks it to stop, then `stop`.
pub async fn until(mut shutdown: ShutdownSignals, server: Server, stop: impl Future<Output = ()>) {
    let running = actix_web::rt::spawn(server);
    tokio::select! {
        () = shutdown.wait() => {}
        ended = running => {
            // actix ends on its own only when its workers cannot go on.
            log::error!("the server ended by itself: {ended:?}");
        }
    }
    // Whoever asks twice does not want to wait; the guard ends what is left.
    tokio::select! {
        () = stop => {}
        () = shutdown.wait() => {}
    }
}

/// The signals that ask for the end. From its making on none is missed, so it is made before anything says that the
/// emulator has started.
#[derive(Debug)]
pub struct ShutdownSignals {
    #[cfg(unix)]
    signals: Vec<tokio::signal::unix::Signal>,
}

impl ShutdownSignals {
    /// Begins to listen. Must be called on a tokio runtime.
    #[cfg(unix)]
    pub fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ];
        Self {
            signals: kinds
                .into_iter()
                .filter_map(|kind| signal(kind).ok())
                .collect(),
        }
    }

    /// Begins to listen. Must be called on a tokio runtime.
    #[cfg(not(unix))]
    pub fn listen() -> Self {
        Self {}
    }

    #[cfg(unix)]
    async fn wait(&mut self) {
        std::future::poll_fn(|context| {
            let is_ready =
                |signal: &mut tokio::signal::unix::Signal| signal.poll_recv(context).is_ready();
            match self.signals.iter_mut().any(is_ready) {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        })
        .await;
    }

    #[cfg(not(unix))]
    async fn wait(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
