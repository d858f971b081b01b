//! The response on its way to the caller: status and headers as the backend said them, framing our own.
//!
//! | the backend's body | what the caller gets |
//! |---|---|
//! | none can be (HEAD, 204, 304) | no stream at all: an empty one would write `0\r\n\r\n` into the next response; lengths are kept |
//! | of known length, already here | that, in one piece |
//! | of known length | a stream of that length |
//! | of unknown length | chunks; to HTTP/1.0 callers, everything up to the end of the connection |
//! | truncated, or beyond the time limit | a connection that breaks, never a clean end |

use std::{
    error::Error,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    http::{ConnectionType, Method, StatusCode, Version, header as edge},
};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{header, response::Parts};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep};

use super::{buffering, compat_warnings, headers};
use crate::http::{ChunkedBytes, body::BoxError};

/// What is known of the caller before there is a response.
pub(crate) struct ResponseContext<'a> {
    pub(super) request: &'a HttpRequest,
    pub(super) target: &'a str,
    deadline: Option<Instant>,
}

impl<'a> ResponseContext<'a> {
    pub(crate) fn new(
        request: &'a HttpRequest,
        target: &'a str,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            request,
            target,
            deadline,
        }
    }

    /// Turns the response of `who` into ours.
    pub(crate) fn respond<B>(self, head: &Parts, body: B, who: &str) -> HttpResponse
    where
        B: Body<Data = Bytes> + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let status =
            StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::new(status);
        headers::to_caller(&head.headers, response.headers_mut());
        if self.request.head().upgrade() {
            // actix would answer `connection: upgrade`, which it does not mean, and then close without a word.
            close(&mut response);
        }
        let body = self.body(head, body, who, &mut response);
        response.set_body(body)
    }

    fn body<B>(self, head: &Parts, mut body: B, who: &str, response: &mut HttpResponse) -> BoxBody
    where
        B: Body<Data = Bytes> + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let length = announced_length(head);
        let status = head.status;
        let bodiless =
            status == http::StatusCode::NO_CONTENT || status == http::StatusCode::NOT_MODIFIED;
        let head_only = self.request.method() == Method::HEAD;
        if head_only || bodiless {
            if status == http::StatusCode::NOT_MODIFIED
                && let Some(length) = length
            {
                // For this status alone actix takes the length from the headers.
                response
                    .headers_mut()
                    .insert(edge::CONTENT_LENGTH, length.into());
            }
            return BoxBody::new(Unsent(length.filter(|_| !bodiless)));
        }
        let exact = body.size_hint().exact();
        if exact == Some(0) || body.is_end_stream() {
            return BoxBody::new(Bytes::new());
        }
        // Most answers are small and have arrived with their head: one allocation less, and no timer.
        let first = match (exact, body.frame().now_or_never()) {
            (Some(exact), Some(Some(Ok(frame)))) => match frame.into_data() {
                Ok(data) if data.len() as u64 == exact => {
                    return BoxBody::new(ChunkedBytes::new(data));
                }
                Ok(data) => First::Data(data),
                Err(_) => First::None,
            },
            (_, Some(Some(Ok(frame)))) => frame.into_data().map_or(First::None, First::Data),
            (_, Some(Some(Err(error)))) => First::Error(error.into()),
            (_, Some(None)) => First::End,
            (_, None) => First::None,
        };
        if exact.is_none() && self.request.version() == Version::HTTP_10 {
            response.head_mut().no_chunking(true);
            close(response);
        }
        let pace =
            (exact.is_none() && buffering::would_be_collected(&head.headers)).then(Pace::default);
        BoxBody::new(Streamed {
            pace,
            body,
            first,
            size: exact.map_or(BodySize::Stream, BodySize::Sized),
            until: self
                .deadline
                .map(|deadline| Box::pin(tokio::time::sleep_until(deadline))),
            what: format!("{} {}", self.request.method(), self.target),
            who: who.to_owned(),
        })
    }
}

fn close(response: &mut HttpResponse) {
    let head = response.head_mut();
    head.set_connection_type(ConnectionType::Close);
}

/// The length that the backend announced, be there a body or not.
fn announced_length(head: &Parts) -> Option<u64> {
    if head.headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let value = head.headers.get(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.trim().parse().ok()
}

/// A body that is never sent; its length is said if the backend said one. Without this type actix would answer a HEAD
/// with `content-length: 0`.
struct Unsent(Option<u64>);

impl MessageBody for Unsent {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        self.0.map_or(BodySize::None, BodySize::Sized)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// What was read of a body before its response began.
enum First {
    None,
    Data(Bytes),
    End,
    Error(BoxError),
}

/// A body that passes while it is read. Dropping it (the caller has gone) closes the connection to the backend.
struct Streamed<B> {
    body: B,
    first: First,
    size: BodySize,
    /// AP-6 counts the whole call.
    until: Option<Pin<Box<Sleep>>>,
    /// Method and path, for the log.
    what: String,
    who: String,
    /// Of a body that Azure would collect.
    pace: Option<Pace>,
}

/// Tells whether a body comes in pieces that somebody is meant to see one by one.
#[derive(Default)]
struct Pace {
    last: Option<Instant>,
}

impl Pace {
    /// Shorter than what a person compat_warnings, longer than what the backend's own writes take.
    const PAUSE: Duration = Duration::from_millis(200);

    /// Takes note of a piece; true if there was a pause before it.
    fn paused(&mut self) -> bool {
        let now = Instant::now();
        let last = self.last.replace(now);
        last.is_some_and(|last| now - last >= Self::PAUSE)
    }
}

impl<B> Streamed<B> {
    /// AP-10: said once for each path, when it shows.
    fn take_note(&mut self) {
        if self.pace.as_mut().is_some_and(Pace::paused) {
            self.pace = None;
            compat_warnings::streamed(&self.what);
        }
    }

    /// Breaks the connection to the caller off, with the cause in the log: a clean end would pass for the whole body.
    fn abort(&self, cause: BoxError) -> Box<dyn Error> {
        log::warn!(hint = "look at its own log"; "{}: the response broke off: {}: {}",
            self.what,
            self.who,
            crate::http::error::error_chain(&*cause)
        );
        cause
    }
}

impl<B> MessageBody for Streamed<B>
where
    B: Body<Data = Bytes> + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        match std::mem::replace(&mut this.first, First::None) {
            First::None => {}
            First::Data(data) => {
                this.take_note();
                return Poll::Ready(Some(Ok(data)));
            }
            First::Error(cause) => return Poll::Ready(Some(Err(this.abort(cause)))),
            First::End => {
                return Poll::Ready(None);
            }
        }
        if let Some(until) = &mut this.until
            && until.as_mut().poll(context).is_ready()
        {
            let cause = "the time limit of the call has passed".into();
            return Poll::Ready(Some(Err(this.abort(cause))));
        }
        loop {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers belong to a hop whose `te` we never sent.
                    if let Ok(data) = frame.into_data() {
                        this.take_note();
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(cause)) => return Poll::Ready(Some(Err(this.abort(cause.into())))),
                None => return Poll::Ready(None),
            }
        }
    }
}
