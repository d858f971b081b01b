//! What is taken of a request while it is answered. Nobody looks most of the time: then it is one small entry, and bodies
//! pass untouched, but for those that are still to come with their head, whose end is noted.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant, SystemTime};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use actix_web::{HttpRequest, HttpResponse};
use arc_swap::ArcSwapOption;
use bytes::Bytes;
use futures_util::StreamExt;

use crate::http::HeaderCopy;
use crate::pipeline::Reply;

use super::body_copy::BodyCopy;
use super::entry::{Bodies, Ended, Entry, Heads, Resent, Text};
use super::journal::Journal;

/// Longer bodies are on their way for a while.
const SHORT: u64 = 256 * 1024;

/// What is known of a request before it is answered.
pub struct Capture<'j> {
    journal: &'j Arc<Journal>,
    started: Instant,
    /// Whether somebody looks, so that everything is kept.
    keeps_all: bool,
    /// Whether a body may come with the request; otherwise its headers need no look.
    may_have_body: bool,
    request_body: Option<Rc<RefCell<BodyCopy>>>,
    resent: Option<Box<Resent>>,
}

impl<'j> Capture<'j> {
    /// Begins.
    pub fn start(journal: &'j Arc<Journal>, started: Instant) -> Self {
        Self {
            journal,
            started,
            keeps_all: journal.audience.is_there(),
            may_have_body: true,
            request_body: None,
            resent: None,
        }
    }

    /// One that repeats another request. Whoever asked for it looks.
    pub fn again(journal: &'j Arc<Journal>, started: Instant, resent: Resent) -> Self {
        Self {
            journal,
            started,
            keeps_all: true,
            may_have_body: true,
            request_body: None,
            resent: Some(Box::new(resent)),
        }
    }

    /// Takes a copy of the request's body as it passes, if somebody looks.
    pub fn payload(&mut self, request: &HttpRequest, payload: Payload) -> Payload {
        self.may_have_body = !matches!(payload, Payload::None);
        if !self.keeps_all || !self.may_have_body || announced(request) == Some(0) {
            return payload;
        }
        let copy = Rc::new(RefCell::new(BodyCopy::default()));
        self.request_body = Some(Rc::clone(&copy));
        let passed = payload.inspect(move |piece| {
            if let Ok(piece) = piece {
                copy.borrow_mut().add(piece);
            }
        });
        Payload::Stream {
            payload: Box::pin(passed),
        }
    }

    /// Keeps what is known of the answer; what is still to come of it is noted as it goes, in the entry that is given back.
    pub fn answered(
        mut self,
        request: &HttpRequest,
        environment: Option<Arc<str>>,
        (reply, took): (Reply, Duration),
    ) -> (HttpResponse, Option<Arc<Entry>>) {
        let Reply { response, record } = reply;
        let target = request.uri().path_and_query();
        let content_type = response.headers().get(CONTENT_TYPE);
        let text = Text::new(
            target.map_or("/", |target| target.as_str()),
            content_type.map(|kind| kind.as_bytes()),
        );
        let status = response.status().as_u16();
        let keeps_heads = self.keeps_all || status >= 400;
        let size = response.body().size();
        let is_short = matches!(size, BodySize::None | BodySize::Sized(0..=SHORT));
        let now = SystemTime::now();
        let came = (self.started, now.checked_sub(took).unwrap_or(now));
        let entry = Entry {
            environment,
            status,
            first_byte: took,
            request_bytes: match self.may_have_body {
                true => announced(request),
                false => Some(0),
            },
            response_bytes: match size {
                BodySize::Stream => None,
                _ if request.method() == Method::HEAD => Some(0),
                BodySize::None => Some(0),
                BodySize::Sized(bytes) => Some(bytes),
            },
            streams: self.keeps_all || !is_short,
            heads: keeps_heads.then(|| {
                Box::new(Heads {
                    request: HeaderCopy::of_edge(request.headers()),
                    response: HeaderCopy::of_edge(response.headers()),
                })
            }),
            resent: self.resent.take(),
            ..Entry::new(came, request.method().clone(), text, record)
        };
        if !entry.streams {
            self.journal.add(entry);
            return (response, None);
        }
        let entry = Arc::new(entry);
        self.journal.add_followed(Arc::clone(&entry));
        let response = response.map_body(|_, body| self.follow(&entry, body));
        (response, Some(entry))
    }

    /// Notes the end of a body, and keeps a copy of its beginning if somebody looks.
    fn follow(self, entry: &Arc<Entry>, body: BoxBody) -> BoxBody {
        let followed = Followed {
            started: self.started,
            journal: Arc::clone(self.journal),
            entry: Arc::clone(entry),
            bytes: 0,
            is_whole: false,
            request: self.request_body,
            copy: self.keeps_all.then(BodyCopy::default),
        };
        let is_empty = matches!(body.size(), BodySize::None | BodySize::Sized(0));
        if is_empty || entry.method == Method::HEAD {
            followed.over(&[]);
            return body;
        }
        match body.try_into_bytes() {
            Ok(bytes) => {
                followed.over(&bytes);
                BoxBody::new(bytes)
            }
            Err(body) => BoxBody::new(Observed { body, followed }),
        }
    }
}

/// The length of a request's body, as its head announces it.
fn announced(request: &HttpRequest) -> Option<u64> {
    let headers = request.headers();
    match headers.get(CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok(),
        None => (!headers.contains_key(TRANSFER_ENCODING)).then_some(0),
    }
}

/// A body that is followed to its end.
struct Observed {
    body: BoxBody,
    followed: Followed,
}

/// What is noted of it; it ends with the body, however that ends.
struct Followed {
    started: Instant,
    journal: Arc<Journal>,
    entry: Arc<Entry>,
    bytes: u64,
    is_whole: bool,
    request: Option<Rc<RefCell<BodyCopy>>>,
    copy: Option<BodyCopy>,
}

impl Followed {
    fn take(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if let Some(copy) = &mut self.copy {
            copy.add(piece);
        }
    }

    /// All of it at once.
    fn over(mut self, bytes: &[u8]) {
        self.take(bytes);
        self.is_whole = true;
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let is_sized = self.entry.response_bytes == Some(self.bytes);
        let ended = Ended {
            took: self.started.elapsed(),
            bytes: self.bytes,
            broken: !self.is_whole && !is_sized,
            bodies: ArcSwapOption::new(self.copy.take().map(|response| {
                let request = self.request.take();
                let request = request.map(|copy| copy.take());
                Arc::new(Bodies::Kept { request, response })
            })),
        };
        self.journal.end(&self.entry, ended);
    }
}

impl MessageBody for Observed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = ready!(self.body.as_pin_mut().poll_next(context));
        match &piece {
            Some(Ok(piece)) => self.followed.take(piece),
            Some(Err(_)) => {}
            None => self.followed.is_whole = true,
        }
        Poll::Ready(piece)
    }
}
