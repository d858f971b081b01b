//! Password protection (EN-16): what a password must be like, how it is kept, and the session that it opens.

use argon2::{Algorithm, Argon2, Params, Version};
use std::borrow::Cow;

use super::model::{DeploymentState, Password};
use super::name::EnvironmentId;
use crate::finding::Advice;
use crate::link::model::Plan;

/// The shortest password.
const SHORTEST: usize = 8;

/// Why a password is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// The Free plan.
    #[error("password protection needs the Standard plan (EN-16)")]
    Plan,
    /// Too weak.
    #[error("the password {0} (EN-16)")]
    Weak(&'static str),
    /// It could not be hashed.
    #[error("the password cannot be kept: {0}")]
    Hash(String),
}

impl Advice for PasswordError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Plan => "cygnet deploy --plan standard",
            Self::Weak(_) => {
                "8 characters or more, with upper and lower case, a digit and a symbol"
            }
            Self::Hash(_) => "report this as a bug",
        }))
    }
}

/// Protects an app from now on.
pub fn protect(password: &str, plan: Plan, staging_only: bool) -> Result<Password, PasswordError> {
    if plan == Plan::Free {
        return Err(PasswordError::Plan);
    }
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let weak = [
        (
            password.chars().count() >= SHORTEST,
            "has fewer than 8 characters",
        ),
        (has(char::is_uppercase), "has no upper-case letter"),
        (has(char::is_lowercase), "has no lower-case letter"),
        (has(|c| c.is_ascii_digit()), "has no digit"),
        (has(|c| !c.is_alphanumeric()), "has no symbol"),
    ];
    if let Some((_, why)) = weak.into_iter().find(|(is_met, _)| !is_met) {
        return Err(PasswordError::Weak(why));
    }
    let salt = uuid::Uuid::new_v4().simple().to_string();
    let hash = hash(password, &salt).map_err(PasswordError::Hash)?;
    Ok(Password {
        staging_only,
        salt,
        hash,
    })
}

/// Whether it is the password. Takes some milliseconds on purpose.
pub fn is_right(kept: &Password, password: &str) -> bool {
    hash(password, &kept.salt).is_ok_and(|hash| hash == kept.hash)
}

/// The password that stands before an environment, if one does.
pub fn of<'a>(state: &'a DeploymentState, id: &EnvironmentId) -> Option<&'a Password> {
    let password = state.password.as_ref()?;
    (id.is_preview() || !password.staging_only).then_some(password)
}

/// What a session cookie must say on a host: worth nothing on another host, or once the password is another one.
pub fn session(state: &DeploymentState, password: &Password, host: &str) -> String {
    let what = format!("password\n{}\n{host}", password.hash);
    sign(&state.app.secret, &what)
}

/// A signature that only this app can make.
pub fn sign(secret: &str, what: &str) -> String {
    let key = blake3::derive_key("cygnet 2026-11 signatures of an app", secret.as_bytes());
    blake3::keyed_hash(&key, what.as_bytes())
        .to_hex()
        .to_string()
}

/// Whether two signatures are one, in a time that tells nothing.
pub fn same(one: &str, other: &str) -> bool {
    let hash = |text: &str| blake3::Hash::from_hex(text);
    matches!((hash(one), hash(other)), (Ok(one), Ok(other)) if one == other)
}

fn hash(password: &str, salt: &str) -> Result<String, String> {
    let params = Params::new(8 * 1024, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt.as_bytes(), &mut out)
        .map_err(|error| error.to_string())?;
    Ok(blake3::Hash::from_bytes(out).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn en_16_what_a_password_must_be_like() {
        for (password, why) in [
            ("Ab1!", "8 characters"),
            ("abcdef1!", "upper-case"),
            ("ABCDEF1!", "lower-case"),
            ("Abcdefg!", "digit"),
            ("Abcdefg1", "symbol"),
        ] {
            let error = protect(password, Plan::Standard, false).unwrap_err();
            assert!(error.to_string().contains(why), "{password}: {error}");
        }
        assert_eq!(
            protect("Abcdef1!", Plan::Free, false),
            Err(PasswordError::Plan)
        );
        let kept = protect("Abcdef1!", Plan::Standard, true).unwrap();
        assert!(is_right(&kept, "Abcdef1!") && !is_right(&kept, "Abcdef1?"));
        assert!(!kept.hash.contains("Abcdef1!"));
    }

    #[test]
    fn a_session_is_of_one_host_and_one_password() {
        let mut state = DeploymentState::new("app", Plan::Standard);
        state.password = protect("Abcdef1!", Plan::Standard, true).ok();
        assert!(of(&state, &EnvironmentId::Production).is_none());
        let password = of(&state, &EnvironmentId::PullRequest(1)).unwrap();
        let session_of = |host| session(&state, password, host);
        assert!(same(&session_of("a"), &session_of("a")));
        assert!(!same(&session_of("a"), &session_of("b")));
        assert!(!same("", "") && !same("x", "x"));
    }
}
