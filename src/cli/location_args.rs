//! Where an app is, for the verbs that look at it without serving it.

use clap::Args;
use http::Uri;

use crate::link::BackendKind;
use crate::settings::{self, ProcessEnv, Settings};

use super::report::{self, Failure};

const APP: &str = "App";

/// The options of `start` that say where the app and its API are; the same sources, the same precedence.
#[derive(Debug, Clone, Default, Args)]
pub struct LocationArgs {
    /// Folder with the source of the app [default: .]
    #[arg(short, long, value_name = "FOLDER", help_heading = APP)]
    pub app_location: Option<String>,

    /// Folder with the built app [default: .]
    #[arg(short = 'O', long, value_name = "FOLDER", help_heading = APP)]
    pub output_location: Option<String>,

    /// Folder with staticwebapp.config.json [default: the app location]
    #[arg(short = 'w', long, value_name = "FOLDER", help_heading = APP)]
    pub swa_config_location: Option<String>,

    /// Folder with the Functions app that answers /api, or the URL of one that runs
    #[arg(short = 'i', long, value_name = "FOLDER | URL", help_heading = APP)]
    pub api_location: Option<String>,

    /// URL of the server that answers /api
    #[arg(long, visible_alias = "api-url", value_name = "URL", value_parser = settings::parse::url, help_heading = APP)]
    pub api_devserver_url: Option<Uri>,

    /// What stands at the URL of the API, as Azure would link it [default: functions]
    #[arg(long, value_name = "KIND", value_enum, help_heading = APP)]
    pub api_kind: Option<BackendKind>,

    /// Configuration to take from swa-cli.config.json [default: the first]
    #[arg(long, value_name = "NAME", help_heading = APP)]
    pub config_name: Option<String>,
}

impl LocationArgs {
    /// The settings of the app. `swa_cli` is the path of a `swa-cli.config.json`, when one was named.
    ///
    /// # Errors
    /// As for `start`: folders that are missing, values that mean nothing.
    pub fn resolve(
        &self,
        swa_cli: Option<&str>,
        earlier: &settings::StartArgs,
    ) -> Result<Settings, Failure> {
        let location = self.clone();
        let typed = settings::StartArgs {
            app_location: location.app_location,
            output_location: location.output_location,
            swa_config_location: location.swa_config_location,
            api_location: location.api_location,
            api_devserver_url: location.api_devserver_url,
            api_kind: location.api_kind,
            config_name: location.config_name,
            config: swa_cli.map(str::to_owned),
            ..settings::StartArgs::default()
        };
        let around = ProcessEnv::of_process()?;
        let mut notices = Vec::new();
        let resolved = settings::resolve(&typed.or(earlier.clone()), &around, &mut notices);
        for notice in &notices {
            if notice.level <= log::Level::Warn {
                report::warning(notice);
            }
        }
        Ok(resolved?)
    }
}
