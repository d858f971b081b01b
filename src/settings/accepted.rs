//! Options of the official CLI that configure what Cygnet does in another way: accepted, so that scripts and
//! configurations go on working, and answered by a sentence that says what holds instead.

use clap::Args as ClapArgs;

use super::SettingsError;
use super::layers::Layers;
use super::notice::Notice;
use super::options;
use super::parse;

/// Where the official CLI starts `func`.
const DEFAULT_API_PORT: u16 = 7071;

const HEADING: &str = "API";

/// Flags that are accepted, exactly as typed.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct AcceptedArgs {
    /// Accepted: the functions in a folder need no port of their own
    #[arg(help_heading = HEADING, short = 'j', long, value_name = "PORT", value_parser = parse::port, hide_short_help = true)]
    pub api_port: Option<u16>,

    /// Accepted: arguments for `func start`, which is not used
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

impl AcceptedArgs {
    /// These arguments, and those of `earlier` where these have none.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            api_port: self.api_port.or(earlier.api_port),
            func_args: self.func_args.or(earlier.func_args),
            api_language: self.api_language.or(earlier.api_language),
            api_version: self.api_version.or(earlier.api_version),
        }
    }
}

/// Checks the values and says what becomes of them.
///
/// # Errors
/// A port that is none.
pub fn look_at(
    layers: &Layers<'_>,
    args: &AcceptedArgs,
    notices: &mut Vec<Notice>,
) -> Result<(), SettingsError> {
    let port = layers.get(&options::API_PORT, args.api_port, parse::port)?;
    // The default of the official CLI says nothing that its user would miss.
    if let Some(port) = port.filter(|port| port.value != DEFAULT_API_PORT) {
        notices.push(Notice::warn(
            format!(
                "API port {} ({}) has no effect: the functions of a folder run without a port that others could take.",
                port.value, port.source
            ),
            "for a Functions host that you start yourself, give `--api-devserver-url http://localhost:PORT`",
        ));
    }
    let func_args = layers.get(&options::FUNC_ARGS, args.func_args.clone(), parse::text)?;
    if let Some(func_args) = func_args.filter(|text| !text.trim().is_empty()) {
        notices.push(Notice::warn(
            format!(
                "Arguments for `func` `{}` ({}) have no effect: the functions of a folder run without the Core Tools.",
                func_args.value, func_args.source
            ),
            "to use the Core Tools, run `func start` with them and give its address with `--api-devserver-url`",
        ));
    }
    Ok(())
}
