//! Where a worker of our own making listens, and how calls get there.

use http::Request;

use super::protocol::{decode, encode};
use crate::functions::worker::invocation::Invocation;
use crate::functions::worker::{Invoking, WorkerClient};
use crate::http::body::Body;
use crate::http::{Origin, of_thread};

/// The header that proves that a request comes from this host.
pub(crate) const TOKEN_HEADER: &str = "x-cygnet-token";

/// A port on the loopback interface, and the proof that it is us who ask.
#[derive(Debug, Clone)]
pub(crate) struct BundledClient {
    pub(crate) origin: Origin,
    pub(crate) token: String,
}

impl WorkerClient for BundledClient {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a> {
        Box::pin(async move {
            let outgoing = Request::post("/invoke")
                .header(TOKEN_HEADER, &self.token)
                .body(encode(call, body)?)?;
            let response = of_thread().send(&self.origin, outgoing).await?;
            let (meta, rest) = decode(response.into_body()).await?;
            Ok((meta, Body::streamed(rest)))
        })
    }
}
