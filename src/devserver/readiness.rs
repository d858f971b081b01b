//! Whether the dev server listens. One task finds out for all requests; they only wait for its word.

use std::time::Duration;

use tokio::time::Instant;

use super::DevServer;
use crate::backend::ApiClient;

/// Between two looks. A dev server is used the moment it listens.
const INTERVAL: Duration = Duration::from_millis(100);
/// One look at a machine that swallows connections takes no longer.
const LOOK: Duration = Duration::from_secs(1);
/// Why it does not answer while nobody knows where it listens.
pub(super) const UNKNOWN: &str = "its command has not printed where it listens yet";

/// What is known of the dev server.
#[derive(Debug, Clone)]
pub enum Phase {
    /// Somebody listens.
    Up,
    /// Nobody does, or nobody has looked yet.
    Down(Down),
}

/// A dev server that does not answer.
#[derive(Debug, Clone)]
pub struct Down {
    /// Since when.
    pub since: Instant,
    /// What the last attempt met; `None` before the first.
    pub error: Option<String>,
    /// Whether that is longer than `--devserver-timeout`.
    pub overdue: bool,
}

impl Phase {
    pub(super) fn unasked() -> Self {
        Self::Down(Down {
            since: Instant::now(),
            error: None,
            overdue: false,
        })
    }

    fn is_down(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

impl DevServer {
    /// Nobody answers any more: [`probe`] takes over.
    pub(super) fn mark_down(&self, error: &str) {
        self.0.phase.send_if_modified(|phase| {
            let was_up = !phase.is_down();
            if was_up {
                *phase = Phase::Down(Down {
                    since: Instant::now(),
                    error: Some(error.to_owned()),
                    overdue: false,
                });
            }
            was_up
        });
    }

    /// Says why it is not up, while its address is not known.
    pub fn explain_down(&self, error: &str, overdue: bool) {
        self.0.phase.send_modify(|phase| {
            if let Phase::Down(down) = phase {
                down.error = Some(error.to_owned());
                down.overdue |= overdue;
            }
        });
    }

    /// Waits until somebody listens, at most until `deadline`.
    pub(super) async fn wait_until_up(&self, deadline: Instant) -> Result<(), Down> {
        let mut phases = self.phase();
        let up = phases.wait_for(|phase| !phase.is_down());
        let _ = tokio::time::timeout_at(deadline, up).await;
        match &*self.0.phase.borrow() {
            Phase::Up => Ok(()),
            Phase::Down(down) => Err(down.clone()),
        }
    }

    /// What is known of a server that has just not answered.
    pub(super) fn down(&self, error: &str) -> Down {
        match &*self.0.phase.borrow() {
            Phase::Down(down) => Down {
                error: Some(error.to_owned()),
                ..down.clone()
            },
            Phase::Up => Down {
                since: Instant::now(),
                error: Some(error.to_owned()),
                overdue: false,
            },
        }
    }
}

/// Looks whether the server listens, whenever it is not known to; never ends and never gives up. Its address must be known.
pub async fn probe(server: DevServer) {
    let Some(upstream) = server.upstream() else {
        return;
    };
    let client = ApiClient::new();
    let mut phases = server.phase();
    loop {
        let Ok(Phase::Down(down)) = phases.wait_for(Phase::is_down).await.as_deref().cloned()
        else {
            return;
        };
        loop {
            let look = tokio::time::timeout(LOOK, client.connections.reach(upstream.origin()));
            let error = match look.await {
                Ok(Ok(())) => break,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("{} does not answer", upstream.url()),
            };
            let overdue = server
                .patience()
                .is_some_and(|limit| down.since.elapsed() >= limit);
            let error = Some(error);
            server.0.phase.send_if_modified(|phase| match phase {
                Phase::Down(down) if (down.overdue, &down.error) != (overdue, &error) => {
                    down.error = error;
                    down.overdue = overdue;
                    true
                }
                _ => false,
            });
            tokio::time::sleep(INTERVAL).await;
        }
        server.0.phase.send_replace(Phase::Up);
    }
}
