//! What an emulator is asked through its endpoints below `/.cygnet/`, with the secret of its locator.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::http::{Origin, OwnCall, Posted};
use crate::server::control::{LONGEST_WAIT, SECRET, STATUS, STOP};
use crate::store::locator::Locator;

/// How long an answer takes at most, waiting for something else aside.
const ANSWER: Duration = Duration::from_secs(5);

/// How an emulator is.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Status {
    /// Whether all that its app needs answers.
    pub(super) ready: bool,
    /// Why that will not come by itself.
    pub(super) failed: Option<String>,
    /// The things that it needs.
    #[serde(default)]
    pub(super) parts: Vec<Part>,
}

/// One of the things that an app needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Part {
    /// Such as `api`.
    pub(super) name: String,
    /// `ready`, `starting` or `failed`.
    pub(super) state: String,
    /// Why it is not ready.
    pub(super) why: Option<String>,
}

/// How it is once it is ready, or `wait` is over. One that does not answer is not ready.
pub(super) fn status(locator: &Locator, wait: Duration) -> Status {
    let wait = wait.min(Duration::from_secs(LONGEST_WAIT));
    let path = format!("{STATUS}?wait={}", wait.as_secs());
    let asked = call(locator, &path, wait + ANSWER, None);
    let status = asked.and_then(|(code, body)| match code {
        200 => serde_json::from_slice(&body).map_err(|error| error.to_string()),
        code => Err(format!("it answers {code}")),
    });
    status.unwrap_or_else(|why| Status {
        parts: vec![Part {
            name: "emulator".to_owned(),
            state: "silent".to_owned(),
            why: Some(why),
        }],
        ..Status::default()
    })
}

/// Asks it to end.
///
/// # Errors
/// It does not answer, or not as ours would.
pub(super) fn stop(locator: &Locator) -> Result<(), String> {
    match call(locator, STOP, ANSWER, Some("{}".to_owned()))? {
        (202, _) => Ok(()),
        (code, _) => Err(format!("it answers {code}")),
    }
}

fn call(
    locator: &Locator,
    path: &str,
    timeout: Duration,
    json: Option<String>,
) -> Result<(u16, Vec<u8>), String> {
    let origin = origin(locator)?;
    let call = OwnCall {
        headers: vec![(SECRET, &locator.secret)],
        posted: json.map(Posted::Json),
        ..OwnCall::get(&origin, path, timeout)
    };
    let (code, body) = actix_web::rt::System::new().block_on(call.send())?;
    Ok((code, body.to_vec()))
}

/// Where it is called: one that listens on all addresses, on this machine's own. By its number, because a container without
/// `/etc/hosts` knows no `localhost`.
fn origin(locator: &Locator) -> Result<Origin, String> {
    let origin: Origin = locator.url.parse()?;
    let own = match origin.host_name().parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => "127.0.0.1",
        Ok(IpAddr::V6(address)) if address.is_unspecified() => "[::1]",
        _ => return Ok(origin),
    };
    format!("{}://{own}:{}", origin.scheme(), origin.port()).parse()
}
