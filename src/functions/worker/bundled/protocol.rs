//! The wire to a worker: `u32be length of meta | meta JSON | raw body`, both ways.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use serde::Deserialize;

use crate::functions::app::function::Function;
use crate::functions::worker::invocation::{AppException, Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, PolledFrame, full};

/// Bytes of the length of a meta.
const PREFIX: usize = 4;
/// Bodies up to this many bytes are copied into the frame: that is shorter than to write twice.
const JOINED: usize = 16 * 1024;
/// The largest meta that a worker may send, in bytes: all headers of a response.
const META_LIMIT: usize = 16 * 1024 * 1024;

/// The answer to `GET /functions`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum FunctionList {
    Failed {
        error: AppException,
    },
    Loaded {
        model: ProgrammingModel,
        functions: Vec<Function>,
    },
}

/// The programming model of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum ProgrammingModel {
    /// Functions are described by files: Node.js v3, Python v1.
    #[serde(rename = "v3", alias = "v1")]
    Files,
    /// Functions are registered by the code: Node.js v4, Python v2.
    #[serde(rename = "v4", alias = "v2")]
    Code,
}

/// One line of `GET /events`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogEvent {
    pub(crate) level: String,
    #[serde(default)]
    pub(crate) message: String,
    pub(crate) function: Option<String>,
    pub(crate) invocation_id: Option<String>,
}

/// The frame that opens a call, with its body if that is here and small.
pub(crate) fn encode(call: &Invocation<'_>, body: Body) -> Result<Body, BoxError> {
    let mut frame = Vec::with_capacity(2048);
    frame.extend_from_slice(&[0; PREFIX]);
    serde_json::to_writer(&mut frame, call)?;
    let length = u32::try_from(frame.len() - PREFIX)?.to_be_bytes();
    frame[..PREFIX].copy_from_slice(&length);
    Ok(match body {
        Body::Whole(bytes) if bytes.len() <= JOINED => {
            frame.extend_from_slice(&bytes);
            full(frame)
        }
        body => Body::streamed(Joined::new(frame.into(), body)),
    })
}

/// Reads the meta of an answer; what remains is its body.
pub(crate) async fn decode<B>(mut body: B) -> Result<(InvocationResult, Joined<B>), BoxError>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let mut seen = BytesMut::new();
    loop {
        if let Some(length) = seen.first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            if length > META_LIMIT {
                return Err(format!("the worker announces {length} bytes of meta").into());
            }
            if seen.len() >= 4 + length {
                seen.advance(4);
                let meta = serde_json::from_slice(&seen.split_to(length))?;
                return Ok((meta, Joined::new(seen.freeze(), body)));
            }
        }
        match body.frame().await {
            Some(frame) => {
                if let Ok(data) = frame.map_err(Into::into)?.into_data() {
                    seen.extend_from_slice(&data);
                }
            }
            None => return Err("the worker ended its answer early".into()),
        }
    }
}

/// Some bytes, then a body.
#[derive(Debug)]
pub(crate) struct Joined<B> {
    first: Bytes,
    rest: B,
}

impl<B> Joined<B> {
    pub(crate) fn new(first: Bytes, rest: B) -> Self {
        Self { first, rest }
    }
}

impl Joined<Body> {
    /// As a [`Body`], which is [`Body::Whole`] if all of it has arrived.
    pub(crate) fn into_body(self) -> Body {
        match self.rest.is_end_stream() {
            true => Body::Whole(self.first),
            false => Body::streamed(self),
        }
    }
}

impl<B> HttpBody for Joined<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let frame = ready!(Pin::new(&mut self.rest).poll_frame(context));
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.len() as u64;
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(first));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(first));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Uri};

    use super::*;

    #[tokio::test]
    async fn a_frame_is_its_length_the_meta_and_the_body() {
        let (accept, other) = (
            HeaderName::from_static("accept"),
            HeaderName::from_static("x"),
        );
        let mut headers = HeaderMap::new();
        headers.append(&accept, HeaderValue::from_static("a"));
        headers.append(&accept, HeaderValue::from_static("\"b\"\\\tc"));
        headers.append(&other, HeaderValue::from_bytes(b"\xc3\xa9\xff").unwrap());
        let call = Invocation {
            invocation_id: "1",
            name: "hello",
            method: "GET",
            url: "http://localhost/api/hello",
            target: &Uri::from_static("/api/hello"),
            query: vec![("q".to_owned(), "é".to_owned())],
            params: Vec::new(),
            trace_parent: "00".to_owned(),
            trace_state: None,
            headers: &headers,
        };
        let meta = r#"{"invocationId":"1","name":"hello","method":"GET","url":"http://localhost/api/hello","query":[["q","é"]],"params":[],"traceParent":"00","traceState":null,"headers":[["accept","a"],["accept","\"b\"\\\tc"],["x","é�"]]}"#;
        let mut expected = u32::try_from(meta.len()).unwrap().to_be_bytes().to_vec();
        expected.extend_from_slice(meta.as_bytes());
        for body in [
            Bytes::from_static(b"body"),
            Bytes::from(vec![b'x'; JOINED + 1]),
        ] {
            let framed = encode(&call, full(body.clone())).unwrap();
            let seen = framed.collect().await.unwrap().to_bytes();
            assert_eq!(seen, [&expected[..], &body].concat());
        }
    }
}
