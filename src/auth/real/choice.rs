//! `--auth`: for which providers the real sign-in is asked for.

use std::fmt;
use std::str::FromStr;

/// How a provider signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthMode {
    /// By the page of the emulator, without a password.
    #[default]
    Mock,
    /// At the provider.
    Real,
}

/// One word of the option: `real`, or `aad=real`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthChoice {
    /// The provider, by its name in URLs; `None` for all.
    pub provider: Option<String>,
    /// What is asked for.
    pub mode: AuthMode,
}

/// The mode of a provider. What names it counts before what is for all; of several, the last.
pub fn mode_of(choices: &[AuthChoice], provider: &str) -> AuthMode {
    let last = |wanted: Option<&str>| {
        let mut choices = choices.iter().rev();
        let found = choices.find(|choice| match (&choice.provider, wanted) {
            (Some(named), Some(wanted)) => named.eq_ignore_ascii_case(wanted),
            (named, wanted) => named.is_none() && wanted.is_none(),
        });
        found.map(|choice| choice.mode)
    };
    last(Some(provider))
        .or_else(|| last(None))
        .unwrap_or_default()
}

/// Whether any provider is to sign in for real.
pub fn asks_for_real(choices: &[AuthChoice]) -> bool {
    choices.iter().any(|choice| choice.mode == AuthMode::Real)
}

impl FromStr for AuthChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (provider, mode) = match text.split_once('=') {
            Some((provider, mode)) => (Some(provider.trim()), mode.trim()),
            None => (None, text.trim()),
        };
        let mode = match mode {
            _ if mode.eq_ignore_ascii_case("mock") => AuthMode::Mock,
            _ if mode.eq_ignore_ascii_case("real") => AuthMode::Real,
            _ => {
                return Err(
                    "it is not `mock`, `real`, or one of them for a provider such as `aad=real`"
                        .to_owned(),
                );
            }
        };
        let is_name = |name: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !name.is_empty() && name.bytes().all(fits)
        };
        match provider {
            Some(name) if !is_name(name) => Err(format!("`{name}` is not a provider's name")),
            // By its name in the configuration, which people know (AU-33).
            Some(name) if name.eq_ignore_ascii_case("azureActiveDirectory") => Ok(Self {
                provider: Some("aad".to_owned()),
                mode,
            }),
            provider => Ok(Self {
                provider: provider.map(str::to_owned),
                mode,
            }),
        }
    }
}

impl fmt::Display for AuthChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = &self.provider {
            write!(f, "{provider}=")?;
        }
        f.write_str(match self.mode {
            AuthMode::Mock => "mock",
            AuthMode::Real => "real",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_provider_counts_before_all_and_the_last_word_wins() {
        let choices = |text: &str| -> Vec<AuthChoice> {
            text.split(',').map(|word| word.parse().unwrap()).collect()
        };
        let modes = |text: &str| {
            ["aad", "google"].map(|provider| mode_of(&choices(text), provider) == AuthMode::Real)
        };
        assert_eq!(mode_of(&[], "aad"), AuthMode::Mock);
        assert_eq!(modes("real"), [true, true]);
        assert_eq!(modes("azureActiveDirectory=real"), [true, false], "AU-33");
        assert_eq!(modes("google=mock,real"), [true, false]);
        assert_eq!(modes("real, mock, AAD = Real"), [true, false]);
        for wrong in ["", "aad", "aad=", "=real", "a b=real", "reel"] {
            assert!(wrong.parse::<AuthChoice>().is_err(), "{wrong}");
        }
        assert_eq!(choices("aad=real,mock")[0].to_string(), "aad=real");
    }
}
