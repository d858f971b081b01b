//! The end of a session: here, then at the provider, and back (AU-4, AU-5, AU-7).

use serde::{Deserialize, Serialize};

use super::provider::EndSession;
use super::registry::RealProvider;
use crate::auth::endpoints;
use crate::auth::exchange::{Answer, AuthRequest, AuthResponse, parameter};
use crate::store::now;

/// Seconds that a sign-out at a provider may take.
const LIFETIME: u64 = 600;

/// What comes back with the browser, sealed.
#[derive(Serialize, Deserialize)]
struct PendingSignOut {
    /// The `Location` of the end.
    target: String,
    end: u64,
}

/// The session ends here, and the browser goes on to the provider, if that has a place for it. `None` leaves the answer to
/// the mock's endpoint, which does the same without a provider.
pub(super) async fn at_provider(
    request: &AuthRequest<'_>,
    name: &str,
    real: RealProvider<'_>,
) -> Option<AuthResponse> {
    let (mut response, id_token_hint) = here(request, name, real)?;
    let headers = &mut response.headers;
    // A refusal has none.
    if let Some((_, location)) = headers.iter_mut().find(|(it, _)| *it == "location") {
        let pending = PendingSignOut {
            target: location.clone(),
            end: now() + LIFETIME,
        };
        let origin = request.public_origin();
        let asked = EndSession {
            id_token_hint,
            post_logout_redirect_uri: format!("{origin}/.auth/logout/{name}/callback"),
            state: seal(real, &pending)?,
        };
        if let Some(url) = real.provider.end_session(&asked).await {
            *location = url;
        }
    }
    Some(response)
}

/// The end of the session here, with what ends it at the provider, which is forgotten. Pages and refusals end nothing.
pub(super) fn here(
    request: &AuthRequest<'_>,
    name: &str,
    real: RealProvider<'_>,
) -> Option<(AuthResponse, Option<String>)> {
    let Answer::Response(response) = endpoints::answer(request) else {
        return None;
    };
    let user = request.reading.principal();
    let user = user.filter(|user| response.status == 302 && user.identity_provider == name);
    let id_token = user.and_then(|user| real.shared.forget(user));
    Some((response, id_token))
}

/// Where a sign-out was to lead, as its state says.
pub(super) fn target(request: &AuthRequest<'_>, real: RealProvider<'_>) -> Option<String> {
    let state = parameter(request.query, "state")?;
    let sealer = &real.shared.sealer;
    let content = sealer.open(&purpose(real), state.as_bytes())?;
    let pending: PendingSignOut = serde_json::from_slice(&content).ok()?;
    (pending.end > now()).then_some(pending.target)
}

fn seal(real: RealProvider<'_>, pending: &PendingSignOut) -> Option<String> {
    let json = serde_json::to_vec(pending).ok()?;
    real.shared.sealer.seal(&purpose(real), &json).ok()
}

fn purpose(real: RealProvider<'_>) -> String {
    format!("sign-out of {}", real.scope)
}
