//! One request with everything that is known of it, read once.

use std::borrow::Cow;
use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::header::{COOKIE, HOST, HeaderName};
use actix_web::{HttpMessage, HttpRequest};

use crate::auth::CookieReading;
use crate::auth::real::Sessions;
use crate::backend::hop::HopSlot;
use crate::environment::Environment;
use crate::http::HostName;
use crate::routing::path::{clean, decode, without_query};
use crate::routing::{Caller, Method, Origin, RequestFacts, Target};

use super::record::{AccessRecord, KnownFacts};
use super::state::{AppState, WorkerState};

/// A request, its path normalised and its caller known, with the worker that answers it and the environment as it was
/// when the request came.
pub struct RequestContext<'a> {
    /// Who answers.
    pub worker: &'a WorkerState,
    /// The environment: one snapshot for the whole request.
    pub environment: &'a Environment,
    /// The request itself.
    pub request: &'a HttpRequest,
    /// The path that is judged: clean and decoded.
    pub path: Cow<'a, str>,
    /// Clean path and query, where they differ from what came.
    cleaned: Option<Box<str>>,
    /// Who calls.
    pub caller: CookieReading,
    /// Where from, for the network rules.
    pub origin: Origin,
    /// Values of the headers that the network rules demand.
    required_headers: Vec<Option<&'a str>>,
    hop: HopSlot,
    /// The request's number, once somebody asked for it.
    id: Cell<Option<u64>>,
}

impl<'a> RequestContext<'a> {
    /// Reads a request.
    pub fn new(
        worker: &'a WorkerState,
        environment: &'a Environment,
        request: &'a HttpRequest,
    ) -> Self {
        let headers = request.headers();
        let caller = caller(environment, request);
        if let CookieReading::Malformed(reason) = &caller {
            log::warn!(
                "the session cookie is not understood, so its sender is anonymous: {reason}"
            );
        }
        let (path, cleaned) = match clean(request.uri().path()) {
            Cow::Borrowed(raw) => (decode(raw), None),
            Cow::Owned(clean) => {
                let path = Cow::Owned(decode(&clean).into_owned());
                let query = request.uri().query();
                let cleaned = query.map_or(clean.clone(), |query| format!("{clean}?{query}"));
                (path, Some(cleaned.into_boxed_str()))
            }
        };
        // Without such rules, nothing is allocated.
        let required_headers = environment.rules.required_headers();
        Self {
            path,
            cleaned,
            caller,
            origin: origin(&worker.app, request),
            required_headers: required_headers
                .map(|name| headers.get(name)?.to_str().ok())
                .collect(),
            hop: HopSlot::new(
                worker
                    .requests
                    .as_ref()
                    .is_some_and(|requests| requests.are_watched()),
            ),
            id: Cell::new(None),
            worker,
            environment,
            request,
        }
    }

