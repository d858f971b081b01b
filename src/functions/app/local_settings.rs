//! `local.settings.json` → environment variables of the worker, and of the worker only.

use std::path::Path;

use serde_json::Value;

use super::jsonc::read_json;
use super::setting_names::{SettingError, check, vault_reference};
use crate::functions::error::HostError;

/// Every template of the Core Tools writes these for local use; to warn of them would be noise.
const TEMPLATE: [&str; 4] = [
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "AzureWebJobsStorage",
    "AzureWebJobsFeatureFlags",
];

/// The settings of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct LocalSettings {
    /// Names and values in the order of the file.
    pub(crate) values: Vec<(String, String)>,
    /// `Host.CORS`: the origins that may call the host's own port; `*` for all.
    pub(crate) cors: Vec<String>,
    /// `Host.CORSCredentials`.
    pub(crate) cors_credentials: bool,
    /// What differs in Azure or cannot be used, a sentence each.
    pub(crate) warnings: Vec<String>,
}

impl LocalSettings {
    /// Reads the file of an app; no file means no settings.
    pub(crate) fn load(app_dir: &Path) -> Result<Self, HostError> {
        Ok(match read_json(&app_dir.join("local.settings.json"))? {
            Some(value) => Self::read(&value),
            None => Self::default(),
        })
    }

    fn read(file: &Value) -> Self {
        let mut settings = Self::default();
        match file["IsEncrypted"].as_bool() {
            Some(true) => {
                settings.warnings.push(
                    "local.settings.json is encrypted and not used; hint: run `func settings decrypt` in the app"
                        .to_owned(),
                );
                return settings;
            }
            Some(false) => {}
            None => settings.warnings.push(
                "local.settings.json has no `IsEncrypted`, which the Core Tools read as true; add `\"IsEncrypted\": false`"
                    .to_owned(),
            ),
        }
        for (name, value) in file["Values"].as_object().into_iter().flatten() {
            settings.add(name, value);
        }
        for (name, value) in file["ConnectionStrings"].as_object().into_iter().flatten() {
            let text = value
                .as_str()
                .or_else(|| value["ConnectionString"].as_str());
            if let Some(text) = text {
                settings
                    .values
                    .push((format!("ConnectionStrings:{name}"), text.to_owned()));
            }
        }
        let origins = file["Host"]["CORS"].as_str().unwrap_or_default();
        settings.cors = origins
            .split(',')
            .map(|origin| origin.trim().trim_end_matches('/').to_owned())
            .filter(|origin| !origin.is_empty())
            .collect();
        settings.cors_credentials = file["Host"]["CORSCredentials"].as_bool() == Some(true);
        settings
    }

    /// Puts variables over the values of the file.
    pub(crate) fn overlay(&mut self, given: &[(String, String)]) {
        self.values
            .retain(|(name, _)| given.iter().all(|(own, _)| own != name));
        self.values.extend(given.iter().cloned());
        let references = given
            .iter()
            .filter_map(|(name, value)| vault_reference(name, value));
        self.warnings.extend(references);
    }

    /// The values, then the environment, which wins.
    pub(crate) fn with_environment(&self) -> impl Iterator<Item = (String, String)> {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        let own =
            std::env::vars_os().filter_map(move |(name, value)| Some((text(name)?, text(value)?)));
        self.values.iter().cloned().chain(own)
    }

    /// Whether `AzureWebJobs.<name>.Disabled` says that a function is switched off.
    pub(crate) fn disables(&self, function: &str) -> bool {
        let name = format!("AzureWebJobs.{function}.Disabled");
        let other = name.replace('.', "_");
        self.values.iter().any(|(each, value)| {
            (each.eq_ignore_ascii_case(&name) || each.eq_ignore_ascii_case(&other))
                && (value.eq_ignore_ascii_case("true") || value == "1")
        })
    }

    fn add(&mut self, name: &str, value: &Value) {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Null => return,
            Value::Array(_) | Value::Object(_) => {
                self.warnings.push(format!(
                    "local.settings.json: the value of `{name}` is not a string and is not used"
                ));
                return;
            }
        };
        if name.is_empty() || name.contains(['=', '\0']) || text.contains('\0') {
            self.warnings.push(format!(
                "local.settings.json: `{name}` cannot be an environment variable"
            ));
            return;
        }
        self.warnings.extend(refusal(name));
        self.warnings.extend(vault_reference(name, &text));
        self.values.push((name.to_owned(), text));
    }
}

/// Why Azure does not take a setting of this name, if so (AP-71, AP-72).
fn refusal(name: &str) -> Option<String> {
    if TEMPLATE.iter().any(|each| each.eq_ignore_ascii_case(name)) {
        return None;
    }
    match check(name) {
        Ok(()) | Err(SettingError::Shape(_)) => None,
        Err(SettingError::Reserved { prefix, .. }) => Some(format!(
            "local.settings.json: Azure refuses the setting `{name}`, because names that start with `{prefix}` are reserved"
        )),
        Err(SettingError::Alphabet(_)) => Some(format!(
            "local.settings.json: Azure refuses the setting `{name}`, because a name has only letters, digits, `.` and `_`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_become_strings_and_null_is_skipped() {
        let file = json!({"IsEncrypted": false, "Values": {"A": "1", "B": 2, "C": true, "D": null, "E": "", "F": {}},
            "ConnectionStrings": {"Db": "x"}});
        let settings = LocalSettings::read(&file);
        let expected = [
            ("A", "1"),
            ("B", "2"),
            ("C", "true"),
            ("E", ""),
            ("ConnectionStrings:Db", "x"),
        ];
        assert_eq!(settings.values.len(), expected.len());
        for (name, value) in expected {
            assert!(
                settings
                    .values
                    .contains(&(name.to_owned(), value.to_owned())),
                "{name}"
            );
        }
        assert_eq!(settings.warnings.len(), 1, "{:?}", settings.warnings);
    }

    #[test]
    fn names_that_azure_refuses_are_said_ap_71_ap_72() {
        assert!(refusal("website_NODE").unwrap().contains("WEBSITE_"));
        assert!(refusal("AzureWebJobsMine").is_some());
        assert!(refusal("MY:KEY").unwrap().contains("letters"));
        assert_eq!(refusal("FUNCTIONS_WORKER_RUNTIME"), None);
        assert_eq!(refusal("My.Key_1"), None);
    }

    #[test]
    fn a_key_vault_reference_is_said_ap_64() {
        // CF-48, EN-15: only Azure resolves it, and not for managed functions.
        let secret = "@Microsoft.KeyVault(SecretUri=https://x.vault.azure.net/secrets/y)";
        let file = json!({"IsEncrypted": false, "Values": {"KEY": secret, "B": "x"}});
        let warnings = LocalSettings::read(&file).warnings;
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("`KEY`") && warnings[0].contains("Key Vault"));
    }

    #[test]
    fn an_encrypted_file_is_not_used() {
        let settings = LocalSettings::read(&json!({"IsEncrypted": true, "Values": {"A": "b64"}}));
        assert!(settings.values.is_empty());
        assert_eq!(settings.warnings.len(), 1);
    }
}
