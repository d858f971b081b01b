//! `cygnet test`: route tests, run without a server; `--init` writes some.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::artefact::Artefact;
use crate::artefact::content_folder::ContentFolder;
use crate::artefact::exclusion::{ROUTE_TESTS, is_route_tests};
use crate::finding::{Finding, Source, render};
use crate::route_tests::model::RouteTest;
use crate::route_tests::report::{Counts, TestedFile, json, junit, text};
use crate::route_tests::run::App;
use crate::route_tests::{self, SCHEMA, init};
use crate::settings::folders::absolute;
use crate::settings::{self, Settings};
use crate::store::atomic_file::write_whole;
use crate::terminal::Stream;

use super::asked_app::{AskArgs, AskedApp, current_folder, shown_from};
use super::exit::ExitCode;
use super::report::{self, Failure};

/// What was typed after `cygnet test`.
#[derive(Debug, Clone, Default, Args)]
pub struct TestArgs {
    /// Files with route tests [default: routes.test.jsonc and *.routes.test.jsonc, here and in the app location]
    #[arg(value_name = "FILE")]
    files: Vec<String>,

    /// Run only tests whose name or request contains this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// Print the outcome as one JSON object
    #[arg(long)]
    json: bool,

    /// Write the outcome to a file, as the XML of JUnit
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,

    /// List the tests that passed, too
    #[arg(short, long)]
    verbose: bool,

    /// Write a file of tests that expect what the configuration does now
    #[arg(long, conflicts_with_all = ["filter", "json", "junit", "verbose"])]
    init: bool,

    /// With --init: replace a file that exists
    #[arg(long, requires = "init")]
    force: bool,

    /// Print the JSON schema of the files
    #[arg(long, exclusive = true)]
    schema: bool,

    #[command(flatten)]
    ask: AskArgs,
}

/// Runs the tests and prints what failed; `Ok` with 1 when something did.
///
/// # Errors
/// With 2: a file cannot be used, or there is none. With 1: the settings cannot be resolved, the configuration is
/// invalid.
pub fn run(args: &TestArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    if args.schema {
        report::data(SCHEMA);
        return Ok(ExitCode::Stopped);
    }
    if args.init {
        return init(args, earlier);
    }
    let settings = args.ask.settings(earlier)?;
    let files = read(&files(args, &settings)?)?;
    let app = args.ask.load(settings)?;
    let (tested, left_out) = tested(&app, files, args.filter.as_deref())?;
    let counts = Counts::of(&tested, left_out);
    if let (
        Some(filter),
        Counts {
            passed: 0,
            failed: 0,
            ..
        },
    ) = (&args.filter, counts)
    {
        let hint = "it is looked for in names and requests, in any case";
        return Err(wrong(format!("no test contains `{filter}`"), hint));
    }
    if let Some(file) = &args.junit {
        write(&absolute(&current_folder(), file), &junit::junit(&tested))?;
    }
    match args.json {
        true => report::json(json::json(&tested, counts)),
        false => report::data(&text::text(&tested, counts, args.verbose)),
    }
    Ok(match counts.failed {
        0 => ExitCode::Stopped,
        _ => ExitCode::CannotStart,
    })
}

/// The files that are named, or else those that are found.
fn files(args: &TestArgs, settings: &Settings) -> Result<Vec<PathBuf>, Failure> {
    let cwd = current_folder();
    if !args.files.is_empty() {
        let named = args.files.iter().map(|file| absolute(&cwd, file));
        return Ok(named.collect());
    }
    let mut found = Vec::new();
    for folder in [&cwd, &settings.app.location.value] {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let is_one = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(is_route_tests) && path.is_file()
        };
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_one).collect();
        files.sort();
        found.extend(
            files
                .into_iter()
                .filter(|file| !found.contains(file))
                .collect::<Vec<_>>(),
        );
    }
    match found.is_empty() {
        true => Err(wrong(
            format!("there is no {ROUTE_TESTS} here"),
            "`cygnet test --init` writes one from the configuration",
        )),
        false => Ok(found),
    }
}

