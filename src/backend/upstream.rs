//! Where a bring-your-own backend listens, and as which kind of Azure backend it is addressed.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Uri};
use tokio::net::TcpStream;

use crate::finding::Advice;
use crate::http::Origin;
use crate::link::BackendKind;
use crate::link::linked_backend::LinkedBackend;

/// A machine that swallows connections is not waited for longer.
const REACH: Duration = Duration::from_secs(1);

/// Why an address cannot be a backend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// Not a URL at all.
    #[error("`{url}` is not a URL ({why})")]
    Invalid {
        /// What was given.
        url: String,
        /// What the parser said.
        why: String,
    },
    /// A scheme that is neither `http` nor `https`.
    #[error("`{0}` is not an http or https URL")]
    Scheme(String),
    /// `user:password@` in the address.
    #[error("`{0}` contains credentials, which Azure never sends to a backend")]
    Credentials(String),
    /// A query or fragment in the address.
    #[error("`{0}` contains a query or fragment")]
    Query(String),
    /// A path in the address; Azure cannot map paths (AP-2).
    #[error("`{0}` contains a path, but `/api/x` always reaches a backend as `/api/x`")]
    Path(String),
}

impl Advice for UpstreamError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Invalid { .. } | Self::Scheme(_) => "write it like `http://localhost:7071`",
            Self::Credentials(_) => "remove the part before `@`",
            Self::Query(_) => "give only scheme, host and port",
            Self::Path(_) => "give only scheme, host and port, and serve the API below `/api`",
        }))
    }
}

/// A bring-your-own backend: where it listens and what it is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Upstream {
    origin: Origin,
    kind: BackendKind,
    linked: Option<Arc<LinkedBackend>>,
}

impl Upstream {
    /// Reads the address of a backend: `http://host[:port]` or `https://host[:port]`.
    ///
    /// The paths `/` and `/api` say nothing new and are dropped (the latter with a note in the log); any other path is an
    /// error because the prefix is fixed and passed on unchanged (AP-2).
    pub fn parse(url: &str, kind: BackendKind) -> Result<Self, UpstreamError> {
        let invalid = |why: String| UpstreamError::Invalid {
            url: url.to_owned(),
            why,
        };
        if url.contains(['?', '#']) {
            return Err(UpstreamError::Query(url.to_owned()));
        }
        let uri: Uri = url
            .parse()
            .map_err(|error: http::uri::InvalidUri| invalid(error.to_string()))?;
        let scheme = match uri.scheme_str() {
            Some("http") => "http",
            Some("https") => "https",
            _ => return Err(UpstreamError::Scheme(url.to_owned())),
        };
        let authority = uri
            .authority()
            .filter(|authority| !authority.host().is_empty())
            .ok_or_else(|| invalid("no host".to_owned()))?;
        if authority.as_str().contains('@') {
            return Err(UpstreamError::Credentials(url.to_owned()));
        }
        let has_port = authority.as_str().len() > authority.host().len();
        if has_port && authority.port_u16().is_none_or(|port| port == 0) {
            return Err(invalid(
                "the port must be a number from 1 to 65535".to_owned(),
            ));
        }
        match uri.path().trim_end_matches('/') {
            "" => {}
            "/api" => log::info!(
                "the path of `{url}` is dropped: `/api/x` always reaches a backend as `/api/x`"
            ),
            _ => return Err(UpstreamError::Path(url.to_owned())),
        }
        let origin = format!("{scheme}://{authority}");
        Ok(Self {
            origin: origin.parse().map_err(invalid)?,
            kind,
            linked: None,
        })
    }

    /// Scheme, host and port as given, such as `http://localhost:7071`.
    pub fn url(&self) -> &str {
        self.origin.as_str()
    }

    /// What the backend is taken for.
    pub fn kind(&self) -> BackendKind {
        self.kind
    }

    /// The same backend, linked: its calls carry the link's proof (AP-23, AP-30).
    #[must_use]
    pub fn with_link(self, linked: Arc<LinkedBackend>) -> Self {
        Self {
            linked: Some(linked),
            ..self
        }
    }

    /// The value of its own `host` header (AP-20): its public name if it is linked, else host and port as given.
    pub(crate) fn host(&self) -> &HeaderValue {
        let public = self.linked.as_ref().and_then(|linked| linked.host.as_ref());
        public.unwrap_or(self.origin.host())
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &str {
        self.origin.scheme()
    }

    /// The link, if there is one.
    pub fn linked(&self) -> Option<&Arc<LinkedBackend>> {
        self.linked.as_ref()
    }

    /// Whether somebody listens there.
    ///
    /// # Errors
    /// Nobody does, or the machine does not answer in time.
    pub async fn reach(&self) -> io::Result<()> {
        let at = (self.origin.host_name(), self.origin.port());
        match tokio::time::timeout(REACH, TcpStream::connect(at)).await {
            Ok(connected) => connected.map(drop),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Where it listens.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, UpstreamError> {
        Upstream::parse(url, BackendKind::Functions).map(|upstream| upstream.url().to_owned())
    }

    #[test]
    fn scheme_host_and_port_are_taken_and_a_meaningless_path_is_dropped() {
        for (given, taken) in [
            ("http://localhost:7071", "http://localhost:7071"),
            ("http://localhost:7071/", "http://localhost:7071"),
            ("http://localhost:7071/api", "http://localhost:7071"),
            ("http://localhost:7071/api/", "http://localhost:7071"),
            ("https://app.example", "https://app.example"),
            ("http://[::1]:80", "http://[::1]:80"),
        ] {
            assert_eq!(parse(given).as_deref(), Ok(taken), "{given}");
        }
    }

    #[test]
    fn ap_2_a_path_is_refused_because_the_prefix_is_fixed() {
        assert!(matches!(
            parse("http://localhost/v1"),
            Err(UpstreamError::Path(_))
        ));
        assert!(matches!(
            parse("http://localhost/api/v1"),
            Err(UpstreamError::Path(_))
        ));
    }

    #[test]
    fn what_is_no_backend_is_refused_with_a_hint() {
        for url in [
            "localhost:7071",
            "ftp://localhost",
            "http://",
            "",
            "http://user:secret@localhost",
            "http://localhost?x",
            "http://localhost#x",
            "http://localhost:99999",
            "http://localhost:0",
            "http://localhost:",
            "http://a b",
            "/api",
        ] {
            let error = parse(url).expect_err(url);
            assert!(error.hint().is_some(), "{url}: {error}");
        }
    }
}
