//! Workers that take requests over HTTP themselves (`HttpUri`): Node.js with `enableHttpStream`, Python with FastAPI, .NET
//! with ASP.NET Core. Bodies stream both ways.
//!
//! A call has two halves, which the worker joins by `x-ms-invocation-id`: the message over gRPC, and the request. The HTTP
//! response is the answer, whatever the message's result is once its head is there (FR-8).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderValue};
use http::{Request, Uri};
use http_body::{Body as HttpBody, SizeHint};
use hyper::body::Incoming;
use tokio::sync::OnceCell;

use super::capabilities::Capabilities;
use super::channel::{CLOSED, Channel, Expected};
use super::function_metadata::LoadedFunction;
use super::proto::streaming_message::Content;
use super::{convert, outcome};
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, PolledFrame, empty};
use crate::http::{Origin, of_thread};
use crate::process::is_strangers_port;

/// How often and after which waits a worker is asked whether its port is open, as the host of Azure does.
const TRIES: u32 = 10;
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(250);

/// By how much the head of a response may come after the message that the call failed.
const RACE: Duration = Duration::from_millis(100);

/// Where a worker takes requests.
#[derive(Debug)]
pub(crate) struct HttpUri {
    origin: Origin,
    /// Before every path.
    base: String,
    open: OnceCell<()>,
}

impl HttpUri {
    /// Reads the capability.
    ///
    /// # Errors
    /// It is no `http` URL, in a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|_| format!("`{text}` is not a valid URL"))?;
        match (uri.scheme_str(), text.parse()) {
            (Some("http"), Ok(origin)) => Ok(Self {
                origin,
                base: uri.path().trim_end_matches('/').to_owned(),
                open: OnceCell::new(),
            }),
            _ => Err(format!("`{text}` is not an http URL")),
        }
    }

    /// Both halves of a call.
    pub(crate) async fn call(
        &self,
        channel: &Arc<Channel>,
        function: &LoadedFunction,
        call: &Invocation<'_>,
        can: &Capabilities,
        body: Body,
    ) -> Result<(InvocationResult, Body), BoxError> {
        self.open.get_or_try_init(|| self.connectable()).await?;
        // A kept connection might be closed by the worker just when it is used, and a body cannot be sent twice.
        let client = of_thread();
        let forward = client.send_alone(&self.origin, self.request(call, body)?);
        tokio::pin!(forward);
        let mut expected = channel.expect(call.invocation_id, call.name);
        let message = convert::aside(call, function, can);
        channel.send(Content::InvocationRequest(message));
        let mut is_over = false;
        let response = loop {
            tokio::select! {
                biased;
                response = &mut forward => break response?,
                answer = expected.answer(), if !is_over => {
                    let answer = answer.ok_or(CLOSED)?;
                    let failure = answer.result.as_ref().and_then(|result| result.failure());
                    if failure.is_some() {
                        // The two halves race: a response that has begun wins.
                        match tokio::time::timeout(RACE, &mut forward).await {
                            Ok(response) => {
                                channel.late(call.name, &answer);
                                is_over = true;
                                break response?;
                            }
                            Err(_) => {
                                let (meta, _) = outcome::read(answer, function);
                                return Ok((meta, empty()));
                            }
                        }
                    }
                    is_over = true;
                }
            }
        };
        if !is_over {
            expected.detach();
        }
        let (head, incoming) = response.into_parts();
        let meta = InvocationResult::Passed {
            status: head.status,
            headers: head.headers,
        };
        let body = Streamed {
            incoming,
            call: Some(expected),
        };
        Ok((meta, Body::streamed(body)))
    }

    fn request(&self, call: &Invocation<'_>, body: Body) -> Result<Request<Body>, BoxError> {
        let url: Uri = call.url.parse()?;
        let target = url.path_and_query().map_or("/", |target| target.as_str());
        let host = url.authority().map_or("localhost", |host| host.as_str());
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{target}", self.base))
            .body(body)?;
        let headers = request.headers_mut();
        *headers = call.headers_to_pass();
        headers.remove(CONTENT_LENGTH);
        headers.insert(HOST, self.origin.host().clone());
        headers.insert("x-ms-invocation-id", call.invocation_id.parse()?);
        headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
        headers.insert("x-forwarded-host", host.parse()?);
        headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
        Ok(request)
    }

    /// Whether the port is not the worker's but another user's.
    fn is_strangers(&self) -> bool {
        let port = self.origin.uri().port_u16();
        self.origin.is_loopback() && port.is_some_and(is_strangers_port)
    }

    /// Waits until the port is open: a worker may say where it will listen before it does.
    async fn connectable(&self) -> Result<(), BoxError> {
        let client = of_thread();
        let mut wait = SHORTEST;
        for tries in 1.. {
            match client.reach(&self.origin).await {
                Ok(()) if self.is_strangers() => break,
                Ok(()) => return Ok(()),
                Err(error) if tries >= TRIES => {
                    return Err(format!("the worker does not listen: {error}").into());
                }
                Err(_) => tokio::time::sleep(wait).await,
            }
            wait = (wait * 2).min(LONGEST);
        }
        Err("a program of another user listens at the worker's port".into())
    }
}

/// The body of a worker's response. Dropping it before its end cancels the call.
struct Streamed {
    incoming: Incoming,
    call: Option<Expected>,
}

impl HttpBody for Streamed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
        if frame.is_none() || self.incoming.is_end_stream() {
            // The message of the worker may come later than the last byte.
            if let Some(call) = self.call.take() {
                call.leave();
            }
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_urls() {
        let uri = HttpUri::parse("http://127.0.0.1:4000/").unwrap();
        assert_eq!(
            (uri.origin.as_str(), uri.base.as_str()),
            ("http://127.0.0.1:4000", "")
        );
        let uri = HttpUri::parse("http://localhost/a/").unwrap();
        assert_eq!(
            (uri.origin.as_str(), uri.base.as_str()),
            ("http://localhost", "/a")
        );
        assert!(HttpUri::parse("https://x").is_err());
        assert!(HttpUri::parse("nonsense").is_err());
    }
}
