//! A call as the request that it came as: to the same path of a server on this machine.

use std::fmt;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, full};

/// What belongs to a connection, or is said anew by the hop.
const NOT_PASSED_ON: [&str; 8] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The way to a server at a port of this machine.
pub(crate) struct Forward {
    client: Client<HttpConnector, Body>,
    port: u16,
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Forward {
    /// To a port.
    pub(crate) fn to(port: u16) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, port }
    }

    /// Sends the call as it came; its answer is final.
    pub(crate) async fn call(
        &self,
        call: &Invocation<'_>,
        body: Body,
    ) -> Result<(InvocationResult, Body), BoxError> {
        let url: Uri = call.url.parse()?;
        let target = url.path_and_query().map_or("/", |target| target.as_str());
        let mut request = self.request(call.method, target, call, body)?;
        for (name, value) in &call.headers {
            // A length that is known goes on; one that is not is said by the hop.
            if !NOT_PASSED_ON.contains(&name.as_str()) {
                let (name, value) = (HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
                request.headers_mut().append(name, value);
            }
        }
        let (head, incoming) = self.client.request(request).await?.into_parts();
        let meta = InvocationResult::Stream {
            status: head.status.as_u16().to_string(),
            headers: pairs(&head.headers),
        };
        Ok((meta, incoming.map_err(Into::into).boxed_unsync()))
    }

    /// Posts JSON to a path.
    pub(crate) async fn post(
        &self,
        path: &str,
        call: &Invocation<'_>,
        json: Vec<u8>,
    ) -> Result<Response<Incoming>, BoxError> {
        let length = json.len();
        let mut request = self.request("POST", path, call, full(json))?;
        let headers = request.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(CONTENT_LENGTH, length.into());
        Ok(self.client.request(request).await?)
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        call: &Invocation<'_>,
        body: Body,
    ) -> Result<Request<Body>, BoxError> {
        Ok(Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{target}", self.port))
            .header("x-azure-functions-invocationid", call.invocation_id)
            .header("x-azure-functions-hostversion", "4.0.0")
            .body(body)?)
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}
