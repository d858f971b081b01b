//! Calls of a worker over its stream, and its end (FR-7).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::capabilities::Capabilities;
use super::channel::{CLOSED, Channel};
use super::function_metadata::LoadedFunction;
use super::http_uri::HttpUri;
use super::proto::WorkerTerminate;
use super::proto::streaming_message::Content;
use super::service::Server;
use super::{convert, outcome};
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::functions::worker::{Invoking, WorkerClient};
use crate::http::body::{Body, BoxError, empty, full, in_one_piece};

/// How long a worker may take to end by itself; as in Azure.
const GRACE: Duration = Duration::from_secs(5);
/// A worker whose stream is closed ends by itself within this time, or is replaced.
const ENDING: Duration = Duration::from_secs(2);

/// A worker that takes calls.
#[derive(Debug)]
pub(crate) struct GrpcClient {
    pub(crate) channel: Arc<Channel>,
    pub(crate) can: Capabilities,
    /// By name.
    pub(crate) functions: HashMap<String, LoadedFunction>,
    pub(crate) http: Option<HttpUri>,
    /// The stream ends with it.
    pub(crate) _server: Server,
}

impl GrpcClient {
    async fn call(
        &self,
        call: &Invocation<'_>,
        body: Body,
    ) -> Result<(InvocationResult, Body), BoxError> {
        let Some(function) = self.functions.get(call.name) else {
            return Err(format!("the worker did not load the function '{}'", call.name).into());
        };
        if let Some(why) = &function.failure {
            return Ok((outcome::failed(why.clone()), empty()));
        }
        if let Some(http) = &self.http {
            return http
                .call(&self.channel, function, call, &self.can, body)
                .await;
        }
        let body = in_one_piece(body).await?;
        let mut expected = self.channel.expect(call.invocation_id, call.name);
        let request = convert::whole(call, &body, function, &self.can);
        self.channel.send(Content::InvocationRequest(request));
        let response = expected.answer().await.ok_or(CLOSED)?;
        let (meta, body) = outcome::read(response, function);
        Ok((meta, full(body)))
    }
}

impl WorkerClient for GrpcClient {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a> {
        Box::pin(self.call(call, body))
    }

    fn shutdown_grace(&self) -> Option<Duration> {
        self.can.terminates.then(|| {
            let grace_period = Some(prost_types::Duration {
                seconds: i64::try_from(GRACE.as_secs()).unwrap_or_default(),
                nanos: 0,
            });
            self.channel
                .send(Content::WorkerTerminate(WorkerTerminate { grace_period }));
            GRACE
        })
    }

    fn disconnected(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.channel.closed().await;
            tokio::time::sleep(ENDING).await;
            self.channel.fail_pending();
        })
    }
}
