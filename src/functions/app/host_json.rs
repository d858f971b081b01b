//! `host.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::custom_handler::CustomHandler;
use super::host_json_env;
use super::jsonc::read_json;
use crate::functions::error::HostError;
use crate::functions::output::Level;

/// What the emulator obeys of `host.json`; a missing file means the defaults.
#[derive(Debug, Clone)]
pub(crate) struct HostJson {
    /// `extensions.http.customHeaders`: set on each response that does not have them.
    pub(crate) custom_headers: Vec<(String, String)>,
    /// `functions`: the only functions that load, when given.
    pub(crate) only: Option<Vec<String>>,
    /// Whether the app brings a program of its own instead of a language worker.
    pub(crate) custom_handler: Option<CustomHandler>,
    /// `functionTimeout`: how long a call may take; `None` for no limit (`-1`).
    pub(crate) timeout: Option<Duration>,
    /// `extensions.http.maxOutstandingRequests`: how many calls may be in flight.
    pub(crate) max_outstanding: Option<usize>,
    /// `watchFiles`: names of files whose change restarts the app.
    pub(crate) watch_files: Vec<String>,
    /// `watchDirectories`: folders, relative to the app, in which every change does.
    pub(crate) watch_directories: Vec<String>,
    /// The largest request body, in bytes: 100 MB, or `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`.
    pub(crate) body_limit: u64,
    /// What of the file is not understood, a sentence each.
    pub(crate) warnings: Vec<String>,
    /// `languageWorkers`: settings of workers, by language.
    pub(crate) language_workers: Value,
    levels: BTreeMap<String, Option<Level>>,
}

/// The host's limit of a request body, in bytes.
const BODY_LIMIT: u64 = 104_857_600;
/// The setting that changes it.
const BODY_LIMIT_SETTING: &str = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";

/// `functionTimeout` when the file says nothing, as outside of the consumption plan.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);

impl Default for HostJson {
    fn default() -> Self {
        Self {
            custom_headers: Vec::new(),
            only: None,
            custom_handler: None,
            timeout: Some(DEFAULT_TIMEOUT),
            max_outstanding: None,
            watch_files: Vec::new(),
            watch_directories: Vec::new(),
            body_limit: BODY_LIMIT,
            warnings: Vec::new(),
            language_workers: Value::Null,
            levels: BTreeMap::new(),
        }
    }
}

