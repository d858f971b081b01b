//! The headers of a message, copied into one allocation: small, and of nobody's buffer.

use std::borrow::Cow;

/// Names and values in the order of the message.
#[derive(Debug, Clone, Default)]
pub struct HeaderCopy(Box<[u8]>);

impl HeaderCopy {
    /// Copies headers. Names are in lower case as both header types have them.
    pub fn of<'a, I: Iterator<Item = (&'a str, &'a [u8])>>(headers: impl Fn() -> I) -> Self {
        let sizes = headers().map(|(name, value)| name.len() + value.len() + 2);
        let mut bytes = Vec::with_capacity(sizes.sum());
        for (name, value) in headers() {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(value);
            // Which no value contains.
            bytes.push(b'\n');
        }
        Self(bytes.into_boxed_slice())
    }

    /// Those of a message of the server.
    pub fn of_edge(headers: &actix_web::http::header::HeaderMap) -> Self {
        Self::of(|| {
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
        })
    }

    /// Those of a message of the client.
    pub fn of_hop(headers: &http::HeaderMap) -> Self {
        Self::of(|| {
            headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes()))
        })
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        let lines = self
            .0
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines.map(|line| {
            let end = line
                .iter()
                .position(|byte| *byte == b':')
                .unwrap_or(line.len());
            let (name, value) = line.split_at(end);
            let value = value.get(1..).unwrap_or_default();
            (
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value),
            )
        })
    }

    /// The first value of a header.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut all = self.iter();
        all.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_come_back_in_order_with_every_value() {
        let headers: [(&str, &[u8]); 4] = [
            ("host", b"localhost:4280"),
            ("set-cookie", b"a=1"),
            ("set-cookie", b"b: 2"),
            ("empty", b""),
        ];
        let copy = HeaderCopy::of(|| headers.into_iter());
        let back: Vec<_> = copy.iter().collect();
        assert_eq!(back.len(), 4);
        for ((name, value), (known, text)) in headers.into_iter().zip(back) {
            assert_eq!((name, String::from_utf8_lossy(value)), (&*known, text));
        }
        assert_eq!(copy.get("set-cookie").as_deref(), Some("a=1"));
        assert_eq!(copy.get("cookie"), None);
    }
}
