//! Where a worker of our own making listens, and how calls get there.

use http::Request;
use http::header::HOST;

use super::protocol::{decode, encode};
use crate::functions::worker::invocation::Invocation;
use crate::functions::worker::{Invoking, WorkerClient};
use crate::http::body::Body;
use crate::http::{Origin, of_thread};

/// The header that proves that a request comes from this host.
pub(crate) const TOKEN_HEADER: &str = "x-cygnet-token";

/// A port on the loopback interface, and the proof that it is us who ask.
#[derive(Debug)]
pub(crate) struct BundledClient {
    pub(crate) origin: Origin,
    pub(crate) token: String,
    /// The head of a call.
    call: Request<()>,
}

impl BundledClient {
    /// Fails if the token cannot stand in a header.
    pub(crate) fn new(origin: Origin, token: String) -> Result<Self, http::Error> {
        let call = Request::post("/invoke")
            .header(HOST, origin.host())
            .header(TOKEN_HEADER, &token)
            .body(())?;
        Ok(Self {
            origin,
            token,
            call,
        })
    }
}

impl WorkerClient for BundledClient {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a> {
        Box::pin(async move {
            let frame = encode(call, body)?;
            let outgoing = self.call.clone().map(|()| frame);
            let response = of_thread().send(&self.origin, outgoing).await?;
            let (meta, rest) = decode(response.into_body()).await?;
            Ok((meta, rest.into_body()))
        })
    }
}
