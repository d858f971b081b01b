//! The body of a request on its way to a backend: refused when too large (AP-7), read at once when small, otherwise
//! streamed as it comes, one chunk at a time, with the backend's pace holding the caller back.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::{Method, header},
};
use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt};
use http_body::{Body, Frame, SizeHint};

use super::error::CallError;
use crate::http::body::PolledFrame;
use crate::http::{
    BodyError, BodyLimit, ClientBody, Connection, IdleTimeout, MAX_IDLE, Sweep, read_body,
};

/// Bodies of known length up to this many bytes are in memory before the backend is called: they can be sent again on a
/// fresh connection, and an early answer of the backend cannot collide with them.
const BUFFERED: u64 = 64 * 1024;

const TOO_SHORT: &str = "it ended before its announced length";

/// A request body. Lives on its worker thread: actix's payload does.
pub(crate) enum RequestBody {
    /// None at all.
    Empty,
    /// In memory, taken by the one frame.
    Whole(Bytes),
    /// On its way.
    Streamed(Box<StreamedBody>),
}

/// A body that is read from the caller while it is sent.
pub(crate) struct StreamedBody {
    /// What came with the head.
    here: VecDeque<Bytes>,
    payload: Payload,
    /// Still to come, if the caller told a length.
    remaining: Option<u64>,
    passed: u64,
    limit: u64,
    idle: IdleTimeout,
    error: BodyErrorSlot,
}

/// Why a streamed body ended early, for the one who waits for the response.
#[derive(Clone, Default)]
pub(crate) struct BodyErrorSlot(Rc<RefCell<Option<CallError>>>);

impl BodyErrorSlot {
    pub(super) fn take(&self) -> Option<CallError> {
        self.0.borrow_mut().take()
    }
}

/// A streamed body ended early; the reason is in its slot.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(String);

/// Takes the body of a request as its head announces it.
pub(crate) async fn receive(
    request: &HttpRequest,
    mut payload: Payload,
    limit: u64,
) -> Result<RequestBody, CallError> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    let remaining = match length {
        _ if request.headers().contains_key(header::TRANSFER_ENCODING) => None,
        None | Some(0) => return Ok(RequestBody::Empty),
        Some(length) if length > limit => return Err(CallError::TooLarge { limit }),
        Some(length) if length <= BUFFERED => {
            return read_whole(payload, length).await.map(RequestBody::Whole);
        }
        Some(length) => Some(length),
    };
    let here = Box::pin(what_is_here(&mut payload)).await?;
    Ok(RequestBody::Streamed(Box::new(StreamedBody {
        here,
        payload,
        remaining,
        passed: 0,
        limit,
        idle: IdleTimeout::new(MAX_IDLE),
        error: BodyErrorSlot::default(),
    })))
}

/// What came with the head. A body that is broken already is refused before a backend is called: later there may be no
/// connection to say so on.
async fn what_is_here(payload: &mut Payload) -> Result<VecDeque<Bytes>, CallError> {
    // What came with the head is read once this request is under way.
    tokio::task::yield_now().await;
    let (mut here, mut length) = (VecDeque::new(), 0);
    while length < BUFFERED
        && let Some(Some(piece)) = payload.next().now_or_never()
    {
        let piece = piece.map_err(|error| CallError::from(BodyError::broken(error)))?;
        length += piece.len() as u64;
        here.push_back(piece);
    }
    Ok(here)
}

/// A small body of known length.
async fn read_whole(payload: Payload, length: u64) -> Result<Bytes, CallError> {
    let limit = BodyLimit {
        bytes: BUFFERED as usize,
        time: MAX_IDLE,
    };
    // Boxed: its future would make that of every call larger.
    let whole = Box::pin(read_body(payload, limit)).await?;
    if whole.len() as u64 == length {
        Ok(whole)
    } else {
        Err(CallError::RequestBody(TOO_SHORT.to_owned()))
    }
}

/// Whether the request loses its `Content-Type` on the way: a `POST` without a body does (AP-11).
///
/// Graded O (observed, undocumented), hence one function.
pub(super) fn loses_content_type(method: &Method, body: &RequestBody) -> bool {
    method == Method::POST && matches!(body, RequestBody::Empty)
}

impl RequestBody {
    /// Where the reason is found if the body ends early; `None` unless it streams.
    pub(super) fn error_slot(&self) -> Option<BodyErrorSlot> {
        match self {
            Self::Streamed(body) => Some(body.error.clone()),
            Self::Empty | Self::Whole(_) => None,
        }
    }
}

impl ClientBody for RequestBody {
    /// Unless it streams.
    fn replay(&self) -> Option<Self> {
        match self {
            Self::Empty => Some(Self::Empty),
            Self::Whole(bytes) => Some(Self::Whole(bytes.clone())),
            Self::Streamed(_) => None,
        }
    }

    fn is_at_hand(&self) -> bool {
        match self {
            Self::Empty | Self::Whole(_) => true,
            Self::Streamed(_) => self.is_end_stream(),
        }
    }

    fn drive(connection: Connection<Self>) {
        actix_web::rt::spawn(connection.run());
    }

    fn sweep(task: Sweep<Self>) {
        actix_web::rt::spawn(task.run());
    }
}

impl StreamedBody {
    fn broken(&self, why: CallError) -> Broken {
        let text = why.to_string();
        *self.error.0.borrow_mut() = Some(why);
        Broken(text)
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        let polled = match self.here.pop_front() {
            Some(piece) => Poll::Ready(Some(Ok(piece))),
            None => Pin::new(&mut self.payload).poll_next(context),
        };
        let chunk = match std::task::ready!(self.idle.check(context, polled)) {
            Err(slow) => return Poll::Ready(Some(Err(self.broken(slow.into())))),
            Ok(chunk) => chunk,
        };
        let chunk = match chunk {
            Some(Ok(chunk)) => chunk,
            Some(Err(error)) => {
                return Poll::Ready(Some(Err(
                    self.broken(CallError::from(BodyError::broken(error)))
                )));
            }
            None if self.remaining.is_some_and(|remaining| remaining > 0) => {
                let early = CallError::RequestBody(TOO_SHORT.to_owned());
                return Poll::Ready(Some(Err(self.broken(early))));
            }
            None => return Poll::Ready(None),
        };
        let length = chunk.len() as u64;
        self.passed += length;
        if self.passed > self.limit {
            let too_large = CallError::TooLarge { limit: self.limit };
            return Poll::Ready(Some(Err(self.broken(too_large))));
        }
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.saturating_sub(length);
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame<Broken> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Self::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Streamed(body) => body
                .poll_chunk(context)
                .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(_) => false,
            Self::Streamed(body) => body.remaining == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(body) => body
                .remaining
                .map_or_else(SizeHint::new, SizeHint::with_exact),
        }
    }
}
