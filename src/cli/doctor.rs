//! `cygnet doctor`: what this machine and this project have of what a start needs.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::exit::ExitCode;
use super::location_args::AppArgs;
use super::report::{self, Failure};
use crate::doctor::{Check, Patient, State, examine};
use crate::finding::{Finding, Place};
use crate::settings;

/// What was typed after `cygnet doctor`.
#[derive(Debug, Clone, Default, Args)]
pub struct DoctorArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    app: AppArgs,
}

/// Looks at everything and prints it; `Ok` with 1 when something keeps a start from working.
///
/// # Errors
/// There is no current folder.
pub fn run(args: &DoctorArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let folder = settings::ProcessEnv::of_process()?.cwd;
    // That there is no start is one of the things to say.
    let settings = args.app.resolve(None, earlier).map_err(|failure| Finding {
        hint: failure.hint,
        ..Finding::error("", Place::Nowhere, failure.message)
    });
    let patient = Patient::new(folder, settings);
    let checks = actix_web::rt::System::new().block_on(examine(&patient));
    let worst = checks.iter().map(|check| check.state).max();
    let is_well = worst.is_none_or(|worst| worst < State::Problem);
    match args.json {
        true => report::json(json!({
            "cygnet": env!("CARGO_PKG_VERSION"),
            "ok": is_well,
            "checks": checks,
        })),
        false => report::data(&text(&checks)),
    }
    Ok(match is_well {
        true => ExitCode::Stopped,
        false => ExitCode::CannotStart,
    })
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for check in checks {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<8} {:<14} {}",
            check.state.label(),
            check.name,
            check.found
        );
        // What nothing here needs is not to be got.
        let hint = check.hint.as_ref();
        if let Some(hint) = hint.filter(|_| check.state > State::Note) {
            let _ = writeln!(text, "{:<8} {:<14} hint: {hint}", "", "");
        }
    }
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    let counted = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let _ = writeln!(
        text,
        "\n{}, {}",
        counted(count(State::Problem), "problem"),
        counted(count(State::Warning), "warning")
    );
    text
}
