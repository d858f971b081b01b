//! All deployed environments of an app in one process, each at its host (EN-1, EN-2).
//!
//! 1. [`pick`](Sites::pick): the `Host` header → the site, or below `localhost` a page that lists what there is
//! 2. [`crate::pipeline::handle`], as for `cygnet start`; password protection and invitations are steps of it
//!
//! [`builder`] builds a site from what the store says; [`functions`] are its managed functions, [`working_copy`] the folder that they
//! run in. A site never changes: when the store does, another one takes its place, and requests in flight end in the old one.

pub mod builder;
pub mod functions;
pub mod working_copy;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HOST};
use actix_web::{HttpRequest, HttpResponse};
use arc_swap::ArcSwap;

use crate::backend::ApiClient;
use crate::http::HostName;
use crate::inspector::{self, Call, Inspector, ServedEnvironment};
use crate::pages::sites::SitesPage;
use crate::pipeline::reason::Reason;
use crate::pipeline::{self, AppState, Reply, WorkerState};

use super::discovery;
use functions::Functions;

/// The sites as they are now.
pub type CurrentSites = ArcSwap<Sites>;

/// One environment that is served.
#[derive(Debug)]
pub struct Site {
    /// Its name, as `cygnet environments list` says it.
    pub name: Arc<str>,
    /// What its requests share.
    pub shared: Arc<AppState>,
    /// Everything that it was made of: a site made of the same need not be made again.
    pub(super) fingerprint: Vec<u8>,
    /// Its managed functions, if it has any. Whoever holds a site holds them.
    pub(super) functions: Option<Arc<Functions>>,
}

/// All sites, by the first label of their hosts.
#[derive(Debug, Default)]
pub struct Sites {
    pub(super) by_label: HashMap<String, Arc<Site>>,
    pub(super) production: Option<Arc<Site>>,
    /// Names and addresses, in the order of the store.
    pub(super) list: Vec<(String, String)>,
}

impl Sites {
    /// The site at a host such as `shop-17.localhost:4280`; every other host that is allowed is production.
    pub fn pick(&self, host: &str) -> Option<&Arc<Site>> {
        let name = match HostName::parse(host) {
            Some(HostName::Name(name)) => name.to_ascii_lowercase(),
            Some(HostName::Address(_)) | None => String::new(),
        };
        match name.strip_suffix(".localhost") {
            Some(label) => self.by_label.get(label),
            None => self.production.as_ref(),
        }
    }

    /// All sites as the inspector shows them, in the order of the store.
    pub(super) fn environments(&self) -> Vec<ServedEnvironment> {
        let sites = self.list.iter().filter_map(|(name, url)| {
            let site = self.all().find(|site| *site.name == **name)?;
            Some(ServedEnvironment {
                name: Arc::clone(&site.name),
                url: url.clone(),
                app: Arc::clone(&site.shared),
            })
        });
        sites.collect()
    }

    /// All sites.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Site>> {
        self.by_label.values()
    }
}

/// The host that a request is for, without its port.
pub(super) fn host(request: &HttpRequest) -> &str {
    let host = request.headers().get(HOST);
    without_port(host.and_then(|host| host.to_str().ok()).unwrap_or_default())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whose answer it is.
pub enum Answered {
    /// An environment's, by its name; of none where none answers at the host.
    Of(Option<Arc<str>>, Reply),
    /// The inspector's, which is no request of an app.
    Beside(HttpResponse),
}

/// Answers a request to whatever host.
pub async fn answer(
    sites: &CurrentSites,
    client: &Rc<ApiClient>,
    request: &HttpRequest,
    (payload, inspector): (Payload, Option<&Arc<Inspector>>),
) -> Answered {
    let sites = sites.load_full();
    let host = request.headers().get(HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let Some(site) = sites.pick(host) else {
        return Answered::Of(None, nobody(&sites, host));
    };
    let worker = WorkerState {
        app: Arc::clone(&site.shared),
        client: Rc::clone(client),
        requests: inspector.map(|inspector| inspector.numbers()),
    };
    let of_site = |reply| Answered::Of(Some(Arc::clone(&site.name)), reply);
    if request.path().starts_with(pipeline::OWN_PATHS) {
        if let Some(reply) = pipeline::refused(&worker, request) {
            return of_site(reply);
        }
        // Before password protection: a backend that checks its tokens has no password.
        if let Some(response) = discovery::answer(&site.shared, request) {
            let reason = Reason::Static("the key of tokens, of the emulator only");
            return of_site(Reply::new(response, reason));
        }
        if let Some(inspector) = inspector
            && inspector::answers(request.path())
        {
            let call = Call {
                inspector,
                worker: &worker,
                here: Arc::clone(&site.name),
                request,
                payload: Some(payload),
            };
            return Answered::Beside(inspector::answer(call).await);
        }
        if let Some(reply) = pipeline::sign_in_alone(&worker, request).await {
            return of_site(reply);
        }
    }
    of_site(pipeline::handle(&worker, request, payload).await)
}

/// There is no such environment: what there is instead.
fn nobody(sites: &Sites, host: &str) -> Reply {
    let page = SitesPage::new(host, &sites.list);
    let response = HttpResponse::build(StatusCode::NOT_FOUND)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(page.to_html());
    Reply::new(
        response,
        Reason::Text(format!("no environment answers at {host}")),
    )
}
