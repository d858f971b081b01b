//! A request as typed on a command line.

use std::str::FromStr;

use actix_web::http::header::{COOKIE, HeaderName, HeaderValue};
use actix_web::http::{Method, Uri};
use actix_web::test::TestRequest;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use bytes::Bytes;

use crate::auth::ClientPrincipal;
use crate::auth::cookie::set_cookie_headers;
use crate::pipeline::MadeUp;

/// What is asked, checked.
#[derive(Debug, Clone)]
pub struct ExplainRequest {
    method: Method,
    target: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl ExplainRequest {
    /// Checks what was typed. `target` is a path with an optional query, or a URL, of which path and query count.
    /// Any role makes a signed-in user, who has `anonymous` and `authenticated` too.
    ///
    /// # Errors
    /// A sentence about what is wrong.
    pub fn new(
        method: &str,
        target: &str,
        roles: &[String],
        headers: &[String],
    ) -> Result<Self, String> {
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .map_err(|_| format!("`{method}` is not a valid HTTP method"))?;
        let uri = Uri::from_str(target)
            .map_err(|error| format!("`{target}` is not a valid request path: {error}"))?;
        let target = match uri.path_and_query() {
            Some(path) if path.as_str().starts_with('/') => path.as_str().to_string(),
            _ => return Err(format!("`{target}` does not begin with a slash")),
        };
        let mut request = Self {
            method,
            target,
            headers: Vec::new(),
            body: Bytes::new(),
        };
        for header in headers {
            let (name, value) = header
                .split_once(':')
                .ok_or_else(|| format!("`{header}` is not a header: write `NAME: VALUE`"))?;
            let name = HeaderName::from_str(name.trim())
                .map_err(|_| format!("`{name}` is not a valid header name"))?;
            let value = HeaderValue::from_str(value.trim()).map_err(|_| {
                format!("the value of `{name}` contains characters that HTTP forbids")
            })?;
            request.headers.push((name, value));
        }
        match roles.is_empty() {
            true => Ok(request),
            false => request.signed_in(roles),
        }
    }

    /// The same with a body, which a sign-in form has.
    #[must_use]
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// The same, asked by a user with these roles.
    ///
    /// # Errors
    /// A sentence about a session that no cookie holds.
    pub fn signed_in(self, roles: &[String]) -> Result<Self, String> {
        self.signed_in_as(&ClientPrincipal::new(
            "github".to_string(),
            None,
            "explain".to_string(),
            roles.to_vec(),
            Vec::new(),
        ))
    }

    /// The same, asked by this user. The session goes into the cookie that a browser would send, so that it is read as
    /// any other.
    ///
    /// # Errors
    /// As for [`Self::signed_in`].
    pub fn signed_in_as(mut self, principal: &ClientPrincipal) -> Result<Self, String> {
        for cookie in set_cookie_headers(principal, &[], false)? {
            let pair = cookie.split(';').next().unwrap_or_default();
            let value = HeaderValue::from_str(pair).map_err(|error| error.to_string())?;
            self.headers.push((COOKIE, value));
        }
        Ok(self)
    }

    /// The request as the pipeline gets it, from this machine.
    pub async fn request(&self) -> actix_web::Result<(HttpRequest, web::Payload)> {
        let mut request = TestRequest::default()
            .method(self.method.clone())
            .uri(&self.target)
            .set_payload(self.body.clone())
            .peer_addr(([127, 0, 0, 1], 0).into());
        for header in &self.headers {
            request = request.append_header(header.clone());
        }
        let (request, mut payload) = request.to_http_parts();
        request.extensions_mut().insert(MadeUp);
        let payload = web::Payload::from_request(&request, &mut payload).await?;
        Ok((request, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &str, target: &str, headers: &[&str]) -> String {
        let headers: Vec<String> = headers.iter().map(|text| (*text).to_string()).collect();
        ExplainRequest::new(method, target, &[], &headers).unwrap_err()
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        assert!(refused("GET", "no slash", &[]).contains("not a valid request path"));
        assert!(refused("GET", "about", &[]).contains("slash"));
        assert!(refused("G T", "/", &[]).contains("not a valid HTTP method"));
        assert!(refused("GET", "/", &["x"]).contains("NAME: VALUE"));
    }

    #[test]
    fn a_url_counts_by_its_path() {
        let question = ExplainRequest::new("get", "https://x.example/a?b=c", &[], &[]).unwrap();
        assert_eq!(
            (question.method, question.target.as_str()),
            (Method::GET, "/a?b=c")
        );
    }

    #[test]
    fn roles_make_a_session() {
        let question = ExplainRequest::new("GET", "/", &["admin".to_string()], &[]).unwrap();
        let asked = actix_web::rt::System::new().block_on(question.request());
        let (request, _) = asked.unwrap();
        let cookies = request.headers().get_all(COOKIE);
        let reading =
            crate::auth::cookie::principal_from_cookies(cookies.map(|value| value.as_bytes()));
        let principal = reading.principal().unwrap();
        assert_eq!(
            principal.user_roles,
            ["anonymous", "authenticated", "admin"]
        );
    }
}
