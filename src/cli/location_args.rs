//! Where an app is, for the commands that look at it without serving it.

use clap::Args;

use crate::finding::Severity;
use crate::settings::args::{OptionArgs, OptionSet};
use crate::settings::descriptor::Descriptor;
use crate::settings::{self, ProcessEnv, Settings, StartArgs, options};

use super::report::{self, Failure};

/// The options of `start` that say where the app and its API are; the same sources, the same precedence.
#[derive(Debug, Clone, Default, Args)]
pub struct LocationArgs {
    #[command(flatten)]
    options: OptionArgs<LocationOptions>,
}

/// The same, for commands that a file of the command line may tell where the app is.
#[derive(Debug, Clone, Default, Args)]
pub struct AppArgs {
    /// Configuration file of the command line [default: swa-cli.config.json]
    #[arg(short, long, value_name = "FILE", help_heading = "App")]
    config: Option<String>,

    #[command(flatten)]
    location: LocationArgs,
}

impl AppArgs {
    /// The settings of the app; with a `folder`, as if it had been typed as the output location.
    pub fn resolve(&self, folder: Option<&str>, earlier: &StartArgs) -> Result<Settings, Failure> {
        let location = self.location.clone().with_output(folder);
        location.resolve(self.config.as_deref(), earlier)
    }
}

#[derive(Debug, Clone, Default)]
struct LocationOptions;

impl OptionSet for LocationOptions {
    fn options() -> &'static [&'static Descriptor] {
        static OPTIONS: [&Descriptor; 8] = [
            &options::APP_LOCATION.descriptor,
            &options::OUTPUT_LOCATION.descriptor,
            &options::SWA_CONFIG_LOCATION.descriptor,
            &options::FOLLOW_LINKS.descriptor,
            &options::API_LOCATION.descriptor,
            &options::API_DEVSERVER_URL.descriptor,
            &options::API_KIND.descriptor,
            &options::CONFIG_NAME.descriptor,
        ];
        &OPTIONS
    }

    fn heading(_: &Descriptor) -> Option<&'static str> {
        Some("App")
    }
}

impl LocationArgs {
    /// The same, as if `folder` had been typed as the output location.
    #[must_use]
    pub fn with_output(mut self, folder: Option<&str>) -> Self {
        if let Some(folder) = folder {
            let typed = &mut self.options.typed;
            typed.set_by_argument(&options::OUTPUT_LOCATION, folder.to_owned());
        }
        self
    }

    /// The settings of the app. `swa_cli` is the path of a `swa-cli.config.json`, when one was named.
    ///
    /// # Errors
    /// As for `start`: folders that are missing, values that mean nothing.
    pub fn resolve(&self, swa_cli: Option<&str>, earlier: &StartArgs) -> Result<Settings, Failure> {
        let mut typed = self.options.typed.clone();
        if let Some(file) = swa_cli {
            typed.set(&options::CONFIG, file.to_owned());
        }
        let args = StartArgs::of(typed).merge(earlier.clone());
        let process_env = ProcessEnv::of_process()?;
        let mut notices = Vec::new();
        let resolved = settings::resolve(&args, &process_env, &mut notices);
        for notice in &notices {
            if notice.severity < Severity::Note {
                report::warning(notice);
            }
        }
        Ok(resolved?)
    }
}
