//! What the front door needs of a link: one snapshot, made when the link changes, read by each request.

use http::HeaderValue;

use super::actions::host_of;
use super::authorize::{self, Denied};
use super::issuer::Issuer;
use super::model::{BackendRecord, Link, issuer};
use super::store::{LinkPaths, LinkState};
use crate::auth::ClientPrincipal;

/// The folder of the key of runs without a link.
const UNLINKED: &str = "unlinked";

/// A linked backend as its environment sees it.
#[derive(Debug)]
pub struct LinkedBackend {
    /// Signs the proof of each call (AP-23).
    pub issuer: Issuer,
    /// The backend's public name, which it is addressed by (AP-20); `None` where there is no link and the address as
    /// given says more.
    pub host: Option<HeaderValue>,
    /// The primary key of the subscription (AP-30).
    pub subscription_key: Option<HeaderValue>,
    /// The environment's default host.
    own_host: String,
    /// The backend's side.
    record: BackendRecord,
}

impl LinkedBackend {
    /// The link of an environment, as both sides have it. `None` when the backend's side is lost.
    pub fn of(state: &LinkState, paths: &LinkPaths, link: &Link) -> Option<Self> {
        let record = state.machine.backend(link.kind, &link.url)?.clone();
        let app = &state.project.app;
        let own_host = host_of(app, link);
        let product = record
            .products
            .iter()
            .find(|product| product.host == own_host);
        let key = product.and_then(|product| HeaderValue::from_str(&product.sent_key).ok());
        let folder = paths.app_folder(&app.id);
        Some(Self {
            issuer: Issuer::new(issuer(&own_host), record.audience(), Some(folder)),
            host: HeaderValue::from_str(&record.host).ok(),
            subscription_key: key,
            own_host,
            record,
        })
    }

    /// A backend that was only named on the command line: linked for this run, addressed as given. The key is the one that
    /// all such runs of a user share, so that none is made at each start.
    pub fn implicit(state: &LinkState, paths: &LinkPaths, link: &Link) -> Option<Self> {
        let linked = Self::of(state, paths, link)?;
        let folder = paths.app_folder(UNLINKED);
        let audience = state.machine.backend(link.kind, &link.url)?.audience();
        Some(Self {
            issuer: Issuer::new(issuer(&linked.own_host), audience, Some(folder)),
            host: None,
            ..linked
        })
    }

    /// The backend's side.
    pub fn record(&self) -> &BackendRecord {
        &self.record
    }

    /// `x-ms-auth-token` for a caller (AP-23), anonymous ones too (AP-37).
    pub fn token(&self, principal: Option<&ClientPrincipal>) -> Option<HeaderValue> {
        self.issuer.token(principal)
    }

    /// What the backend's lock says to a call of this environment, when it was changed so that it does not let it in.
    pub fn denied(&self, target: &str) -> Option<Denied> {
        authorize::authorize_own(&self.record, &self.own_host, target).err()
    }
}
