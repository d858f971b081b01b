//! Tokens that are signed once and then used until they near their end (AP-25, AP-36).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::HeaderValue;
use jsonwebtoken::{EncodingKey, Header};
use serde::Serialize;
use serde_json::Value;

/// How long a token is valid, in seconds (AP-25, AP-36).
pub(crate) const LIFETIME: u64 = 300;
/// A token is not used any more when less than this is left of it, in seconds: a call may last 45 (AP-6).
const RENEW_BEFORE: u64 = 60;
/// Callers whose token is remembered; more than these are signed for anew.
const REMEMBERED: usize = 256;

/// The tokens of callers.
#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<Tokens>);

#[derive(Debug, Default)]
struct Tokens {
    /// `Bearer <token>` with the second of its end, by caller.
    by_caller: HashMap<u128, (HeaderValue, u64)>,
    /// Whose was used last.
    last: Option<u128>,
}

impl TokenCache {
    /// The token of a caller at `now`, in seconds since 1970: the remembered one, else what `sign` gives, which is valid for
    /// [`LIFETIME`] from then on.
    pub(crate) fn get_or_sign(
        &self,
        caller: u128,
        now: u64,
        sign: impl FnOnce() -> Option<HeaderValue>,
    ) -> Option<HeaderValue> {
        {
            let tokens = &mut *self.tokens();
            tokens.last = Some(caller);
            if let Some((token, expires)) = tokens.by_caller.get(&caller)
                && now + RENEW_BEFORE < *expires
                // Else the clock was put back.
                && now + LIFETIME >= *expires
            {
                return Some(token.clone());
            }
        }
        let token = sign()?;
        let by_caller = &mut self.tokens().by_caller;
        if by_caller.len() >= REMEMBERED {
            by_caller.clear();
        }
        by_caller.insert(caller, (token.clone(), now + LIFETIME));
        Some(token)
    }

    /// The claims of the token that was used last, for whoever looks.
    pub(crate) fn last_claims(&self) -> Option<Value> {
        let tokens = self.tokens();
        let (token, _) = tokens.by_caller.get(&tokens.last?)?;
        let payload = token.to_str().ok()?.split('.').nth(1)?;
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `Bearer <token>`; `None` if it cannot be signed, which is said in the log.
pub(crate) fn bearer(
    header: &Header,
    claims: &impl Serialize,
    key: &EncodingKey,
) -> Option<HeaderValue> {
    jsonwebtoken::encode(header, claims, key)
        .inspect_err(|error| log::error!("a token for the backend cannot be signed: {error}"))
        .ok()
        .and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok())
}
