//! `cygnet appsettings`: the settings of an environment, which its managed functions get as variables (EN-9).

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{ProjectArgs, failure, refusal};
use crate::cli::exit::ExitCode;
use crate::cli::report::{self, Failure};
use crate::cli::running::serving::ServePortArgs;
use crate::deployment::environments::ActError;
use crate::deployment::model::Environment;
use crate::finding::Finding;
use crate::functions::setting_names as rules;
use crate::settings;

/// What was typed after `cygnet appsettings`.
#[derive(Debug, Clone, Args)]
pub struct AppsettingsArgs {
    #[command(subcommand)]
    command: AppsettingsCommand,

    /// The environment
    #[arg(long, value_name = "ID", global = true, default_value = "production")]
    environment: String,

    #[command(flatten)]
    serve: ServePortArgs,

    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum AppsettingsCommand {
    /// All settings with their values
    List,
    /// Set settings; other environments keep theirs
    Set {
        /// `NAME=VALUE`, several with several words
        #[arg(required = true, value_name = "NAME=VALUE")]
        settings: Vec<String>,
    },
    /// Delete settings
    Delete {
        /// Their names
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
}

/// Does it and says what there is then.
///
/// # Errors
/// A name that is refused (AP-71, AP-72) or unknown, or the disk; nothing was changed.
pub fn run(args: &AppsettingsArgs, _earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let project = &args.project;
    let unknown = || ActError::Unknown(args.environment.clone());
    if let AppsettingsCommand::List = args.command {
        let state = project.look()?;
        let found = state.find(&args.environment).ok_or_else(unknown)?;
        let lines = found.app_settings.iter();
        let text = match found.app_settings.is_empty() {
            true => format!("environment `{}` has no settings\n", found.id),
            false => lines
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect(),
        };
        project.say(&text, shown(found));
        return Ok(ExitCode::Stopped);
    }
    let (session, mut state) = project.change()?;
    let found = state.find_mut(&args.environment).ok_or_else(unknown)?;
    let id = found.id.clone();
    match &args.command {
        AppsettingsCommand::List => {}
        AppsettingsCommand::Set { settings } => {
            for setting in settings {
                let (name, value) =
                    rules::parse(setting).map_err(|error| refusal(rule(&error), &error))?;
                if let Some(message) = rules::vault_reference(&name, &value) {
                    let hint = "`cygnet appsettings set NAME=SECRET` for this machine; the reference is for Azure";
                    report::warning(&Finding::remark(message, hint));
                }
                found.app_settings.insert(name, value);
            }
        }
        AppsettingsCommand::Delete { names } => {
            for name in names {
                if found.app_settings.remove(name).is_none() {
                    return Err(failure(
                        format!("environment `{id}` has no setting `{name}`"),
                        "cygnet appsettings list",
                    ));
                }
            }
        }
    }
    let (names, value) = (
        found
            .app_settings
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
        shown(found),
    );
    session.save(&state)?;
    let names = if names.is_empty() {
        "no settings"
    } else {
        &names
    };
    let url = state.url(&id, args.serve.find(&project.base()?).at);
    project.say(&format!("environment `{id}` has {names}\n  {url}\n"), value);
    Ok(ExitCode::Stopped)
}

/// `environment`, `settings` with their values.
fn shown(environment: &Environment) -> Value {
    json!({ "environment": environment.id.to_string(), "settings": environment.app_settings })
}

fn rule(error: &rules::SettingError) -> &'static str {
    match error {
        rules::SettingError::Reserved { .. } => "AP-71",
        rules::SettingError::Alphabet(_) | rules::SettingError::Shape(_) => "AP-72",
    }
}
