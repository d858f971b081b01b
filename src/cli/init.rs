//! `cygnet init`: writes `swa-cli.config.json` from what is found below the current folder.

use std::fmt::Write as _;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use crate::detect::apps::Apps;
use crate::detect::{Detected, is_servable};
use crate::settings::{ProcessEnv, file};
use crate::store::StoreError;
use crate::store::atomic_file::write_whole;
use crate::terminal::keyboard;

use super::ask::{self, Answer};
use super::exit::ExitCode;
use super::report::{self, Failure, PRINTER};

/// As the official CLI names it.
const SCHEMA: &str = "https://aka.ms/azure/static-web-apps-cli/schema";

/// What was typed after `cygnet init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// Name of the configuration [default: that of the app's folder]
    #[arg(value_name = "CONFIG-NAME")]
    name: Option<String>,

    /// Write without asking
    #[arg(short, long)]
    yes: bool,

    /// Write over a file that is there
    #[arg(long)]
    force: bool,

    /// Print one JSON object; nothing is asked
    #[arg(long)]
    json: bool,
}

/// Shows what the file will say, and writes it.
///
/// # Errors
/// Nothing was found, the file is there, it cannot be written.
pub fn run(args: &InitArgs) -> Result<ExitCode, Failure> {
    let cwd = ProcessEnv::of_process()?.cwd;
    let path = cwd.join(file::FILE_NAME);
    if path.exists() && !args.force {
        return Err(failure(
            format!("{} is there already", file::FILE_NAME),
            "edit it, or write over it with --force",
        ));
    }
    let apps = Apps::below(&cwd);
    let text = match &apps.found[..] {
        [] if is_servable(&cwd) => file_of(&[of_static(args, &apps, &cwd)]),
        [] => {
            return Err(failure(
                "no app of a framework was found below this folder, and there is no index.html"
                    .to_owned(),
                "write the file yourself: { \"configurations\": { \"app\": { \"outputLocation\": \"dist\" } } }",
            ));
        }
        [app] => {
            PRINTER.note(format_args!("{} ({})", at(app, &cwd), app.why));
            let name = args.name.clone();
            let name = name.unwrap_or_else(|| dashed(&folder_name(&app.folder)));
            file_of(&[(name, of_app(app, &apps, &cwd))])
        }
        several => {
            for app in several {
                PRINTER.note(format_args!("{} ({})", at(app, &cwd), app.why));
            }
            PRINTER.note("Each is a configuration; `cygnet NAME` takes one, `cygnet` the first.");
            let named = |app: &Detected| {
                (
                    dashed(&relative(&app.folder, &cwd)),
                    of_app(app, &apps, &cwd),
                )
            };
            file_of(&several.iter().map(named).collect::<Vec<_>>())
        }
    };
    if !args.json {
        report::data(&text);
    }
    let asks = !args.yes && !args.json && keyboard::is_there();
    if asks && !confirmed()? {
        PRINTER.note("Nothing was written.");
        return Ok(ExitCode::Stopped);
    }
    let written = write_whole(&path, text.as_bytes());
    written.map_err(StoreError::io("write", &path))?;
    PRINTER.note(format_args!(
        "Configuration successfully saved to {}.",
        file::FILE_NAME
    ));
    if args.json {
        // It was made as JSON.
        let written: Value = serde_json::from_str(&text).unwrap_or_default();
        report::json(json!({ "file": path, "configurations": written["configurations"] }));
    }
    Ok(ExitCode::Stopped)
}

/// The keys of one configuration, in order.
type Keys = Vec<(&'static str, String)>;

fn of_app(app: &Detected, apps: &Apps, cwd: &Path) -> Keys {
    let mut keys = vec![
        ("appLocation", relative(&app.folder, cwd)),
        ("outputLocation", app.output.clone()),
    ];
    keys.extend(api_of(&app.folder, apps, cwd));
    keys.extend([
        ("appBuildCommand", app.build_command.clone()),
        ("run", app.dev_command.clone()),
        ("appDevserverUrl", app.dev_url.clone()),
    ]);
    keys
}

fn of_static(args: &InitArgs, apps: &Apps, cwd: &Path) -> (String, Keys) {
    PRINTER.note("A static site was found here (`index.html`)");
    let name = args.name.clone();
    let mut keys = vec![
        ("appLocation", ".".to_owned()),
        ("outputLocation", ".".to_owned()),
    ];
    keys.extend(api_of(cwd, apps, cwd));
    (name.unwrap_or_else(|| dashed(&folder_name(cwd))), keys)
}

fn api_of(app: &Path, apps: &Apps, cwd: &Path) -> Option<(&'static str, String)> {
    let api = apps.api_of(app)?;
    Some(("apiLocation", relative(api, cwd)))
}

fn file_of(configurations: &[(String, Keys)]) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let blocks = configurations.iter().map(|(name, keys)| {
        let mut block = format!("    {}: {{", quoted(name));
        for (index, (key, value)) in keys.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(block, "{comma}\n      {}: {}", quoted(key), quoted(value));
        }
        block.push_str("\n    }");
        block
    });
    let blocks: Vec<String> = blocks.collect();
    format!(
        "{{\n  \"$schema\": {},\n  \"configurations\": {{\n{}\n  }}\n}}\n",
        quoted(SCHEMA),
        blocks.join(",\n")
    )
}

fn at(app: &Detected, cwd: &Path) -> String {
    match relative(&app.folder, cwd).as_str() {
        "." => format!("{} was found here", app.name),
        folder => format!("{} was found in {folder}", app.name),
    }
}

/// With `/` on every system; `.` for the folder itself.
fn relative(folder: &Path, base: &Path) -> String {
    let path = folder.strip_prefix(base).unwrap_or(folder);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    }
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A name that is easily typed: `packages/My App` is `packages-my-app`.
fn dashed(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    match words.is_empty() {
        true => "app".to_owned(),
        false => words.join("-"),
    }
}

/// Whether a key says yes.
fn confirmed() -> Result<bool, Failure> {
    PRINTER.note(format_args!(
        "Press y or Enter to write {}, any other key not to.",
        file::FILE_NAME
    ));
    let answer = ask::key(|key| match key {
        'y' | '\r' | '\n' => Answer::Is(true),
        _ => Answer::Is(false),
    })?;
    Ok(answer.unwrap_or(false))
}

fn failure(message: String, hint: &str) -> Failure {
    Failure {
        message,
        hint: Some(hint.to_owned()),
        code: ExitCode::CannotStart,
        ..Failure::default()
    }
}
