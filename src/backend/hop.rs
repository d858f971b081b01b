//! What was sent to a backend or a dev server and what came back, for whoever looks at the request later.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use http::response::Parts;
use http::{HeaderMap, Method, Request};

use crate::http::HeaderCopy;

/// One exchange, up to the head of its answer.
#[derive(Debug)]
pub struct Hop {
    /// Who was asked: a URL, or `the Functions host`.
    pub who: Box<str>,
    /// As it was sent.
    pub method: Method,
    /// Path and query as they were sent.
    pub target: Box<str>,
    /// Headers as they were sent; none where nobody looked.
    pub sent: HeaderCopy,
    /// Status and headers of the answer, if one came.
    pub received: Option<(u16, HeaderCopy)>,
    /// Between the two.
    pub took: Option<Duration>,
    /// How long nobody was there to ask.
    pub waited: Option<Duration>,
    /// The invocation of a managed function.
    pub invocation: Option<Box<str>>,
    sent_at: Instant,
}

/// Takes one exchange; the last one, where several were made.
#[derive(Debug)]
pub struct HopSlot {
    exchange: RefCell<Option<Box<Hop>>>,
    /// Copying them costs more than all the rest.
    keeps_headers: bool,
}

impl HopSlot {
    /// An empty one.
    pub fn new(keeps_headers: bool) -> Self {
        Self {
            exchange: RefCell::default(),
            keeps_headers,
        }
    }

    fn copy(&self, headers: &HeaderMap) -> HeaderCopy {
        match self.keeps_headers {
            true => HeaderCopy::of_hop(headers),
            false => HeaderCopy::default(),
        }
    }

    /// Takes what is sent. Called again, another request takes the place of the first.
    pub(crate) fn sent<B>(&self, who: &str, request: &Request<B>) {
        let uri = request.uri();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        self.exchange.replace(Some(Box::new(Hop {
            who: who.into(),
            method: request.method().clone(),
            target: target.into(),
            sent: self.copy(request.headers()),
            received: None,
            took: None,
            waited: None,
            invocation: None,
            sent_at: Instant::now(),
        })));
    }

    /// Takes the head of the answer.
    pub(crate) fn received(&self, head: &Parts) {
        self.answered(head.status.as_u16(), &head.headers);
    }

    fn answered(&self, status: u16, headers: &HeaderMap) {
        if let Some(hop) = &mut *self.exchange.borrow_mut() {
            hop.took = Some(hop.sent_at.elapsed());
            hop.received = Some((status, self.copy(headers)));
        }
    }

    /// Says how long nobody was there to ask.
    pub(crate) fn waited(&self, waited: Duration) {
        if let Some(hop) = &mut *self.exchange.borrow_mut() {
            hop.waited = Some(waited);
        }
    }

    /// Says which call of a function it was; the time that the host waited for a worker was not the function's.
    pub(crate) fn invoked(&self, invocation: &str, waited: Duration) {
        if let Some(hop) = &mut *self.exchange.borrow_mut() {
            hop.invocation = Some(invocation.into());
            hop.waited = Some(waited);
            hop.took = hop.took.map(|took| took.saturating_sub(waited));
        }
    }

    /// The exchange, if there was one.
    pub fn take(&self) -> Option<Box<Hop>> {
        self.exchange.take()
    }
}

impl Hop {
    /// Bytes in memory.
    pub fn size(&self) -> usize {
        let received = self
            .received
            .as_ref()
            .map_or(0, |(_, headers)| headers.size());
        size_of::<Self>() + self.who.len() + self.target.len() + self.sent.size() + received
    }
}
