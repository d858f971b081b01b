//! A call as the request that it came as: to the same path of a server on this machine.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, Uri};

use crate::functions::worker::HOST_VERSION;
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, full};
use crate::http::{HopByHop, Origin, of_thread};

/// The way to a server of this machine.
#[derive(Debug)]
pub(crate) struct Forward(Origin);

impl Forward {
    /// To a server.
    pub(crate) fn to(origin: Origin) -> Self {
        Self(origin)
    }

    /// Sends the call as it came; its answer is final.
    pub(crate) async fn call(
        &self,
        call: &Invocation<'_>,
        body: Body,
    ) -> Result<(InvocationResult, Body), BoxError> {
        let url: Uri = call.url.parse()?;
        let target = url.path_and_query().map_or("/", |target| target.as_str());
        let mut request = request(call.method, target, call, body)?;
        let ends = HopByHop::of_pairs(&call.headers);
        for (name, value) in &call.headers {
            // A length that is known goes on; one that is not is said by the hop.
            if !ends.contains(name) {
                let (name, value) = (HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
                request.headers_mut().append(name, value);
            }
        }
        let (head, incoming) = of_thread().send(&self.0, request).await?.into_parts();
        let meta = InvocationResult::Stream {
            status: head.status.as_u16().to_string(),
            headers: pairs(&head.headers),
        };
        Ok((meta, incoming))
    }

    /// Posts JSON to a path.
    pub(crate) async fn post(
        &self,
        path: &str,
        call: &Invocation<'_>,
        json: Vec<u8>,
    ) -> Result<Response<Body>, BoxError> {
        let length = json.len();
        let mut request = request("POST", path, call, full(json))?;
        let headers = request.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(CONTENT_LENGTH, length.into());
        Ok(of_thread().send(&self.0, request).await?)
    }
}

fn request(
    method: &str,
    target: &str,
    call: &Invocation<'_>,
    body: Body,
) -> Result<Request<Body>, BoxError> {
    Ok(Request::builder()
        .method(method)
        .uri(target)
        .header("x-azure-functions-invocationid", call.invocation_id)
        .header("x-azure-functions-hostversion", HOST_VERSION)
        .body(body)?)
}

/// Headers as an answer tells them.
pub(crate) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}
