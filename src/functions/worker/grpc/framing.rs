//! Messages on a stream of gRPC: a byte that says whether it is compressed, four of its length, the message.
//!
//! Not tonic's codec, whose buffers stay as large as the largest message was for as long as the worker lives.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame};
use http_body_util::BodyExt as _;
use prost::Message as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tonic::Status;
use tonic::body::Body;

use super::proto::StreamingMessage;
use crate::http::body::{BoxError, LARGE, PolledFrame, buffer_for};

/// Before each message.
const PREFIX: usize = 5;

/// The messages of a request, as they come.
pub(crate) struct Incoming {
    body: Body,
    /// The next message, as far as it came, and perhaps more.
    seen: BytesMut,
}

impl Incoming {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body,
            seen: BytesMut::new(),
        }
    }

    /// The next message; `None` at the end of the stream.
    ///
    /// # Errors
    /// The connection broke, or what came is no message.
    pub(crate) async fn message(&mut self) -> Result<Option<StreamingMessage>, BoxError> {
        loop {
            if let Some(whole) = self.take()? {
                return Ok(Some(StreamingMessage::decode(whole)?));
            }
            match self.body.frame().await {
                Some(frame) => {
                    if let Ok(data) = frame?.into_data() {
                        self.seen.extend_from_slice(&data);
                    }
                }
                None if self.seen.is_empty() => return Ok(None),
                None => return Err("the stream ended within a message".into()),
            }
        }
    }

    /// Takes the next message, if all of it is there; makes room for the rest of it if not.
    fn take(&mut self) -> Result<Option<Bytes>, BoxError> {
        let Some(&[is_compressed, ref length @ ..]) = self.seen.first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        if is_compressed != 0 {
            return Err("a message is compressed although nobody said that it may be".into());
        }
        let length = u32::from_be_bytes(*length) as usize;
        if self.seen.len() >= PREFIX + length {
            self.seen.advance(PREFIX);
            let whole = self.seen.split_to(length).freeze();
            if length > LARGE {
                // What has come of the next one would keep the memory of all of this one.
                self.seen = BytesMut::from(&self.seen[..]);
            }
            return Ok(Some(whole));
        }
        if length > LARGE && self.seen.capacity() < PREFIX + length {
            let mut seen = buffer_for(PREFIX + length);
            seen.extend_from_slice(&self.seen);
            self.seen = seen;
        }
        Ok(None)
    }
}

/// The messages of an answer; a status that is no success ends it.
pub(crate) struct Outgoing {
    messages: UnboundedReceiver<Result<StreamingMessage, Status>>,
    is_over: bool,
}

impl Outgoing {
    pub(crate) fn new(messages: UnboundedReceiver<Result<StreamingMessage, Status>>) -> Self {
        Self {
            messages,
            is_over: false,
        }
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        if self.is_over {
            return Poll::Ready(None);
        }
        let status = match ready!(self.messages.poll_recv(context)) {
            Some(Ok(message)) => return Poll::Ready(Some(framed(&message).map(Frame::data))),
            Some(Err(status)) => status,
            None => Status::ok(""),
        };
        self.is_over = true;
        let mut trailers = http::HeaderMap::new();
        let added = status.add_header(&mut trailers);
        Poll::Ready(Some(
            added
                .map(|()| Frame::trailers(trailers))
                .map_err(Into::into),
        ))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}

fn framed(message: &StreamingMessage) -> Result<Bytes, BoxError> {
    let length = message.encoded_len();
    let mut frame = buffer_for(PREFIX + length);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length)?);
    message.encode(&mut frame)?;
    Ok(frame.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::worker::grpc::proto::InvocationCancel;
    use crate::functions::worker::grpc::proto::streaming_message::Content;

    fn message(text: &str) -> StreamingMessage {
        Content::InvocationCancel(InvocationCancel {
            invocation_id: text.to_owned(),
        })
        .into()
    }

    #[tokio::test]
    async fn messages_come_whole_however_they_were_cut() {
        let all = [message("a"), message(&"b".repeat(2 * LARGE)), message("")];
        let bytes: Vec<u8> = all.iter().flat_map(|each| framed(each).unwrap()).collect();
        for size in [7, 4_099, 16_384, bytes.len()] {
            let frames = bytes.chunks(size).map(Bytes::copy_from_slice);
            let frames: Vec<_> = frames
                .map(|data| Ok::<_, BoxError>(Frame::data(data)))
                .collect();
            let body = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
            let mut incoming = Incoming::new(Body::new(body));
            for expected in &all {
                assert_eq!(
                    incoming.message().await.unwrap().as_ref(),
                    Some(expected),
                    "{size}"
                );
            }
            assert_eq!(incoming.message().await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn what_is_no_message_is_an_error() {
        let whole = framed(&message("a")).unwrap();
        for wrong in [
            whole.slice(..whole.len() - 1),
            Bytes::from_static(&[1, 0, 0, 0, 0]),
            Bytes::from_static(&[0, 0, 0, 0, 1, 0xff]),
        ] {
            let body = http_body_util::Full::new(wrong.clone());
            let mut incoming = Incoming::new(Body::new(body));
            assert!(incoming.message().await.is_err(), "{wrong:?}");
        }
    }
}