impl HostJson {
    /// Reads and checks the file of an app, changed by those of the settings that are meant for it ([`host_json_env`]).
    ///
    /// # Errors
    /// Broken JSON, a `version` that is not `2.0`, a route prefix that is not `api` (AP-66, in Azure's words: CF-98).
    pub(crate) fn load(
        app_dir: &Path,
        settings: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, HostError> {
        let file = read_json(&app_dir.join("host.json"))?;
        let value = file.unwrap_or_else(|| json!({"version": "2.0"}));
        Self::of(value, app_dir, settings)
    }

    /// The same of what the file holds.
    pub(crate) fn of(
        mut value: Value,
        app_dir: &Path,
        settings: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, HostError> {
        let settings: Vec<(String, String)> = settings.into_iter().collect();
        let limit = settings.iter().rev().find_map(|(name, value)| {
            let is_limit = name == BODY_LIMIT_SETTING;
            is_limit.then(|| value.parse::<u64>().ok()).flatten()
        });
        let variables = settings.clone();
        host_json_env::apply(&mut value, settings);
        let variable = |name: &str| {
            let mut known = variables.iter().rev();
            known.find_map(|(known, value)| (known == name).then(|| value.clone()))
        };
        let time = |text: &str| time_span(text).flatten();
        Ok(Self {
            body_limit: limit.unwrap_or(BODY_LIMIT),
            custom_handler: CustomHandler::read(&value["customHandler"], app_dir, time, variable),
            ..Self::read(&value)?
        })
    }

    fn read(value: &Value) -> Result<Self, HostError> {
        if value["version"].as_str() != Some("2.0") {
            let message = format!(
                "host.json has version {}, not \"2.0\"",
                shown(&value["version"])
            );
            return Err(HostError::new(
                message,
                "set `\"version\": \"2.0\"` in host.json",
            ));
        }
        let http = &value["extensions"]["http"];
        if let Some(prefix) = http["routePrefix"].as_str()
            && prefix.trim_matches('/') != "api"
        {
            return Err(HostError::new(
                "the host.json file cannot specify a http.routePrefix value other than 'api'.",
                format!(
                    "Azure refuses to deploy the route prefix '{prefix}': remove it from host.json"
                ),
            )
            .by_rule("CF-98"));
        }
        let mut warnings = Vec::new();
        let timeout = match &value["functionTimeout"] {
            Value::Null => Some(DEFAULT_TIMEOUT),
            given => match given.as_str().and_then(time_span) {
                Some(limit) => limit,
                None => {
                    warnings.push(format!(
                        "host.json: `functionTimeout` is {given}, which is not a time such as \"00:05:00\"; the limit stays at 30 minutes"
                    ));
                    Some(DEFAULT_TIMEOUT)
                }
            },
        };
        // Below zero means no limit.
        let max_outstanding = number(&http["maxOutstandingRequests"]);
        Ok(Self {
            timeout,
            max_outstanding: max_outstanding.and_then(|count| usize::try_from(count).ok()),
            watch_files: texts(&value["watchFiles"]),
            watch_directories: texts(&value["watchDirectories"]),
            body_limit: BODY_LIMIT,
            warnings,
            custom_headers: pairs(&http["customHeaders"]),
            only: value["functions"]
                .is_array()
                .then(|| texts(&value["functions"])),
            custom_handler: None,
            language_workers: value["languageWorkers"].clone(),
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

/// A number, or a text that holds one.
fn number(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// A .NET time span, `[d.]hh:mm[:ss[.fraction]]`; the inner `None` is "no limit" (`-1`).
#[expect(
    clippy::option_option,
    reason = "the inner one is a value of the file: `-1`"
)]
pub(crate) fn time_span(text: &str) -> Option<Option<Duration>> {
    let text = text.trim();
    if text == "-1" || text.starts_with("-1:") {
        return Some(None);
    }
    let (head, rest) = text.split_once(':')?;
    let (days, hours) = head.split_once('.').unwrap_or(("0", head));
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let whole = |text: &str, below: u32| text.parse::<u32>().ok().filter(|value| *value < below);
    let minutes = whole(days, 10_000)? * 1440 + whole(hours, 24)? * 60 + whole(minutes, 60)?;
    let seconds = seconds
        .parse::<f64>()
        .ok()
        .filter(|value| (0.0..60.0).contains(value))?;
    Some(Some(
        Duration::from_secs(u64::from(minutes) * 60) + Duration::from_secs_f64(seconds),
    ))
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
        let error = with("").unwrap_err();
        assert_eq!(
            error.message,
            "the host.json file cannot specify a http.routePrefix value other than 'api'."
        );
        assert!(with("v1").is_err());
    }

    #[test]
    fn times_and_limits() {
        let read = |value| HostJson::read(&value).unwrap();
        let timeout = |text: &str| {
            let host = read(json!({"version": "2.0", "functionTimeout": text}));
            assert!(host.warnings.is_empty(), "{text}");
            host.timeout
        };
        assert_eq!(timeout("00:05:00"), Some(Duration::from_secs(300)));
        assert_eq!(timeout("1.02:00"), Some(Duration::from_secs(26 * 3600)));
        assert_eq!(timeout("00:00:00.5"), Some(Duration::from_millis(500)));
        assert_eq!(timeout("-1"), None);
        let wrong = read(json!({"version": "2.0", "functionTimeout": "soon"}));
        assert_eq!(
            (wrong.timeout, wrong.warnings.len()),
            (Some(DEFAULT_TIMEOUT), 1)
        );
        let limit = |value| {
            let http = json!({"http": {"maxOutstandingRequests": value}});
            read(json!({"version": "2.0", "extensions": http})).max_outstanding
        };
        assert_eq!(
            (limit(json!(3)), limit(json!("4")), limit(json!(-1))),
            (Some(3), Some(4), None)
        );
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
