//! Maps of headers (HD, RT-7, NW-3).

use jsonc_parser::ast::Value;

use crate::config::model::Header;
use crate::config::reader::Reader;
use crate::finding::Finding;

pub(super) fn headers(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Vec<Header> {
    let mut headers = Vec::new();
    for (name, text) in read.string_map(what, value) {
        if http::HeaderName::from_bytes(name.value.as_bytes()).is_err() {
            let message = format!("`{}` is not a valid header name", name.value);
            read.out.push(Finding::error("HD-1", name.span, message));
        } else if http::HeaderValue::from_str(&text.value).is_err() {
            let message = format!(
                "the value of header `{}` holds characters that HTTP does not allow",
                name.value
            );
            read.out.push(Finding::error("HD-1", text.span, message));
        } else {
            headers.push(Header { name, value: text });
        }
    }
    headers
}
