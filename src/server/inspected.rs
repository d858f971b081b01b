//! What the inspector learns of functions, in either server.

use std::sync::Arc;

use tokio::sync::watch;

use crate::functions::{HostStatus, Output};
use crate::inspector::Journal;

/// Where functions say what they say, if the inspector remembers it too.
pub(super) fn kept(
    journal: Option<&Arc<Journal>>,
    environment: Arc<str>,
    output: Output,
) -> Output {
    match journal {
        Some(journal) => journal.keep(environment, output),
        None => output,
    }
}

/// Tells whoever looks that the functions are in another state, until they end.
pub async fn tell(mut status: watch::Receiver<HostStatus>, journal: Arc<Journal>) {
    while status.changed().await.is_ok() {
        journal.changed("functions");
    }
}
