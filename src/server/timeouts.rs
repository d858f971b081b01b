//! How long the server waits for its clients, in HTTP/1.1 and HTTP/2 alike.

use std::time::Duration;

/// How long an idle connection is kept.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send a request's head.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take to close its end.
pub(super) const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long open connections may finish at the end, in seconds.
pub(super) const SHUTDOWN_SECONDS: u64 = 1;
