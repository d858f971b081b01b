//! The emulator's own small calls, by awc: to a roles source, to identity providers, and to programs that it started and waits for.
//!
//! Every call has a connection of its own: one that is kept may be stale, and awc does not try again.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::{Method, header::CONTENT_TYPE};
use awc::{Client, ClientResponse, Connector};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::Origin;
use super::tls::{Trust, client_config};

thread_local! {
    static LOCAL: Client = client(Trust::AnyCertificate);
    static REMOTE: Client = client(Trust::System);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that makes clients"
)]
fn client(trust: Trust) -> Client {
    let builder = Client::builder().disable_redirects().disable_timeout();
    match client_config(trust) {
        Ok(config) => builder
            .connector(Connector::new().rustls_0_23(Arc::clone(&config)))
            .finish(),
        Err(error) => {
            log::warn!("cannot prepare TLS for calls of the emulator: {error}");
            builder.finish()
        }
    }
}

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
    /// Headers beyond those that awc adds.
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
            let mut response = self.head().await?;
            let body = response.body().limit(limit).await;
            let body = body.map_err(|error| error.to_string())?;
            Ok((response.status().as_u16(), body))
        })
        .await
    }

    /// Whether there is an answer, whatever it says.
    pub(crate) async fn answers(self) -> bool {
        within(self.timeout, self.head()).await.is_ok()
    }

    async fn head(self) -> Result<ClientResponse, String> {
        let client = match Trust::of(self.origin) {
            Trust::AnyCertificate => LOCAL.with(Clone::clone),
            Trust::System => REMOTE.with(Clone::clone),
        };
        let url = format!("{}{}", self.origin.as_str(), self.path);
        let method = self.posted.as_ref().map_or(Method::GET, |_| Method::POST);
        let mut request = client.request(method, url).force_close();
        for header in self.headers {
            request = request.insert_header(header);
        }
        let sent = match self.posted {
            Some(Posted::Json(json)) => request
                .insert_header((CONTENT_TYPE, "application/json"))
                .send_body(json),
            Some(Posted::Form(form)) => request
                .insert_header((CONTENT_TYPE, "application/x-www-form-urlencoded"))
                .send_body(form),
            None => request.send(),
        };
        sent.await
            .map_err(|error| format!("{}: {error}", self.origin.as_str()))
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
