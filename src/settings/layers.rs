//! Flag > `configurations.X.start` > `configurations.X` > variable > `.env` > default, the same for every option.

use std::path::{Path, PathBuf};

use http::Uri;

use super::args::TypedOptions;
use super::descriptor::{DefaultValue, Descriptor, Opt};
use super::error::Named;
use super::file::Configuration;
use super::folders;
use super::value::{Setting, ValueSource};
use super::{ProcessEnv, SettingsError};

/// The layers that an option is looked for in.
#[derive(Debug)]
pub struct Layers<'a> {
    /// What was typed.
    pub typed: &'a TypedOptions,
    /// The chosen configuration of `swa-cli.config.json`.
    pub configuration: Option<&'a Configuration>,
    /// The environment.
    pub process_env: &'a ProcessEnv,
    /// Where relative paths start.
    pub base: &'a Path,
}

impl Layers<'_> {
    /// The value of the strongest layer that has one.
    ///
    /// # Errors
    /// [`SettingsError::InvalidValue`] with the name that the option has in that layer.
    pub fn given<T>(&self, option: &'static Opt<T>) -> Result<Option<Setting<T>>, SettingsError> {
        let found = self.text(option);
        found
            .map(|(text, source)| read(option, text, source))
            .transpose()
    }

    /// As [`Layers::given`], else the default of the table.
    pub fn get<T>(&self, option: &'static Opt<T>) -> Result<Setting<T>, SettingsError> {
        let (text, source) = self.text(option).unwrap_or(match option.default {
            DefaultValue::Text(text) | DefaultValue::Shown(text, _) => (text, ValueSource::Default),
            DefaultValue::None | DefaultValue::Described(_) => ("", ValueSource::Default),
        });
        read(option, text, source)
    }

    /// As [`Layers::given`], for values that may be missing.
    pub fn optional<T>(
        &self,
        option: &'static Opt<T>,
    ) -> Result<Setting<Option<T>>, SettingsError> {
        let given = self.given(option)?;
        Ok(given.map_or(Setting::default(None), |given| given.map(Some)))
    }

    /// The text of an option; an empty one takes that of a weaker layer away.
    pub fn words(
        &self,
        option: &'static Opt<String>,
    ) -> Result<Option<Setting<String>>, SettingsError> {
        let given = self.given(option)?;
        Ok(given.filter(|text| !text.trim().is_empty()))
    }

    /// A URL; an empty one takes that of a weaker layer away.
    pub fn url(
        &self,
        option: &'static Opt<Option<Uri>>,
    ) -> Result<Option<Setting<Uri>>, SettingsError> {
        let given = self.given(option)?;
        Ok(given.and_then(|Setting { value, source }| Some(Setting::new(value?, source))))
    }

    /// A folder that exists, if one is named.
    ///
    /// # Errors
    /// As [`Layers::given`]; it is missing, or something else is in its place.
    pub fn folder(
        &self,
        option: &'static Opt<String>,
    ) -> Result<Option<Setting<PathBuf>>, SettingsError> {
        let Some(text) = self.words(option)? else {
            return Ok(None);
        };
        let folder = text.map(|text| self.absolute(&text));
        folders::check(&folder, option)?;
        Ok(Some(folder))
    }

    /// A path of any layer, absolute.
    pub fn absolute(&self, path: &str) -> PathBuf {
        folders::absolute(self.base, path)
    }

    fn text(&self, option: &'static Descriptor) -> Option<(&str, ValueSource)> {
        if let (Some(text), Some(source)) = (self.typed.text(option), self.typed.source(option)) {
            return Some((text, source));
        }
        let in_file = self.configuration.and_then(|configuration| {
            let start = configuration.start.get(option.key);
            start.or_else(|| configuration.shared.get(option.key))
        });
        match in_file {
            Some(value) => Some((&value.text, value.source.clone())),
            None => option.env.and_then(|name| self.process_env.variable(name)),
        }
    }
}

fn read<T>(
    option: &'static Opt<T>,
    text: &str,
    source: ValueSource,
) -> Result<Setting<T>, SettingsError> {
    match (option.parse)(text) {
        Ok(value) => Ok(Setting::new(value, source)),
        Err(problem) => Err(SettingsError::InvalidValue {
            named: Named::new(option, &source),
            value: text.to_owned(),
            problem,
        }),
    }
}
