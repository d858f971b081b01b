//! The hop to the Functions host in this process (B1): the same head as over the wire, bodies over a channel.
//!
//! The host may answer from another thread, a request body cannot leave this one: a small task hands its chunks over,
//! one at a time, so that a function's pace holds the caller back.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::{
    ApiCall, BackendKind,
    error::CallError,
    inbound::InboundBody,
    notices,
    outbound::{Origin, Outbound},
    proxy,
};
use crate::{
    functions::FunctionsHost,
    wire::{self, BoxError},
};

/// Asks the Functions host and takes its answer.
pub(super) async fn exchange(
    host: &FunctionsHost,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: InboundBody,
    outbound: Outbound,
) -> Result<HttpResponse, CallError> {
    let fate = body.fate();
    let mut outgoing = Request::new(body);
    *outgoing.uri_mut() = proxy::target(call.target)?;
    proxy::prepare(&mut outgoing, request, call, BackendKind::Managed, None)?;
    let response = host.handle(outgoing.map(sendable)).await;
    // The host answers a broken body in its own way, but the caller is owed the reason (AP-43).
    if let Some(error) = fate.take() {
        return Err(error);
    }
    notices::look_at(response.headers(), "the Functions host");
    let (head, body) = response.into_parts();
    Ok(outbound.respond(&head, body, Origin::new("the Functions host", None)))
}

/// A body that may go to another thread.
fn sendable(body: InboundBody) -> wire::Body {
    match body {
        InboundBody::Empty => wire::empty(),
        InboundBody::Whole(bytes) => wire::full(bytes),
        InboundBody::Streamed(_) => {
            let length = body.size_hint();
            let (sender, receiver) = mpsc::channel(1);
            actix_web::rt::spawn(hand_over(body, sender));
            Handed { receiver, length }.boxed_unsync()
        }
    }
}

/// Hands chunks over until the body ends or nobody takes them any more.
async fn hand_over(mut body: InboundBody, sender: mpsc::Sender<Result<Bytes, BoxError>>) {
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = sender.closed() => return,
        };
        let chunk = match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Ok(data),
                Err(_) => continue,
            },
            Some(Err(error)) => Err(error.into()),
            None => return,
        };
        let last = chunk.is_err();
        if sender.send(chunk).await.is_err() || last {
            return;
        }
    }
}

/// The other end of [`hand_over`].
struct Handed {
    receiver: mpsc::Receiver<Result<Bytes, BoxError>>,
    /// As announced by the caller.
    length: SizeHint,
}

impl Body for Handed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.receiver
            .poll_recv(context)
            .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.clone()
    }
}