/// Reads all files; what is wrong with them is printed.
fn read(paths: &[PathBuf]) -> Result<Vec<(Source, Vec<RouteTest>)>, Failure> {
    let cwd = current_folder();
    let mut files = Vec::new();
    let mut unusable = Vec::new();
    for path in paths {
        let shown = shown_from(&cwd, path.clone());
        let text = fs::read_to_string(path).map_err(|error| match path.is_dir() {
            true => wrong(
                format!("`{}` is a folder", shown.display()),
                "name a file with tests; the app is named by --app-location and --output-location",
            ),
            false => wrong(
                format!("`{}` cannot be read: {error}", shown.display()),
                "`cygnet test --init FILE` writes one from the configuration",
            ),
        })?;
        let source = Source::new(&shown, text);
        match route_tests::read::read(&source) {
            Ok(tests) => files.push((source, tests)),
            Err(findings) => {
                say(&source, &findings);
                unusable.push(shown.display().to_string());
            }
        }
    }
    match unusable.is_empty() {
        true => Ok(files),
        false => Err(wrong(
            format!("{} cannot be used", unusable.join(", ")),
            "what is wrong is above; `cygnet test --schema` prints the schema",
        )),
    }
}

fn say(source: &Source, findings: &[Finding]) {
    for found in findings {
        let text = format!("{}\n\n", render(Some(source), found));
        report::PRINTER.write(Stream::Stderr, &text);
    }
}

/// Runs the tests that contain the filter; with them the number of the others.
fn tested(
    app: &AskedApp,
    files: Vec<(Source, Vec<RouteTest>)>,
    filter: Option<&str>,
) -> Result<(Vec<TestedFile>, usize), Failure> {
    let asked = asked(app)?;
    let filter = filter.unwrap_or_default().to_lowercase();
    let contains = |test: &RouteTest| {
        let request = format!("{} {}", test.request.method, test.request.target);
        [test.title(), request]
            .iter()
            .any(|text| text.to_lowercase().contains(&filter))
    };
    let (mut tested, mut left_out) = (Vec::new(), 0);
    actix_web::rt::System::new().block_on(async {
        for (source, tests) in files {
            let (chosen, others): (Vec<_>, Vec<_>) = tests.into_iter().partition(contains);
            left_out += others.len();
            let (mut outcomes, mut findings) = (Vec::new(), Vec::new());
            for test in chosen {
                match asked.run(&test).await {
                    Ok(outcome) => outcomes.push((test, outcome)),
                    Err(found) => findings.push(found),
                }
            }
            if !findings.is_empty() {
                say(&source, &findings);
                let message = format!("{} cannot be used", source.path().display());
                return Err(wrong(message, "what is wrong is above"));
            }
            tested.push(TestedFile {
                source,
                tests: outcomes,
            });
        }
        Ok((tested, left_out))
    })
}

fn asked(app: &AskedApp) -> Result<App<'_>, Failure> {
    Ok(App {
        shared: &app.shared,
        environment: app.environment()?,
        api: &app.api,
    })
}

/// Writes tests that pass now.
fn init(args: &TestArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let cwd = current_folder();
    let settings = args.ask.settings(earlier)?;
    let path = match args.files.as_slice() {
        [] => settings.app.location.value.join(ROUTE_TESTS),
        [file] => absolute(&cwd, file),
        _ => return Err(wrong("--init writes one file".to_owned(), "name one")),
    };
    let shown = shown_from(&cwd, path.clone());
    if path.exists() && !args.force {
        let message = format!("`{}` exists already", shown.display());
        return Err(wrong(message, "--force replaces it; or name another file"));
    }
    let app = args.ask.load(settings)?;
    let files = content(&app.settings);
    let text = actix_web::rt::System::new()
        .block_on(init::init(asked(&app)?, &files))
        .map_err(|why| Failure {
            message: why,
            hint: None,
            code: ExitCode::CannotStart,
            ..Failure::default()
        })?;
    write(&path, &text)?;
    let tests = text
        .lines()
        .filter(|line| line.starts_with("    {"))
        .count();
    report::data(&format!("wrote {} with {tests} tests\n", shown.display()));
    Ok(ExitCode::Stopped)
}

/// The files of the content; none where a dev server has them, or where they cannot be read.
fn content(settings: &Settings) -> Vec<String> {
    if settings.app.config_search_paths().has_dev_server {
        return Vec::new();
    }
    let root = settings.app.output_location.value.clone();
    let scanned = Artefact::scan(&ContentFolder::new(root, &settings.content_rules()));
    let entries = scanned.map(|found| found.entries).unwrap_or_default();
    entries.into_iter().map(|entry| entry.relative).collect()
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text.as_bytes()).map_err(|error| {
        let message = format!("`{}` cannot be written: {error}", path.display());
        wrong(message, "name a file in a folder that exists")
    })
}

fn wrong(message: String, hint: &str) -> Failure {
    Failure {
        message,
        hint: Some(hint.to_owned()),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}
