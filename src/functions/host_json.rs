//! `host.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::files::read_json;
use super::output::Level;
use super::trouble::Trouble;

/// What the emulator obeys of `host.json`; a missing file means the defaults.
#[derive(Debug, Clone, Default)]
pub(crate) struct HostJson {
    /// `extensions.http.customHeaders`: set on each response that does not have them.
    pub(crate) custom_headers: Vec<(String, String)>,
    /// `functions`: the only functions that load, when given.
    pub(crate) only: Option<Vec<String>>,
    /// Whether the app brings a program of its own instead of a language worker.
    pub(crate) custom_handler: bool,
    levels: BTreeMap<String, Option<Level>>,
}

impl HostJson {
    /// Reads and checks the file of an app.
    ///
    /// # Errors
    /// Broken JSON, a `version` that is not `2.0`, a route prefix that is not `api` (AP-66, in Azure's words: CF-98).
    pub(crate) fn load(app_dir: &Path) -> Result<Self, Trouble> {
        match read_json(&app_dir.join("host.json"))? {
            Some(value) => Self::read(&value),
            None => Ok(Self::default()),
        }
    }

    fn read(value: &Value) -> Result<Self, Trouble> {
        if value["version"].as_str() != Some("2.0") {
            let message = format!(
                "host.json has version {}, not \"2.0\"",
                shown(&value["version"])
            );
            return Err(Trouble::new(
                message,
                "set `\"version\": \"2.0\"` in host.json",
            ));
        }
        let http = &value["extensions"]["http"];
        if let Some(prefix) = http["routePrefix"].as_str()
            && prefix.trim_matches('/') != "api"
        {
            return Err(Trouble::new(
                "the host.json file cannot specify a http.routePrefix value other than 'api'.",
                format!(
                    "Azure refuses to deploy the route prefix '{prefix}': remove it from host.json"
                ),
            ));
        }
        Ok(Self {
            custom_headers: pairs(&http["customHeaders"]),
            only: value["functions"].as_array().map(|list| {
                let names = list.iter().filter_map(Value::as_str);
                names.map(str::to_owned).collect()
            }),
            custom_handler: value["customHandler"].is_object(),
            levels: value["logging"]["logLevel"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(name, level)| {
                    Some((name.to_ascii_lowercase(), Level::parse(level.as_str()?)))
                })
                .collect(),
        })
    }

    /// Whether a log of this level is shown: `logging.logLevel` by the longest category, `Information` by default.
    pub(crate) fn shows(&self, level: Level, function: Option<&str>) -> bool {
        let user = function.map(|name| format!("function.{}.user", name.to_ascii_lowercase()));
        let own = function.map(|name| format!("function.{}", name.to_ascii_lowercase()));
        let all = function.map(|_| "function".to_owned());
        let chosen = [user, own, all, Some("default".to_owned())]
            .into_iter()
            .flatten()
            .find_map(|category| self.levels.get(&category));
        match chosen {
            Some(Some(least)) => level >= *least,
            Some(None) => false,
            None => level >= Level::Information,
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        other => other.to_string(),
    }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_api_is_a_route_prefix_cf_98() {
        let with = |prefix| {
            HostJson::read(
                &json!({"version": "2.0", "extensions": {"http": {"routePrefix": prefix}}}),
            )
        };
        assert!(with("api").is_ok());
        let trouble = with("").unwrap_err();
        assert_eq!(
            trouble.message,
            "the host.json file cannot specify a http.routePrefix value other than 'api'."
        );
        assert!(with("v1").is_err());
    }

    #[test]
    fn the_version_is_required() {
        assert!(HostJson::read(&json!({})).is_err());
        assert!(HostJson::read(&json!({"version": "1.0"})).is_err());
    }

    #[test]
    fn the_longest_log_category_decides() {
        let levels = json!({"default": "Warning", "Function": "Information", "Function.a": "None", "Function.b.User": "Trace"});
        let host =
            HostJson::read(&json!({"version": "2.0", "logging": {"logLevel": levels}})).unwrap();
        assert!(!host.shows(Level::Information, None));
        assert!(host.shows(Level::Information, Some("z")));
        assert!(!host.shows(Level::Critical, Some("A")));
        assert!(host.shows(Level::Trace, Some("b")));
        assert!(!HostJson::default().shows(Level::Debug, Some("b")));
    }
}
