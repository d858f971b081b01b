//! Where the `cygnet serve` of a project answers, for the verbs whose addresses it answers at.

use std::path::Path;

use clap::Args;

use crate::cli::report;
use crate::deployment::model::ServedAt;
use crate::settings::options;
use crate::store::locator::{Found, Running, Verb};

/// The port of addresses.
#[derive(Debug, Clone, Args)]
pub struct ServePortArgs {
    /// Port of `cygnet serve`, for the addresses [default: of the one that runs, else 4280]
    // Not the `port` of `start`, which has another type: clap would hand down one value for both.
    #[arg(id = "serve-port", long = "port", value_name = "PORT", global = true)]
    port: Option<u16>,
}

/// Where deployments answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serving {
    /// The port, and whether by HTTPS.
    pub at: ServedAt,
    /// Whether somebody listens there.
    pub runs: bool,
}

impl ServePortArgs {
    /// Where the deployments of a project answer, or will. Says so, with how to come there, if nothing does.
    pub fn find(&self, project: &Path) -> Serving {
        let serving = self.look(project);
        if !serving.runs {
            report::PRINTER.advise(
                "note: nothing answers there yet, since `cygnet serve` does not run",
                Some("cygnet serve"),
            );
        }
        serving
    }

    /// The same without a word.
    pub fn look(&self, project: &Path) -> Serving {
        let mut all = of_project(project).into_iter().map(|found| found.locator);
        let found = all.find(|locator| {
            locator.verb == Verb::Serve && self.port.is_none_or(|port| locator.port == port)
        });
        Serving {
            at: ServedAt {
                port: (self.port)
                    .or(found.as_ref().map(|locator| locator.port))
                    .or_else(|| options::PORT.default_value())
                    .unwrap_or_default(),
                secure: (found.as_ref()).is_some_and(|locator| locator.url.starts_with("https:")),
            },
            // Whoever names a port knows what is there, in a container say.
            runs: self.port.is_some() || found.is_some(),
        }
    }
}

/// What runs for a project; nothing, where that cannot be told.
pub fn of_project(project: &Path) -> Vec<Found> {
    let found = Running::of_user().and_then(|running| running.of_project(project));
    found
        .inspect_err(|error| log::info!("what runs cannot be told: {error}"))
        .unwrap_or_default()
}
