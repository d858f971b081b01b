//! Where a worker of our own making listens, and how calls get there.

use futures_util::future::BoxFuture;
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::protocol::{Joined, decode, encode};
use crate::functions::worker::WorkerClient;
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError};

/// The header that proves that a request comes from this host.
pub(crate) const TOKEN_HEADER: &str = "x-cygnet-token";

thread_local! {
    /// One pool a thread: a connection lives in the runtime that opened it, and would break off under a caller of
    /// another thread when that runtime ends.
    static CLIENT: Client<HttpConnector, Body> = {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Client::builder(TokioExecutor::new()).build(connector)
    };
}

/// A port on the loopback interface, and the proof that it is us who ask.
#[derive(Debug, Clone)]
pub(crate) struct BundledClient {
    pub(crate) port: u16,
    pub(crate) token: String,
}

impl BundledClient {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl WorkerClient for BundledClient {
    fn invoke<'a>(
        &'a self,
        call: &'a Invocation<'a>,
        body: Body,
    ) -> BoxFuture<'a, Result<(InvocationResult, Body), BoxError>> {
        Box::pin(async move {
            let outgoing = Request::post(self.url("/invoke"))
                .header(TOKEN_HEADER, &self.token)
                .body(Joined::new(encode(call)?, body).boxed_unsync())?;
            let client = CLIENT.with(Clone::clone);
            let incoming = client.request(outgoing).await?.into_body();
            let (meta, rest) = decode(incoming).await?;
            Ok((meta, rest.boxed_unsync()))
        })
    }
}