    /// What all requests share.
    pub fn app(&self) -> &'a AppState {
        &self.worker.app
    }

    /// The request as the decision sees it.
    pub fn facts(&self) -> RequestFacts<'_> {
        RequestFacts {
            method: Method::parse(self.request.method().as_str()),
            path: &self.path,
            caller: match &self.caller {
                CookieReading::SignedIn(principal) => Caller::SignedIn(&principal.user_roles),
                CookieReading::Anonymous | CookieReading::Malformed(_) => Caller::Anonymous,
            },
            origin: self.origin,
            required_headers: &self.required_headers,
            has_api: self.environment.has_api(),
            has_data_api: self.environment.data_api.is_some(),
            any_method: self.environment.dev_server.is_some(),
        }
    }

    /// Takes what is sent to another program, if it is remembered.
    pub fn hop(&self) -> Option<&HopSlot> {
        self.worker.requests.is_some().then_some(&self.hop)
    }

    /// The number by which the inspector shows this request; `None` without an inspector.
    pub fn request_id(&self) -> Option<u64> {
        let requests = self.worker.requests.as_ref()?;
        let id = self.id.get().unwrap_or_else(|| requests.next());
        self.id.set(Some(id));
        Some(id)
    }

    /// Writes what is known of the request to its record, if records are kept, so that the answer can be explained later. In
    /// place, because a reply is large to move.
    pub(super) fn leave_facts(self, record: &mut AccessRecord) {
        if self.worker.requests.is_none() {
            return;
        }
        let environment = self.environment;
        let required = self.required_headers;
        record.facts = KnownFacts {
            caller: match self.caller {
                CookieReading::SignedIn(principal) => Some(Box::new(principal)),
                CookieReading::Anonymous | CookieReading::Malformed(_) => None,
            },
            origin: self.origin,
            required_headers: match required.is_empty() {
                true => Box::default(),
                false => required
                    .into_iter()
                    .map(|value| value.map(Box::from))
                    .collect(),
            },
            has_api: environment.has_api(),
            has_data_api: environment.data_api.is_some(),
            any_method: environment.dev_server.is_some(),
            hop: self.hop.take(),
            id: self.id.get(),
        };
    }

    /// Path and query as they came, for people.
    pub fn raw(&self) -> &str {
        self.request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
    }

    /// Path and query as they are passed on: what came, but for what [`clean`] changes, so that what is sent is what was
    /// judged.
    pub fn requested(&self) -> &str {
        self.cleaned.as_deref().unwrap_or_else(|| self.raw())
    }

    /// The path of [`Self::requested`], still escaped.
    pub fn requested_path(&self) -> &str {
        without_query(self.requested())
    }

    /// The query as it came, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.request.uri().query()
    }

    /// The path and query to send for a target. A rewrite without a query takes the request's along; whether Azure does
    /// is undocumented (RT-43), and a backend that does not expect it loses nothing.
    pub fn target<'t>(&'t self, target: Target<'t>) -> Cow<'t, str> {
        match (target, self.query()) {
            (Target::Requested, _) => Cow::Borrowed(self.requested()),
            (Target::Rewritten(to), Some(query)) if !to.contains('?') => {
                Cow::Owned(format!("{to}?{query}"))
            }
            (Target::Rewritten(to), _) => Cow::Borrowed(to),
        }
    }

    /// Whether pages get the live-reload client.
    pub fn is_live(&self) -> bool {
        self.app().live.is_some()
    }

    /// The host that the caller used; ours where the header is missing or is not a host.
    pub fn host(&self) -> &str {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
        let own = &self.app().own_host;
        match self.request.headers().get(HOST) {
            Some(host) if !host.is_empty() && host.as_bytes().iter().all(fits) => {
                host.to_str().unwrap_or(own)
            }
            _ => own,
        }
    }

    fn scheme(&self) -> &'static str {
        if self.app().secure { "https" } else { "http" }
    }

    /// `http://localhost:4280`, as the caller's browser knows the app.
    pub fn own_origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.host())
    }

    /// The full public URL before any rewrite (AP-21). Apps that render pages route by it, so it is clean too.
    pub fn original_url(&self) -> String {
        [self.scheme(), "://", self.host(), self.requested()].concat()
    }

    /// A header as text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

/// Marks a request that this process made up, for `explain` and the inspector: who asks may be written plainly in it.
#[derive(Debug, Clone, Copy)]
pub struct MadeUp;

fn caller(environment: &Environment, request: &HttpRequest) -> CookieReading {
    let read = |sessions: &Sessions| {
        let cookies = request.headers().get_all(COOKIE);
        sessions.read(cookies.map(|value| value.as_bytes()))
    };
    match read(environment.real_sign_in.sessions()) {
        CookieReading::Malformed(_) if request.extensions().contains::<MadeUp>() => {
            read(&Sessions::Plain)
        }
        reading => reading,
    }
}

/// Whether a request comes from the emulator's own machine: its sender may read what lies there. One that is taken to come
/// from elsewhere does not, nor does one for a host that is not loopback, which a tunnel may have brought.
pub fn is_from_this_machine(app: &AppState, request: &HttpRequest) -> bool {
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_for_loopback =
        host.is_empty() || HostName::parse(host).is_some_and(HostName::is_loopback);
    is_for_loopback && caller_address(app, request).is_loopback()
}

/// Where a request comes from.
pub fn caller_address(app: &AppState, request: &HttpRequest) -> IpAddr {
    let peer = || request.peer_addr().map(|peer| peer.ip().to_canonical());
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    app.client_ip.or_else(peer).unwrap_or(here)
}

/// Rules about addresses would lock developers out of their own app, so callers on this machine are not judged unless
/// that is asked for.
fn origin(app: &AppState, request: &HttpRequest) -> Origin {
    let address = caller_address(app, request);
    match app.client_ip {
        None if !app.strict && address.is_loopback() => Origin::Trusted,
        _ => Origin::Address(address),
    }
}
