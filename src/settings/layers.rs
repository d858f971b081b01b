//! The layers below the command line, asked in order: flag > `configurations.X.start` > `configurations.X` > variable.

use super::error::Named;
use super::file::Configuration;
use super::options::Opt;
use super::value::{Setting, Source};
use super::{ProcessEnv, SettingsError};

/// The configuration that was chosen, if any, and the environment.
#[derive(Debug)]
pub struct Layers<'a> {
    /// The chosen configuration of `swa-cli.config.json`.
    pub configuration: Option<&'a Configuration>,
    /// The environment.
    pub around: &'a ProcessEnv,
}

impl Layers<'_> {
    /// What was typed, else the text of the first layer that has one, parsed.
    ///
    /// # Errors
    /// [`SettingsError::InvalidValue`] with the name that the option has in that layer.
    pub fn get<T>(
        &self,
        option: &'static Opt,
        typed: Option<T>,
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Option<Setting<T>>, SettingsError> {
        if let Some(value) = typed {
            return Ok(Some(Setting::new(value, Source::Flag(option.flag))));
        }
        let Some((text, source)) = self.text(option) else {
            return Ok(None);
        };
        match parse(text) {
            Ok(value) => Ok(Some(Setting::new(value, source))),
            Err(problem) => Err(SettingsError::InvalidValue {
                named: Named::new(option, &source),
                value: text.to_owned(),
                problem,
            }),
        }
    }

    /// As [`Layers::get`], with a value for when no layer has one.
    ///
    /// # Errors
    /// As [`Layers::get`].
    pub fn get_or<T>(
        &self,
        option: &'static Opt,
        typed: Option<T>,
        parse: fn(&str) -> Result<T, String>,
        default: T,
    ) -> Result<Setting<T>, SettingsError> {
        let found = self.get(option, typed, parse)?;
        Ok(found.unwrap_or_else(|| Setting::default(default)))
    }

    fn text(&self, option: &'static Opt) -> Option<(&str, Source)> {
        let in_file = self.configuration.and_then(|configuration| {
            let start = configuration.start.get(option.key);
            start.or_else(|| configuration.shared.get(option.key))
        });
        match in_file {
            Some(value) => Some((&value.text, value.source.clone())),
            None => option.env.and_then(|name| self.around.variable(name)),
        }
    }
}
