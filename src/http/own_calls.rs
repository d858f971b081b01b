//! The emulator's own small calls: to a roles source, to identity providers, and to programs that it started and waits for.
//!
//! Every call has a connection of its own: one that is kept may be stale.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::{Origin, body, of_thread};

/// What is posted.
#[derive(Debug, Clone)]
pub(crate) enum Posted {
    /// `application/json`
    Json(String),
    /// `application/x-www-form-urlencoded`
    Form(String),
}

/// One call: a `GET`, or a `POST`.
#[derive(Debug, Clone)]
pub(crate) struct OwnCall<'a> {
    pub(crate) origin: &'a Origin,
    /// Path and query.
    pub(crate) path: &'a str,
    /// Headers beyond those that every call has.
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    /// What is posted.
    pub(crate) posted: Option<Posted>,
    /// Largest body of an answer, in bytes.
    pub(crate) limit: usize,
    /// For the whole call.
    pub(crate) timeout: Duration,
}

impl<'a> OwnCall<'a> {
    /// `GET path`, with a small answer.
    pub(crate) fn get(origin: &'a Origin, path: &'a str, timeout: Duration) -> Self {
        Self {
            origin,
            path,
            headers: Vec::new(),
            posted: None,
            limit: 64 * 1024,
            timeout,
        }
    }

    /// Status and body of the answer.
    ///
    /// # Errors
    /// There is none, in a sentence.
    pub(crate) async fn send(self) -> Result<(u16, Bytes), String> {
        let (limit, timeout) = (self.limit, self.timeout);
        within(timeout, async {
            let (head, body) = self.head().await?.into_parts();
            let body = Limited::new(body, limit).collect().await;
            let body = body.map_err(|error| error.to_string())?;
            Ok((head.status.as_u16(), body.to_bytes()))
        })
        .await
    }

    /// Whether there is an answer, whatever it says.
    pub(crate) async fn answers(self) -> bool {
        within(self.timeout, self.head()).await.is_ok()
    }

    async fn head(self) -> Result<Response<Incoming>, String> {
        let method = self.posted.as_ref().map_or(Method::GET, |_| Method::POST);
        let mut request = Request::builder()
            .method(method)
            .uri(self.path)
            .header(HOST, self.origin.host())
            .header(CONNECTION, "close");
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let (kind, text) = match self.posted {
            Some(Posted::Json(json)) => ("application/json", Some(json)),
            Some(Posted::Form(form)) => ("application/x-www-form-urlencoded", Some(form)),
            None => ("", None),
        };
        let request = match text {
            Some(text) => request
                .header(CONTENT_TYPE, kind)
                .header(CONTENT_LENGTH, text.len())
                .body(body::full(text)),
            None => request.body(body::empty()),
        };
        let request = request.map_err(|error| error.to_string())?;
        let sent = of_thread().send_alone(self.origin, request).await;
        sent.map_err(|error| error.to_string())
    }

    /// The answer as JSON, whatever its status.
    ///
    /// # Errors
    /// There is none, or it is not JSON of this shape.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, String> {
        let (_, body) = self.send().await?;
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }
}

async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, String>>,
) -> Result<T, String> {
    tokio::time::timeout(limit, call)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", limit.as_secs_f64())))
}
