//! What the front door needs of a link: one snapshot, made when the link changes, read by each request.

use std::path::PathBuf;

use http::HeaderValue;

use super::actions::{host_of, name_of};
use super::issuer::Issuer;
use super::lock::{self, Denied};
use super::model::{App, BackendRecord, DEFAULT_ENVIRONMENT, Kind, Link, issuer};
use super::store::{Places, State};
use crate::auth::ClientPrincipal;

/// A linked backend as its environment sees it.
#[derive(Debug)]
pub struct Linked {
    /// Signs the proof of each call (AP-23).
    pub issuer: Issuer,
    /// The backend's public name, which it is addressed by (AP-20); `None` where there is no link and the address as
    /// given says more.
    pub host: Option<HeaderValue>,
    /// The primary key of the subscription (AP-30).
    pub subscription_key: Option<HeaderValue>,
    /// The environment's default host.
    own_host: String,
    /// The backend's side; `None` without a link.
    record: Option<BackendRecord>,
}

impl Linked {
    /// The link of an environment, as both sides have it. `None` when the backend's side is lost.
    pub fn of(state: &State, places: &Places, link: &Link) -> Option<Self> {
        let record = state.machine.backend(link.kind, &link.url)?.clone();
        let app = &state.project.app;
        let own_host = host_of(app, link);
        let product = record
            .products
            .iter()
            .find(|product| product.host == own_host);
        let key = product.and_then(|product| HeaderValue::from_str(&product.sent_key).ok());
        let folder = places.app_folder(&app.id);
        Some(Self {
            issuer: Issuer::new(issuer(&own_host), record.audience(), Some(folder)),
            host: HeaderValue::from_str(&record.host).ok(),
            subscription_key: key,
            own_host,
            record: Some(record),
        })
    }

    /// A backend that was only named on the command line: it gets the same proof for this run (AP-23).
    pub fn implicit(kind: Kind, url: &str, app: &App, folder: Option<PathBuf>) -> Self {
        let own_host = app.host(DEFAULT_ENVIRONMENT, None);
        let audience = format!("https://{}", kind.public_host(&name_of(url), None));
        Self {
            issuer: Issuer::new(issuer(&own_host), audience, folder),
            host: None,
            subscription_key: None,
            own_host,
            record: None,
        }
    }

    /// `x-ms-auth-token` for a caller (AP-23), anonymous ones too (AP-37).
    pub fn token(&self, principal: Option<&ClientPrincipal>) -> Option<HeaderValue> {
        self.issuer.token(principal)
    }

    /// What the backend's lock says to a call of this environment, when it was changed so that it does not let it in.
    pub fn denied(&self, target: &str) -> Option<Denied> {
        let record = self.record.as_ref()?;
        lock::judge_own(record, &self.own_host, target).err()
    }
}
