//! A sign-in under way: what the browser keeps of it, sealed, in the `StaticWebAppsAuthContextCookie` (AU-1, AU-52). It is good
//! for ten minutes, in that browser, once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::SignInError;
use super::seal::{SealError, Sealer, random_text};
use crate::store::now;

/// The cookie's name.
pub const CONTEXT_COOKIE: &str = "StaticWebAppsAuthContextCookie";
/// Seconds for which a sign-in may take: people look for their second factor.
const LIFETIME: u64 = 600;
/// Used states that are remembered; ten minutes of sign-ins are fewer.
const MOST_USED: usize = 10_000;
/// Only the endpoints of sign-in need it: no API gets it.
const ATTRIBUTES: &str = "Path=/.auth; HttpOnly; SameSite=Lax";

/// What a sign-in began with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSignIn {
    /// By its name in URLs.
    pub provider: String,
    /// What has to come back.
    pub state: String,
    /// What the ID token has to name.
    pub nonce: String,
    /// PKCE.
    pub code_verifier: String,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// Where the browser goes in the end: a `Location` that was checked.
    pub target: String,
    /// Its end, in seconds since 1970.
    end: u64,
}

impl PendingSignIn {
    /// A sign-in that begins now.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn begin(provider: &str, redirect_uri: String, target: String) -> Result<Self, SealError> {
        Ok(Self {
            provider: provider.to_owned(),
            state: random_text()?,
            nonce: random_text()?,
            code_verifier: random_text()?,
            redirect_uri,
            target,
            end: now() + LIFETIME,
        })
    }

    /// The `Set-Cookie` value that lets the browser keep it.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn set_cookie(
        &self,
        sealer: &Sealer,
        scope: &str,
        secure: bool,
    ) -> Result<String, SealError> {
        // Texts and a number always serialize.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let value = sealer.seal(&purpose(scope), &json)?;
        let secure = if secure { "; Secure" } else { "" };
        Ok(format!(
            "{CONTEXT_COOKIE}={value}; {ATTRIBUTES}; Max-Age={LIFETIME}{secure}"
        ))
    }

    /// The sign-in that a callback ends, which is over with that.
    ///
    /// # Errors
    /// This browser began none with this provider, it took too long, or its state came back before.
    pub fn resume(
        cookie: Option<&str>,
        (sealer, scope): (&Sealer, &str),
        (provider, state): (&str, Option<&str>),
        used: &UsedStates,
    ) -> Result<Self, SignInError> {
        let not_begun = |why: &str| SignInError::NotBegun(why.to_owned());
        let cookie = cookie.ok_or_else(|| {
            not_begun(
                "this browser has no sign-in under way: it was ended already, or began elsewhere",
            )
        })?;
        let content = sealer.open(&purpose(scope), cookie.as_bytes());
        let pending: Option<Self> =
            content.and_then(|content| serde_json::from_slice(&content).ok());
        let pending = pending
            .ok_or_else(|| not_begun("the sign-in of this browser began in another environment"))?;
        let state = state.ok_or_else(|| not_begun("the answer has no `state`"))?;
        if pending.state != state || pending.provider != provider {
            return Err(not_begun(
                "the answer belongs to another sign-in: its `state` is not that of this browser",
            ));
        }
        if pending.end <= now() {
            return Err(not_begun("the sign-in took longer than ten minutes"));
        }
        match used.take(&pending) {
            true => Ok(pending),
            false => Err(not_begun("this answer was used already")),
        }
    }
}

/// The `Set-Cookie` value that ends a sign-in.
pub fn clear_cookie() -> String {
    format!("{CONTEXT_COOKIE}=; {ATTRIBUTES}; Max-Age=0")
}

/// The states that came back, as long as their cookie could.
#[derive(Debug, Default)]
pub struct UsedStates(Mutex<HashMap<String, u64>>);

impl UsedStates {
    /// Whether this is the first time.
    fn take(&self, pending: &PendingSignIn) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MOST_USED {
            let now = now();
            used.retain(|_, end| *end > now);
        }
        // Rather no sign-in than one that could be played again.
        used.len() < MOST_USED && used.insert(pending.state.clone(), pending.end).is_none()
    }
}

fn purpose(scope: &str) -> String {
    format!("sign-in of {scope}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_comes_back_once_in_time_to_its_own_browser() {
        let sealer = Sealer::in_memory().unwrap();
        let used = UsedStates::default();
        let begun = PendingSignIn::begin("aad", "r".to_owned(), "/".to_owned()).unwrap();
        let cookie_of = |pending: &PendingSignIn| {
            let set = pending.set_cookie(&sealer, "here", true).unwrap();
            assert!(set.ends_with("; Max-Age=600; Secure"), "{set}");
            let pair = set.split(';').next().unwrap();
            pair.split_once('=').unwrap().1.to_owned()
        };
        let cookie = cookie_of(&begun);
        let resume = |cookie: Option<&str>, scope: &str, provider: &str, state: Option<&str>| {
            let resumed = PendingSignIn::resume(cookie, (&sealer, scope), (provider, state), &used);
            resumed.map_err(|error| error.to_string())
        };
        let (cookie, state) = (Some(cookie.as_str()), Some(begun.state.as_str()));
        for (resumed, why) in [
            (resume(None, "here", "aad", state), "no sign-in under way"),
            (resume(cookie, "there", "aad", state), "another environment"),
            (
                resume(Some("x"), "here", "aad", state),
                "another environment",
            ),
            (resume(cookie, "here", "google", state), "another sign-in"),
            (resume(cookie, "here", "aad", Some("x")), "another sign-in"),
            (resume(cookie, "here", "aad", None), "no `state`"),
        ] {
            assert!(resumed.err().unwrap().contains(why), "{why}");
        }
        assert!(resume(cookie, "here", "aad", state).ok() == Some(begun.clone()));
        let again = resume(cookie, "here", "aad", state).err().unwrap();
        assert!(again.contains("used already"), "{again}");
        let late = PendingSignIn {
            end: now(),
            state: "late".to_owned(),
            ..begun
        };
        let cookie = cookie_of(&late);
        let resumed = resume(Some(&cookie), "here", "aad", Some("late"));
        assert!(resumed.err().unwrap().contains("ten minutes"));
    }
}
