//! Calls to a provider: to addresses that its configuration names, over https but on this machine, within limits of time
//! and size.

use std::str::FromStr;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use serde::de::DeserializeOwned;

use super::error::SignInError;
use crate::http::{Origin, OwnCall, Posted};

/// A person waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes of an answer: documents of keys and tokens with hundreds of groups are far smaller.
const MAX_ANSWER: usize = 512 * 1024;
/// Most characters shown of an answer that nobody understands.
const SHOWN: usize = 300;

/// An address of a provider.
#[derive(Debug, Clone)]
pub struct RemoteUrl {
    text: String,
    origin: Origin,
    target: String,
}

impl FromStr for RemoteUrl {
    type Err = String;

    /// Takes `https` URLs, and `http` ones of this machine, where servers for tests run.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.split('#').next().unwrap_or_default();
        let uri: Uri = text
            .parse()
            .map_err(|error| format!("`{text}` is not a URL: {error}"))?;
        let origin: Origin = text
            .parse()
            .map_err(|error| format!("`{text}` is not the URL of a provider: {error}"))?;
        if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
            return Err(format!("`{text}` carries credentials"));
        }
        if origin.scheme() != "https" && !origin.is_loopback() {
            return Err(format!(
                "`{text}` is not an https URL, which secrets need outside of this machine"
            ));
        }
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Ok(Self {
            text: text.to_owned(),
            target: target.to_owned(),
            origin,
        })
    }
}

impl RemoteUrl {
    /// As it was given, without a fragment.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Asks for it.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn get(&self, headers: Vec<(&str, &str)>) -> Result<Answer, SignInError> {
        self.call(headers, None).await
    }

    /// Posts a form there.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn post_form(
        &self,
        headers: Vec<(&str, &str)>,
        form: String,
    ) -> Result<Answer, SignInError> {
        self.call(headers, Some(Posted::Form(form))).await
    }

    async fn call(
        &self,
        mut headers: Vec<(&str, &str)>,
        posted: Option<Posted>,
    ) -> Result<Answer, SignInError> {
        if !headers.iter().any(|(name, _)| *name == "accept") {
            headers.push(("accept", "application/json"));
        }
        // Some providers answer nobody without a name.
        headers.push(("user-agent", concat!("cygnet/", env!("CARGO_PKG_VERSION"))));
        let call = OwnCall {
            headers,
            posted,
            limit: MAX_ANSWER,
            ..OwnCall::get(&self.origin, &self.target, TIMEOUT)
        };
        match call.send().await {
            Ok((status, body)) => Ok(Answer {
                from: without_query(&self.text).to_owned(),
                status,
                body,
            }),
            Err(why) => {
                let url = without_query(&self.text);
                Err(SignInError::Unavailable(format!("`{url}`: {why}")))
            }
        }
    }
}

/// What a provider answered.
#[derive(Debug, Clone)]
pub struct Answer {
    from: String,
    /// Its status.
    pub status: u16,
    /// Its body, whole.
    pub body: Bytes,
}

impl Answer {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Answer::not_understood`]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, SignInError> {
        serde_json::from_slice(&self.body).map_err(|error| self.not_understood(&error.to_string()))
    }

    /// That the answer makes no sense, with its beginning: a page of a proxy says much. Not for answers that carry tokens.
    pub fn not_understood(&self, why: &str) -> SignInError {
        let text = String::from_utf8_lossy(&self.body);
        let start: String = text.trim().chars().take(SHOWN).collect();
        let (from, status) = (&self.from, self.status);
        SignInError::Unavailable(match start.is_empty() || self.is_success() {
            true => format!("`{from}` answered {status}, which is not understood: {why}"),
            false => format!("`{from}` answered {status}: {start}"),
        })
    }
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_called_by_https_but_on_this_machine() {
        let read = |text: &str| text.parse::<RemoteUrl>();
        let url = read("https://login.example/a?b=c#d").unwrap();
        assert_eq!(url.as_str(), "https://login.example/a?b=c");
        assert_eq!(url.target, "/a?b=c");
        assert!(read("http://localhost:9000/token").is_ok());
        for wrong in [
            "http://login.example/token",
            "https://user:password@login.example/",
            "ftp://localhost/",
            "/token",
            "login.example",
            "",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
