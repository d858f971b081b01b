//! Options of the official CLI that configure what Cygnet does in another way: accepted, so that scripts and
//! configurations go on working, and answered by a sentence that says what holds instead.

use clap::Args;

use super::SettingsError;
use super::error::Named;
use super::layers::Layers;
use super::notice::Notice;
use super::options;
use super::parse;
use super::value::Setting;
use crate::functions::ApiHost;

const HEADING: &str = "API";

/// Flags that are accepted, exactly as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct CompatArgs {
    /// Arguments for `func start`, with `--api-host func`
    #[arg(help_heading = HEADING, short,
        long,
        value_name = "ARGS",
        allow_hyphen_values = true,
        hide_short_help = true
    )]
    pub func_args: Option<String>,

    /// Accepted: only a deployment needs it
    #[arg(help_heading = HEADING, long, value_name = "LANGUAGE", hide = true)]
    pub api_language: Option<String>,

    /// Accepted: only a deployment needs it
    #[arg(help_heading = HEADING, long, value_name = "VERSION", hide = true)]
    pub api_version: Option<String>,
}

impl CompatArgs {
    /// These arguments, and those of `earlier` where these have none.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            func_args: self.func_args.or(earlier.func_args),
            api_language: self.api_language.or(earlier.api_language),
            api_version: self.api_version.or(earlier.api_version),
        }
    }
}

/// Checks the values and says what becomes of them; `--func-args` counts with `--api-host func` only.
///
/// # Errors
/// Values that cannot be read.
pub fn func_args(
    layers: &Layers<'_>,
    args: &CompatArgs,
    host: ApiHost,
    notices: &mut Vec<Notice>,
) -> Result<Setting<String>, SettingsError> {
    let func_args = layers.get(&options::FUNC_ARGS, args.func_args.clone(), parse::text)?;
    let Some(func_args) = func_args.filter(|text| !text.trim().is_empty()) else {
        return Ok(Setting::default(String::new()));
    };
    if shlex::split(&func_args.value).is_none() {
        return Err(SettingsError::InvalidValue {
            named: Named::new(&options::FUNC_ARGS, &func_args.source),
            value: func_args.value,
            problem: "a quote in it is not closed".to_owned(),
        });
    }
    if host != ApiHost::Func {
        notices.push(Notice::warn(
            format!(
                "Arguments for `func` `{}` ({}) have no effect: the functions of a folder run without the Core Tools.",
                func_args.value, func_args.source
            ),
            "to use the Core Tools, give `--api-host func`",
        ));
    }
    Ok(func_args)
}
