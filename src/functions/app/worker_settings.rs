//! Settings of language workers: `languageWorkers:<language>:<key>` of the process environment, `local.settings.json` and `host.json`.

use serde_json::Value;

/// The settings of a worker, by their name or by `languageWorkers:<language>:<key>`.
#[derive(Debug, Clone)]
pub(crate) struct WorkerSettings {
    /// The last of a name wins.
    settings: Vec<(String, String)>,
    /// `languageWorkers` of `host.json`.
    file: Value,
}

impl WorkerSettings {
    pub(crate) fn new(settings: Vec<(String, String)>, file: Value) -> Self {
        Self { settings, file }
    }

    /// A setting by its name.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        let found = self.settings.iter().rev().find(|(each, _)| each == name);
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    }

    /// `languageWorkers:<language>:<key>`, the levels separated as .NET's configuration does.
    pub(crate) fn of(&self, language: &str, key: &str) -> Option<String> {
        let name = format!("languageWorkers:{language}:{key}");
        let given = self.settings.iter().rev().find(|(each, value)| {
            !value.is_empty() && each.replace("__", ":").eq_ignore_ascii_case(&name)
        });
        let in_file = || self.file[language][key].as_str().map(str::to_owned);
        given.map(|(_, value)| value.clone()).or_else(in_file)
    }
}
