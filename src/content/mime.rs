//! Content types by extension (CF-24, HD-6, RS-5, RS-35).

use std::borrow::Cow;
use std::collections::HashMap;

use actix_web::http::header::HeaderValue;

use super::mime_table::OWN;
use crate::finding::Spanned;

/// A file's type and whether compressing it pays.
#[derive(Debug, Clone)]
pub struct Mime {
    /// The `Content-Type`.
    pub value: HeaderValue,
    /// Text in a wide sense (RS-7).
    pub compressible: bool,
    /// Not compressed by itself, so that a build may put a compressed form beside it (Blazor does for `.dll`).
    pub may_have_siblings: bool,
    /// A page, in an encoding that begins like ASCII.
    pub is_html: bool,
}

/// The table of one configuration.
#[derive(Debug)]
pub struct MimeTypes {
    known: HashMap<Box<str>, Mime>,
    unknown: Mime,
}

impl MimeTypes {
    /// The built-in table with the configuration's own types over it (keys with their dot).
    pub fn new(configured: &[(Spanned<String>, Spanned<String>)]) -> Self {
        let mut known: HashMap<Box<str>, Mime> = OWN
            .iter()
            .map(|(extension, mime)| ((*extension).into(), Mime::fixed(mime)))
            .collect();
        for (extension, mime) in configured {
            if let Some(extension) = extension.value.strip_prefix('.') {
                known.insert(extension.into(), Mime::new(&mime.value));
            }
        }
        Self {
            known,
            unknown: Mime::fixed("application/octet-stream"),
        }
    }

    /// The type of a file by its name; files without an extension are plain bytes (RS-35).
    pub fn of(&self, relative: &str) -> Cow<'_, Mime> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let Some((_, extension)) = name.rsplit_once('.') else {
            return Cow::Borrowed(&self.unknown);
        };
        if let Some(mime) = self.known.get(extension) {
            return Cow::Borrowed(mime);
        }
        let lower = extension.to_ascii_lowercase();
        if let Some(mime) = self.known.get(lower.as_str()) {
            return Cow::Borrowed(mime);
        }
        match mime_guess::from_ext(&lower).first_raw() {
            Some(mime) => Cow::Owned(Mime::fixed(mime)),
            None => Cow::Borrowed(&self.unknown),
        }
    }
}

impl Mime {
    /// A type of the configuration.
    fn new(text: &str) -> Self {
        let value = HeaderValue::from_str(text);
        Self::with(
            text,
            value.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
        )
    }

    /// A type of a table.
    fn fixed(text: &'static str) -> Self {
        Self::with(text, HeaderValue::from_static(text))
    }

    fn with(text: &str, value: HeaderValue) -> Self {
        let essence = text.split(';').next().unwrap_or(text).trim();
        let compressible = essence.starts_with("text/")
            || essence.ends_with("+json")
            || essence.ends_with("+xml")
            || matches!(
                essence,
                "application/javascript"
                    | "application/json"
                    | "application/xml"
                    | "application/wasm"
                    | "application/x-javascript"
                    | "font/ttf"
                    | "font/otf"
                    | "image/vnd.microsoft.icon"
                    | "image/x-icon"
                    | "application/vnd.ms-fontobject"
            );
        let is_compressed = matches!(
            essence,
            "font/woff" | "font/woff2" | "application/zip" | "application/gzip"
        ) || ["image/", "video/", "audio/"]
            .iter()
            .any(|kind| essence.starts_with(kind));
        Self {
            is_html: essence == "text/html"
                && !text.to_ascii_lowercase().contains("charset=utf-16"),
            value,
            compressible,
            may_have_siblings: compressible || !is_compressed,
        }
    }
}
