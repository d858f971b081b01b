//! Scheme, host and port.

use std::str::FromStr;

use http::uri::InvalidUri;
use http::{HeaderValue, Uri};

use super::HostName;

/// An `http` or `https` server.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    text: String,
    uri: Uri,
    host: HeaderValue,
}

impl FromStr for Origin {
    type Err = String;

    /// Reads `http://host[:port]` or `https://host[:port]`; of anything more only that much counts.
    fn from_str(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|error: InvalidUri| error.to_string())?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) =
            (uri.scheme_str(), uri.authority())
        else {
            return Err("neither http nor https".to_owned());
        };
        let text = format!("{scheme}://{authority}");
        Ok(Self {
            uri: text
                .parse()
                .map_err(|error: InvalidUri| error.to_string())?,
            host: HeaderValue::from_str(authority.as_str()).map_err(|error| error.to_string())?,
            text,
        })
    }
}

impl Origin {
    /// A server at a port of this machine, without TLS.
    pub(crate) fn local(port: u16) -> Self {
        let text = format!("http://127.0.0.1:{port}");
        // This is always a URL; the alternative only spares a panic.
        text.parse().unwrap_or(Self {
            text,
            uri: Uri::from_static("http://127.0.0.1"),
            host: HeaderValue::from_static("127.0.0.1"),
        })
    }

    /// As it was given, such as `http://localhost:7071`.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What is connected to.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The value of `host`.
    pub(crate) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// `http` or `https`.
    pub(crate) fn scheme(&self) -> &str {
        self.uri.scheme_str().unwrap_or("http")
    }

    /// A name, or an address without the brackets of IPv6.
    pub(crate) fn host_name(&self) -> &str {
        let host = self.uri.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port that was given, else that of the scheme.
    pub(crate) fn port(&self) -> u16 {
        port_of(&self.uri)
    }

    /// Whether the server is on this machine: a name that means loopback by RFC 6761, or such an address.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.uri.host().and_then(HostName::parse);
        host.is_some_and(HostName::is_loopback)
    }
}

/// The port of a URL, if need be that of its scheme.
pub(super) fn port_of(uri: &Uri) -> u16 {
    let by_scheme = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    uri.port_u16().unwrap_or(by_scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_by_name_and_by_address() {
        let local = |url: &str| url.parse().map(|origin: Origin| origin.is_loopback());
        for url in [
            "http://localhost:1",
            "https://LOCALHOST",
            "https://127.0.0.2",
            "https://[::1]:1",
            "https://a.localhost",
        ] {
            assert_eq!(local(url), Ok(true), "{url}");
        }
        for url in [
            "https://example.org",
            "https://192.168.0.1",
            "https://localhost.example.org",
        ] {
            assert_eq!(local(url), Ok(false), "{url}");
        }
        assert!(local("ftp://localhost").is_err());
        assert_eq!(Origin::local(7071).as_str(), "http://127.0.0.1:7071");
    }
}
