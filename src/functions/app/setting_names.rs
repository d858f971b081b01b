//! Names of application settings: what Azure refuses (AP-71, AP-72).

use std::borrow::Cow;

use crate::finding::Advice;

/// Beginnings of names that Azure keeps for itself (AP-71).
const RESERVED: [&str; 18] = [
    "APPSETTING_",
    "AZUREBLOBSTORAGE_",
    "AZUREFILESSTORAGE_",
    "AZURE_FUNCTION_",
    "CONTAINER_",
    "DIAGNOSTICS_",
    "DOCKER_",
    "FUNCTIONS_",
    "IDENTITY_",
    "MACHINEKEY_",
    "MAINSITE_",
    "MSDEPLOY_",
    "SCMSITE_",
    "SCM_",
    "WEBSITES_",
    "WEBSITE_",
    "WEBSOCKET_",
    "AZUREWEB",
];

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// AP-71.
    #[error(
        "the setting `{name}` is refused: names that begin with `{prefix}` are Azure's own (AP-71)"
    )]
    Reserved {
        /// As typed.
        name: String,
        /// The beginning.
        prefix: &'static str,
    },
    /// AP-72.
    #[error("the setting `{0}` is refused: a name has letters, digits, `.` and `_` only (AP-72)")]
    Alphabet(String),
    /// Not `NAME=VALUE`.
    #[error("`{0}` is not NAME=VALUE")]
    Shape(String),
}

impl Advice for SettingError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Reserved { .. } => "choose another name; Azure sets these itself",
            Self::Alphabet(_) => "replace `-` and `:` by `_`, as in `Values__Key`",
            Self::Shape(_) => "cygnet appsettings set API_KEY=abc",
        }))
    }
}

/// Judges a name.
///
/// # Errors
/// AP-71, AP-72.
pub fn check(name: &str) -> Result<(), SettingError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(SettingError::Alphabet(name.to_owned()));
    }
    let upper = name.to_ascii_uppercase();
    let prefix = RESERVED
        .into_iter()
        .find(|prefix| upper.starts_with(prefix));
    match prefix {
        Some(prefix) => Err(SettingError::Reserved {
            name: name.to_owned(),
            prefix,
        }),
        None => Ok(()),
    }
}

/// Reads `NAME=VALUE`.
///
/// # Errors
/// Another shape, or a name that is refused.
pub fn parse(text: &str) -> Result<(String, String), SettingError> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| SettingError::Shape(text.to_owned()))?;
    check(name)?;
    Ok((name.to_owned(), value.to_owned()))
}

/// What a reference to a key vault means for a setting, if its value is one: only Azure resolves it, and not for managed
/// functions (AP-64).
pub fn vault_reference(name: &str, value: &str) -> Option<String> {
    value.starts_with("@Microsoft.KeyVault(").then(|| {
        format!(
            "the functions see the setting `{name}` as it is written, a Key Vault reference: only Azure resolves those, and not for managed functions (AP-64); set the secret itself here"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ap_71_72() {
        for name in ["API_KEY", "a.b", "Values__x", "AZURE_CLIENT_ID", "1"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in [
            "AzureWebJobsStorage",
            "FUNCTIONS_WORKER_RUNTIME",
            "website_x",
            "SCM_DO_BUILD_DURING_DEPLOYMENT",
        ] {
            assert!(
                matches!(check(name), Err(SettingError::Reserved { .. })),
                "{name}"
            );
        }
        for name in ["", "a-b", "a:b", "ü", "a b"] {
            assert!(
                matches!(check(name), Err(SettingError::Alphabet(_))),
                "{name}"
            );
        }
        assert_eq!(parse("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert!(parse("A").is_err());
    }
}
