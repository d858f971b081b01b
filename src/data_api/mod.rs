//! `/data-api` (AP-80): the database connection, answered by Data API Builder or any server that speaks like it.
//!
//! - [`builder`]: an installed `dab`, started in the folder of its configuration and ended with us
//!
//! The path reaches the server without `/data-api`, as the official CLI sends it: `/data-api/rest/Book` arrives as
//! `/rest/Book`.

pub mod builder;

use std::borrow::Cow;
use std::time::Duration;

use crate::backend::{Backend, BackendKind, Upstream, UpstreamError};
use crate::process::ServiceState;
use builder::Builder;

/// How long a request waits for a builder that starts; .NET takes seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// What answers `/data-api`; cheap to clone.
#[derive(Debug, Clone)]
pub struct DataApi {
    backend: Backend,
    url: String,
    builder: Option<Builder>,
}

impl DataApi {
    /// A server that someone else runs.
    pub fn at(url: &str) -> Result<Self, UpstreamError> {
        Self::new(url, None)
    }

    /// A builder that was started here.
    ///
    /// # Errors
    /// Never for an address of this machine.
    pub fn of(builder: Builder) -> Result<Self, UpstreamError> {
        Self::new(&builder.url(), Some(builder))
    }

    fn new(url: &str, builder: Option<Builder>) -> Result<Self, UpstreamError> {
        let upstream = Upstream::parse(url, BackendKind::DataApi)?;
        Ok(Self {
            url: upstream.url().to_owned(),
            backend: Backend::BringYourOwn(upstream),
            builder,
        })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The builder, if one was started here.
    pub fn builder(&self) -> Option<&Builder> {
        self.builder.as_ref()
    }

    /// The server to call, once it is ready.
    pub async fn ready(&self) -> Result<&Backend, String> {
        let Some(builder) = &self.builder else {
            return Ok(&self.backend);
        };
        let mut states = builder.service().state();
        let settled = states.wait_for(|state| *state != ServiceState::Starting);
        let state = tokio::time::timeout(PATIENCE, settled).await;
        let failed = match &state {
            Ok(Ok(state)) => builder::failure(state).map(|(message, _)| message),
            // It was stopped: so are we.
            Ok(Err(_)) => Some("Data API Builder was stopped".to_owned()),
            Err(_) => Some(format!(
                "Data API Builder is not ready after {} s",
                PATIENCE.as_secs()
            )),
        };
        failed.map_or(Ok(&self.backend), Err)
    }

    /// Ends the builder, if one was started.
    pub async fn stop(&self) {
        if let Some(builder) = &self.builder {
            builder.service().stop().await;
        }
    }
}

/// The path (and query) that the server is asked for; `None` for paths outside `/data-api/`. `raw` is what the caller
/// sent, `path` the same decoded, for callers that escape letters of the prefix.
pub fn inner<'a>(raw: &'a str, path: &str) -> Option<Cow<'a, str>> {
    const PREFIX: usize = "/data-api".len();
    if crate::routing::path::is_data_api(raw.split(['?', '#']).next().unwrap_or(raw)) {
        return Some(Cow::Borrowed(&raw[PREFIX..]));
    }
    if !crate::routing::path::is_data_api(path) {
        return None;
    }
    let rest = crate::routing::url::encode_path(&path[PREFIX..]).into_owned();
    Some(Cow::Owned(match raw.split_once('?') {
        Some((_, query)) => format!("{rest}?{query}"),
        None => rest,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ap_80_the_prefix_is_taken_off_whatever_its_case() {
        for (raw, path, sent) in [
            (
                "/data-api/rest/Book",
                "/data-api/rest/Book",
                Some("/rest/Book"),
            ),
            ("/Data-API/rest?x=1", "/Data-API/rest", Some("/rest?x=1")),
            ("/data-api/?a", "/data-api/", Some("/?a")),
            ("/data%2Dapi/a%20b?c", "/data-api/a b", Some("/a%20b?c")),
            ("/data-api", "/data-api", None),
            ("/data-apix/y", "/data-apix/y", None),
        ] {
            assert_eq!(inner(raw, path).as_deref(), sent, "{raw}");
        }
    }
}
