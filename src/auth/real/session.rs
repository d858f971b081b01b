//! Sessions in cookies: plain with the mock sign-in, sealed where a provider signs in for real (AU-50).

use std::sync::Arc;

use super::seal::Sealer;
use crate::auth::ClientPrincipal;
use crate::auth::cookie::{
    COOKIE_NAME, CookieReading, SESSION_SECONDS, principal_from_cookies, read_session,
    set_cookie_headers, write_session,
};
use crate::store::now;

/// How the sessions of an environment are written and read.
#[derive(Debug, Clone, Default)]
pub enum Sessions {
    /// As text that everybody can write.
    #[default]
    Plain,
    /// As nobody else can write or read them: by a key, and for one environment.
    Sealed(Arc<Sealer>, Arc<str>),
}

impl Sessions {
    /// Sealed sessions of the environment that `scope` names among all of this user.
    pub fn sealed(sealer: Arc<Sealer>, scope: &str) -> Self {
        Self::Sealed(sealer, format!("session of {scope}").into())
    }

    /// Who the raw values of the `Cookie` headers say their sender is.
    pub fn read<'a>(&self, cookie_headers: impl Iterator<Item = &'a [u8]>) -> CookieReading {
        match self {
            Self::Plain => principal_from_cookies(cookie_headers),
            Self::Sealed(sealer, purpose) => read_session(cookie_headers, |value| {
                let content = sealer.open(purpose, value);
                opened(&content.ok_or_else(not_ours)?, now())
            }),
        }
    }

    /// The `Set-Cookie` values that sign a user in from now on, as [`set_cookie_headers`].
    ///
    /// # Errors
    /// A sentence: too many claims, or nothing can be sealed.
    pub fn write(
        &self,
        principal: &ClientPrincipal,
        existing: &[String],
        secure: bool,
    ) -> Result<Vec<String>, String> {
        self.write_at(principal, existing, secure, now())
    }

    /// The same for a sign-in at another moment, in seconds since 1970.
    ///
    /// # Errors
    /// As [`Sessions::write`].
    pub fn write_at(
        &self,
        principal: &ClientPrincipal,
        existing: &[String],
        secure: bool,
        signed_in: u64,
    ) -> Result<Vec<String>, String> {
        match self {
            Self::Plain => set_cookie_headers(principal, existing, secure),
            Self::Sealed(sealer, purpose) => {
                let end = signed_in + u64::from(SESSION_SECONDS);
                let json = principal.to_cookie_json();
                let content = [&end.to_be_bytes()[..], json.as_bytes()].concat();
                let value = sealer.seal(purpose, &content);
                let value = value.map_err(|error| error.to_string())?;
                write_session(&value, existing, secure)
            }
        }
    }
}

/// The user of a session that lasts (AU-50): eight hours from sign-in, whatever happens meanwhile.
fn opened(content: &[u8], now: u64) -> Result<ClientPrincipal, String> {
    let (end, json) = content.split_first_chunk().ok_or_else(not_ours)?;
    if u64::from_be_bytes(*end) <= now {
        return Err("the session is over: it lasts eight hours (AU-50)".to_owned());
    }
    let json = std::str::from_utf8(json).map_err(|_| not_ours())?;
    ClientPrincipal::from_json(json).map_err(|error| error.to_string())
}

fn not_ours() -> String {
    format!(
        "this environment did not seal the `{COOKIE_NAME}` cookie (hint: with `--auth real` sign in at `/.auth/login/<provider>`; a cookie that a test writes counts with the mock only)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Claim;

    fn principal(claims: usize) -> ClientPrincipal {
        let claim = |at| Claim {
            typ: format!("type-{at}"),
            val: "välue ".repeat(30),
        };
        let claims = (0..claims).map(claim).collect();
        ClientPrincipal::new("aad".into(), None, "Jäne 名前".into(), vec![], claims)
    }

    fn header(set: &[String]) -> String {
        let pairs = set.iter().filter_map(|line| line.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn au_50_au_51_a_sealed_session_of_any_length_is_this_environments_for_eight_hours() {
        let sealer = Arc::new(Sealer::in_memory().unwrap());
        let ours = Sessions::sealed(Arc::clone(&sealer), "/app production");
        let wanted = principal(60);
        let set = ours.write(&wanted, &[], true).unwrap();
        assert!(set.len() > 4, "{}", set.len());
        assert!(set[0].ends_with("; Max-Age=28800; Secure"));
        let header = header(&set);
        let read = |sessions: &Sessions| sessions.read([header.as_bytes()].into_iter());
        assert_eq!(read(&ours), CookieReading::SignedIn(wanted));
        // EN-11: another environment, another key, and the mock make nothing of it.
        for other in [
            Sessions::sealed(sealer, "/app 17"),
            Sessions::sealed(Arc::new(Sealer::in_memory().unwrap()), "/app production"),
            Sessions::Plain,
        ] {
            assert!(matches!(read(&other), CookieReading::Malformed(_)));
        }
    }

    #[test]
    fn au_50_an_old_session_and_one_that_somebody_wrote_are_nobodys() {
        let ours = Sessions::sealed(Arc::new(Sealer::in_memory().unwrap()), "x");
        let signed_in = |at| {
            let set = ours.write_at(&principal(0), &[], false, at).unwrap();
            ours.read([header(&set).as_bytes()].into_iter())
        };
        assert!(signed_in(now() - 28_700).principal().is_some());
        let over = signed_in(now() - 28_800);
        assert!(matches!(&over, CookieReading::Malformed(why) if why.contains("eight hours")));
        let plain = set_cookie_headers(&principal(0), &[], false).unwrap();
        let reading = ours.read([header(&plain).as_bytes()].into_iter());
        assert!(matches!(reading, CookieReading::Malformed(why) if why.contains("did not seal")));
        assert_eq!(ours.read(std::iter::empty()), CookieReading::Anonymous);
    }
}
