//! The end: asked for by Ctrl-C or TERM. The backend's processes go first, so that none outlives us.

use actix_web::dev::{Server, ServerHandle};

use crate::backend::Backend;
use crate::data_api::DataApi;
use crate::devserver::Run;

/// Runs the server until somebody asks it to stop, then ends everything that was started.
pub async fn until_asked(
    server: Server,
    handle: ServerHandle,
    backend: &Backend,
    run: Option<&Run>,
    data_api: Option<&DataApi>,
) {
    let running = actix_web::rt::spawn(server);
    tokio::select! {
        () = asked() => {}
        ended = running => {
            // actix ends on its own only when its workers cannot go on.
            log::error!("the server ended by itself: {ended:?}");
        }
    }
    let stop = async {
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
    // Whoever asks twice does not want to wait; the guard ends what is left.
    tokio::select! {
        () = stop => {}
        () = asked() => {}
    }
}

#[cfg(unix)]
async fn asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hangup)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked() {
    let _ = tokio::signal::ctrl_c().await;
}
