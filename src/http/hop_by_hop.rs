//! The headers that belong to one connection and end at this hop (RFC 9110, 7.6.1).

/// Which headers of one message end here: those that always do, and those that its `Connection` lists.
pub(crate) struct HopByHop<'a>(Vec<&'a str>);

impl<'a> HopByHop<'a> {
    /// For a message with these values of `Connection`.
    pub(crate) fn of(connection: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut names = Vec::new();
        for value in connection {
            let Ok(value) = std::str::from_utf8(value) else {
                continue;
            };
            // `close` and `keep-alive` are what else may stand there.
            names.extend(value.split(',').map(str::trim).filter(|name| {
                !name.is_empty()
                    && !name.eq_ignore_ascii_case("close")
                    && !name.eq_ignore_ascii_case("keep-alive")
            }));
        }
        Self(names)
    }

    /// For a message whose headers are pairs of a lower-case name and a value.
    pub(crate) fn of_pairs(headers: &'a [(String, String)]) -> Self {
        let connection = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("connection"));
        Self::of(connection.map(|(_, value)| value.as_bytes()))
    }

    /// Whether the header of this lower-case name ends here. `expect` does too: whoever took the request answers it, and
    /// a server that ignores it would leave the body unsent. `content-length` does not, but is better made anew.
    pub(crate) fn contains(&self, name: &str) -> bool {
        matches!(
            name,
            "connection"
                | "expect"
                | "keep-alive"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        ) || name.starts_with("proxy-")
            || self
                .0
                .iter()
                .any(|listed| listed.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_9110_7_6_1_what_is_of_a_connection_ends_with_it() {
        let values: [&[u8]; 3] = [b"keep-alive, X-Secret", b"close,foo , ", b"\xff"];
        let ends = HopByHop::of(values.into_iter());
        for name in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "proxy-authenticate",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "expect",
            "x-secret",
            "foo",
        ] {
            assert!(ends.contains(name), "{name}");
        }
        for name in ["content-length", "host", "close", "accept", "x-other", ""] {
            assert!(!ends.contains(name), "{name}");
        }
        let pairs = [("Connection".to_owned(), "x-mine".to_owned())];
        assert!(HopByHop::of_pairs(&pairs).contains("x-mine"));
    }
}
