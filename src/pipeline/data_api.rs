//! `/data-api` (AP-80, AP-81): the request goes to the database connection as it came, without the prefix, with the
//! caller's identity. `X-MS-API-ROLE` is the caller's to choose; the server checks it against the identity.

use actix_web::dev::Payload;

use crate::backend::{self, ApiCall};
use crate::data_api;
use crate::environment::Environment;
use crate::routing::Target;

use super::context::RequestContext;
use super::record::{AccessRecord, Reason};
use super::{Reply, WorkerState, errors, raw_target};

/// Why `/data-api` answers 404 while nothing stands behind it.
pub(super) const NOT_CONFIGURED: &str = "there is no database connection: start with --data-api-location FOLDER or --data-api-devserver-url URL";

/// Answers a request below `/data-api/`.
pub(super) async fn answer(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    payload: Payload,
    target: Target<'_>,
) -> Reply {
    let raw = raw_target(asked, target);
    let inner = data_api::inner(&raw, &asked.path);
    let (Some(api), Some(inner)) = (&environment.data_api, inner) else {
        let note = Reason::Static(NOT_CONFIGURED);
        return errors::fail(worker, environment, asked, 404, note).await;
    };
    let backend = match api.ready().await {
        Ok(backend) => backend,
        Err(why) => return errors::no_data_api(environment, asked, why),
    };
    let call = ApiCall {
        request: asked.request,
        target: &inner,
        original_url: &asked.original_url(),
        peer: asked.request.peer_addr(),
        principal: asked.caller.principal(),
    };
    let outcome = backend::serve(
        backend,
        &worker.client,
        &worker.shared.limits,
        payload,
        call,
    )
    .await;
    Reply {
        response: outcome.response,
        record: AccessRecord::new(outcome.note.map_or(Reason::DataApi, Reason::Text)),
    }
}
