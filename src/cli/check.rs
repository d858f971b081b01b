//! `cygnet check`: findings, then one line that counts them.

use std::path::Path;

use clap::Args;

use crate::check::{Api, CheckTarget, Report, check, json};
use crate::settings;
use crate::settings::folders::absolute;

use super::exit::ExitCode;
use super::guide;
use super::location_args::AppArgs;
use super::report::{self, Failure};

/// What was typed after `cygnet check`.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// Configuration file, or folder with one, to check [default: the app of swa-cli.config.json or of this folder]
    #[arg(value_name = "FILE | FOLDER")]
    pub path: Option<String>,

    /// Print the findings as one JSON object
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    app: AppArgs,
}

/// Checks and prints.
///
/// # Errors
/// Nothing was checked: the path does not exist, the settings cannot be resolved.
pub fn run(args: &CheckArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let cwd = std::env::current_dir().unwrap_or_default();
    let target = target(args, earlier, &cwd)?;
    let report = check(&target, &cwd);
    if args.json {
        report::json(json::report(&report));
    } else {
        print(&report);
    }
    Ok(match report.errors() {
        0 => ExitCode::Stopped,
        _ => ExitCode::CannotStart,
    })
}

fn target(
    args: &CheckArgs,
    earlier: &settings::StartArgs,
    cwd: &Path,
) -> Result<CheckTarget, Failure> {
    if let Some(path) = &args.path {
        let path = absolute(cwd, path);
        if path.is_file() {
            return Ok(CheckTarget::File(path));
        }
        if !path.is_dir() {
            return Err(missing(&path));
        }
    }
    let mut settings = args.app.resolve(args.path.as_deref(), earlier)?;
    guide::complete_unasked(&mut settings, earlier);
    let mut app = settings.app_target();
    // Whoever names a folder says nothing of its API.
    if app.api == Api::None && args.path.is_some() {
        app.api = Api::Unknown;
    }
    Ok(CheckTarget::App(app))
}

fn missing(path: &Path) -> Failure {
    Failure {
        message: format!("`{}` does not exist", path.display()),
        hint: Some("name a staticwebapp.config.json, or a folder that holds one".to_owned()),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}

fn print(report: &Report) {
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&report.render(finding));
        text.push_str("\n\n");
    }
    let count = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let place = match &report.source {
        Some(source) => source.path().display().to_string(),
        None => "no staticwebapp.config.json was found".to_owned(),
    };
    text.push_str(&format!(
        "{place}: {}, {}\n",
        count(report.errors(), "error"),
        count(report.warnings(), "warning")
    ));
    report::data(&text);
}
