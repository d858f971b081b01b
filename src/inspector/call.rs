//! One request to the inspector.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::exchange::parameter;
use crate::http::{BodyLimit, read_body};
use crate::pipeline::WorkerState;

use super::refusal::Refusal;
use super::state::{Inspector, ServedEnvironment};

/// What a page sends is small.
const LIMIT: BodyLimit = BodyLimit {
    bytes: 64 * 1024,
    time: Duration::from_secs(10),
};

/// One request to the inspector, with everything that an endpoint may need.
pub struct Call<'a> {
    /// The inspector of the process.
    pub inspector: &'a Arc<Inspector>,
    /// Who answers: the environment at whose host the inspector was asked.
    pub worker: &'a WorkerState,
    /// The name of that environment.
    pub here: Arc<str>,
    /// The request itself.
    pub request: &'a HttpRequest,
    /// Its body, until it is read.
    pub payload: Option<Payload>,
}

impl Call<'_> {
    /// The first value of a query parameter that is not empty, decoded.
    pub fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        parameter(self.request.uri().query(), name)
    }

    /// The environment that `?environment=` names, or the one at whose host was asked.
    ///
    /// # Errors
    /// When nothing of that name is served.
    pub fn environment(&self) -> Result<ServedEnvironment, Refusal> {
        let named = self.parameter("environment");
        let name = named.as_deref().unwrap_or(&self.here);
        let mut all = self.inspector.environments.all().into_iter();
        all.find(|environment| *environment.name == *name)
            .ok_or_else(|| {
                Refusal::not_found(format!("there is no environment `{name}`"))
                    .hint("`cygnet environments list` names them")
            })
    }

    /// The body as JSON; the default of `T` without one.
    ///
    /// # Errors
    /// When it does not come, is too long, or is something else.
    pub async fn json<T: DeserializeOwned + Default>(&mut self) -> Result<T, Refusal> {
        let Some(payload) = self.payload.take() else {
            return Ok(T::default());
        };
        let body = read_body(payload, LIMIT)
            .await
            .map_err(|error| Refusal::bad(format!("the body could not be read: {error}")))?;
        if body.is_empty() {
            return Ok(T::default());
        }
        serde_json::from_slice(&body)
            .map_err(|error| Refusal::bad(format!("the body is not the expected JSON: {error}")))
    }
}

/// A value as the answer.
pub fn json(value: &impl Serialize) -> HttpResponse {
    match serde_json::to_vec(value) {
        Ok(body) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(body),
        Err(error) => Refusal::of(500, format!("the answer cannot be written: {error}")).response(),
    }
}
