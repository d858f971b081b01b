//! A call as the request that it came as: to the same path of a server on this machine.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, Uri};

use crate::functions::worker::HOST_VERSION;
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, full};
use crate::http::{Origin, of_thread};

const INVOCATION: HeaderName = HeaderName::from_static("x-azure-functions-invocationid");
const HOST: HeaderName = HeaderName::from_static("x-azure-functions-hostversion");

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
        let target = call.target.path_and_query().cloned();
        let mut request = Request::new(body);
        *request.method_mut() = call.method.parse()?;
        *request.uri_mut() = target.map_or_else(Uri::default, Uri::from);
        *request.headers_mut() = call.headers_to_pass();
        tell_call(request.headers_mut(), call)?;
        let (head, incoming) = of_thread().send(&self.0, request).await?.into_parts();
        let meta = InvocationResult::Passed {
            status: head.status,
            headers: head.headers,
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
        let mut request = Request::post(path).body(full(json))?;
        let headers = request.headers_mut();
        tell_call(headers, call)?;
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(CONTENT_LENGTH, length.into());
        Ok(of_thread().send(&self.0, request).await?)
    }
}

/// Says which call it is, and who asks.
fn tell_call(headers: &mut HeaderMap, call: &Invocation<'_>) -> Result<(), BoxError> {
    headers.insert(INVOCATION, call.invocation_id.parse()?);
    headers.insert(HOST, HeaderValue::from_static(HOST_VERSION));
    Ok(())
}
