//! What is shown of one request wherever it is shown: its bodies, its headers, its address; secrets as they are wanted.

use crate::http::HeaderCopy;

use super::body_copy::BodyView;
use super::entry::{Bodies, Entry};
use super::redact::Secrets;
use super::state::Inspector;

/// Whose body.
#[derive(Clone, Copy)]
pub enum Side {
    /// That of the request.
    Request,
    /// That of the response.
    Response,
}

/// A body that is kept, as it is shown.
pub fn body(entry: &Entry, side: Side, secrets: Secrets) -> Option<BodyView> {
    let ended = entry.ended.get()?;
    let heads = entry.heads.as_ref()?;
    let bodies = ended.bodies.load();
    let Some(Bodies::Kept { request, response }) = bodies.as_deref() else {
        return None;
    };
    let (kept, headers) = match side {
        Side::Request => (request.as_ref(), &heads.request),
        Side::Response => (Some(response), &heads.response),
    };
    let content_type = headers.get("content-type").map(|kind| kind.into_owned());
    let mut view = kept?.view(content_type);
    let hidden = view.text.as_ref().map(|text| {
        secrets
            .body(view.content_type.as_deref(), text)
            .into_owned()
    });
    view.text = hidden;
    Some(view)
}

/// Headers as they are shown.
pub fn headers(headers: Option<&HeaderCopy>, secrets: Secrets) -> Vec<(String, String)> {
    let all = headers.into_iter().flat_map(|headers| headers.iter());
    all.map(|(name, value)| {
        let value = secrets.header(&name, &value).into_owned();
        (name.into_owned(), value)
    })
    .collect()
}

/// Where the request went, as a browser would write it.
pub fn url(inspector: &Inspector, entry: &Entry) -> String {
    let name = entry.environment.as_deref();
    let environments = inspector.environments.all();
    let known = environments.iter().find(|known| Some(&*known.name) == name);
    let own = match known {
        Some(known) => known.url.as_str(),
        None => inspector.info.urls.first().map_or("", String::as_str),
    };
    format!("{}{}", own.trim_end_matches('/'), entry.target())
}
