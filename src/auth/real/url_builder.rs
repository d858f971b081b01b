//! URLs whose query grows.

use form_urlencoded::Serializer;

/// A URL in the making.
#[derive(Debug, Clone)]
pub struct UrlBuilder(String);

impl UrlBuilder {
    /// Begins with a URL, which may have a query already.
    pub fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// Adds a parameter, encoded.
    pub fn add(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        let pair = Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        self.0.push_str(&pair);
    }

    /// The URL.
    pub fn finish(self) -> String {
        self.0
    }
}
