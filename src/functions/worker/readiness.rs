//! Programs that are told a port and answer over HTTP when they are ready.

use std::time::Duration;

use crate::functions::error::HostError;
use crate::http::{Origin, OwnCall};
use crate::process::{self, Service};

/// Between two looks at a port that does not answer yet.
const LOOK: Duration = Duration::from_millis(25);

/// A port for a program of the app.
pub(crate) fn free_port() -> Result<u16, HostError> {
    process::free_port().map_err(|error| {
        HostError::new(
            format!("cannot find a free port for the app: {error}"),
            "close programs that hold ports",
        )
    })
}

/// Waits until the program answers over HTTP at the port; nothing is sent to a program of another user that has taken it.
pub(crate) async fn until_ready(
    service: &mut Service,
    port: u16,
    patience: Duration,
) -> Result<(), HostError> {
    let origin = Origin::local(port);
    let answers = async {
        while !process::is_strangers_port(port) {
            if OwnCall::get(&origin, "/", patience).answers().await {
                return !process::is_strangers_port(port);
            }
            tokio::time::sleep(LOOK).await;
        }
        false
    };
    let ready = service.until(tokio::time::timeout(patience, answers)).await;
    match ready {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(HostError::new(
            format!(
                "port {port}, at which the app was to listen, is used by a program of another user"
            ),
            "save a file of the app: it is then started with another port",
        )),
        Ok(Err(_)) => Err(HostError::new(
            format!(
                "the app did not answer at port {port} within {} s",
                patience.as_secs_f64()
            ),
            "it must listen at the port of FUNCTIONS_CUSTOMHANDLER_PORT; customHandler.initializationTimeout in host.json gives it more time",
        )),
        Err(how) => Err(HostError::new(
            format!("the app ended with {how} before it answered"),
            "what it said is above; correct it and save, the app then starts again",
        )),
    }
}
