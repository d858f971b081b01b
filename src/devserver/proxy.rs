//! One request to the dev server and its answer.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{HttpRequest, HttpResponse};
use tokio::time::Instant;

use super::call::Call;
use super::readiness::Down;
use super::{DevServer, rewrite};
use crate::backend::error::CallError;
use crate::backend::request_body::{self, RequestBody};
use crate::backend::response::ResponseContext;
use crate::backend::{ApiClient, Upstream};
use crate::http::{ClientError, Lease};

/// How long a request waits for a server that is not up. A browser shows its own page that long, and a test suite's
/// first request survives the usual start.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Nobody listens there.
    Down(Down),
    /// Somebody does, but not as HTTP has it, or the request itself was broken.
    Failed {
        /// For the response.
        status: u16,
        /// What happened.
        message: String,
    },
}

impl DevServer {
    /// Takes the body of a request, of any size.
    pub(crate) async fn receive(
        &self,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<RequestBody, NoAnswer> {
        request_body::receive(request, payload, u64::MAX)
            .await
            .map_err(|error| self.no_answer(error))
    }

    /// Asks the dev server; while nobody listens, waits for some seconds.
    pub(crate) async fn ask(
        &self,
        client: &ApiClient,
        request: &HttpRequest,
        body: RequestBody,
        call: &Call<'_>,
    ) -> Result<HttpResponse, NoAnswer> {
        let asked = Instant::now();
        let (upstream, lease) = self.lease(client).await?;
        let waited = asked.elapsed();
        let head = |body| {
            let outgoing = rewrite::to_upstream(upstream, request, call, body)?;
            if let Some(hop) = call.hop {
                hop.sent(upstream.url(), &outgoing);
                hop.waited(waited);
            }
            Ok(outgoing)
        };
        let response = client
            .exchange(lease, upstream, head, body)
            .await
            .map_err(|error| self.no_answer(error))?;
        let (head, body) = response.into_parts();
        if let Some(hop) = call.hop {
            hop.received(&head);
        }
        // What a server takes for an answer may take as long as it likes: there is an event stream for each page.
        let context = ResponseContext::new(request, call.target, None);
        let mut response = context.respond(&head, body, upstream.url());
        rewrite::to_client(upstream, response.headers_mut());
        Ok(response)
    }

    async fn lease(&self, client: &ApiClient) -> Result<(&Upstream, Lease<RequestBody>), NoAnswer> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Some(upstream) = self.upstream() else {
                self.wait_until_up(deadline).await.map_err(NoAnswer::Down)?;
                continue;
            };
            let error = match client.connections.lease(upstream.origin()).await {
                Ok(lease) => return Ok((upstream, lease)),
                Err(ClientError::Connect(error)) => error,
                Err(error) => return Err(self.no_answer(error.into())),
            };
            self.mark_down(&error);
            if Instant::now() >= deadline {
                return Err(NoAnswer::Down(self.down(&error)));
            }
            self.wait_until_up(deadline).await.map_err(NoAnswer::Down)?;
        }
    }

    pub(super) fn no_answer(&self, error: CallError) -> NoAnswer {
        let status = match &error {
            CallError::Unreachable(why) => {
                self.mark_down(why);
                return NoAnswer::Down(self.down(why));
            }
            CallError::RequestBody(_) | CallError::Target(_) => 400,
            CallError::SlowCaller { .. } => 408,
            _ => 502,
        };
        NoAnswer::Failed {
            status,
            message: error.to_string(),
        }
    }
}
