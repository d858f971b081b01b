//! What a server says about configurations and functions, on standard error.

use crate::auth::real::error::split_hint;
use crate::environment::load::Loaded;
use crate::environment::{Environment, State};
use crate::finding::{Finding, Source, render};
use crate::functions::FunctionInfo;
use crate::terminal::{Printer, Stream};

/// Findings shown of one file: the first ones are enough to go on with, and a long list hides the summary.
const SHOWN: usize = 12;

/// Passes on what a program prints, each line under its name; its standard output not when the emulator is silent.
pub fn output_of(name: &'static str, printer: Printer) -> impl Fn(Stream, String) + 'static {
    move |stream, line| {
        if stream == Stream::Stderr || !printer.is_quiet() {
            printer.write(stream, &format!("[{name}] {line}\n"));
        }
    }
}

/// Says what is wrong with a configuration, and which other files it could have been.
pub fn loaded(printer: Printer, loaded: &Loaded) {
    if printer.is_quiet() {
        return;
    }
    if let Some(source) = &loaded.source {
        findings(printer, source, &loaded.findings);
        if !loaded.is_usable() {
            printer.error(
                "the configuration is invalid, so every request is answered with its findings (500) until it is fixed",
                None,
            );
        }
    }
    if let Some(unused) = loaded.found.unused() {
        printer.write(Stream::Stderr, &(render(None, &unused) + "\n"));
    }
    if let Some(file) = &loaded.found.file
        && !loaded.found.others.is_empty()
    {
        let others: Vec<String> = loaded
            .found
            .others
            .iter()
            .map(|other| other.display().to_string())
            .collect();
        printer.warning(
            format_args!(
                "several configuration files: {} is used, {} is not",
                file.display(),
                others.join(", ")
            ),
            Some(
                "Azure does not document which one wins; keep one, or name its folder with --swa-config-location",
            ),
        );
    }
}

/// Which providers sign in for real at the app's address, and why others do not though that was asked for.
pub fn sign_in(printer: Printer, state: &State, url: &str) {
    let State::Serving(environment) = state else {
        return;
    };
    for (name, why_mock) in environment.real_sign_in.asked() {
        if why_mock.is_none() {
            printer.note(format_args!(
                "`{name}` signs in for real; the redirect URI to register there is {url}/.auth/login/{name}/callback"
            ));
        }
    }
    mock_sign_in(printer, environment);
}

/// Why providers stay with the mock though the real sign-in was asked for.
pub fn mock_sign_in(printer: Printer, environment: &Environment) {
    let real = &environment.real_sign_in;
    for (name, why_mock) in real.asked() {
        if let Some(why) = why_mock {
            let (why, hint) = split_hint(why);
            let stays = format_args!("`{name}` stays with the mock sign-in: {why}");
            printer.warning(stays, hint);
        }
    }
    for name in real.unknown() {
        let names = environment.providers.names().join("`, `");
        printer.warning(
            format_args!("`--auth {name}=…` names no provider of this app; it has `{names}`"),
            None,
        );
    }
}

/// Findings about a file, the errors first.
pub fn findings(printer: Printer, source: &Source, found: &[Finding]) {
    let mut sorted: Vec<&Finding> = found.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    for finding in sorted.iter().take(SHOWN) {
        let text = render(Some(source), finding) + "\n";
        printer.write(Stream::Stderr, &text);
    }
    if sorted.len() > SHOWN {
        printer.note(format_args!(
            "… and {} more findings in {}",
            sorted.len() - SHOWN,
            source.path().display()
        ));
    }
}

/// The functions that answer, in the order in which their routes are tried.
pub fn functions(printer: Printer, functions: &[FunctionInfo]) {
    // Why there is none is said by the host.
    if functions.is_empty() {
        return;
    }
    let lines: Vec<String> = functions.iter().map(|each| in_words(each, " ")).collect();
    printer.note(format_args!("[api] functions:{}", lines.concat()));
}

/// What an edit has made of the functions; nothing if they answer at the same routes.
pub fn changed_functions(printer: Printer, before: &[FunctionInfo], now: &[FunctionInfo]) {
    let is_in =
        |all: &[FunctionInfo], one: &FunctionInfo| all.iter().any(|other| is_same(other, one));
    let gone = before.iter().filter(|each| !is_in(now, each));
    let new = now.iter().filter(|each| !is_in(before, each));
    let lines = gone
        .map(|each| in_words(each, "-"))
        .chain(new.map(|each| in_words(each, "+")));
    let text = lines.collect::<Vec<_>>().concat();
    if !text.is_empty() {
        printer.note(text.trim_start());
    }
}

/// Whether callers see no difference; the line of the code moves with every edit.
fn is_same(one: &FunctionInfo, other: &FunctionInfo) -> bool {
    (&one.name, &one.route, &one.methods) == (&other.name, &other.route, &other.methods)
}

/// A line of its own for a function, after a line break.
fn in_words(function: &FunctionInfo, mark: &str) -> String {
    let FunctionInfo {
        name,
        methods,
        route,
        source,
        ..
    } = function;
    let methods = match methods.is_empty() {
        true => "any method".to_owned(),
        false => methods.join(", "),
    };
    let source = source.as_ref();
    let source = source.map_or_else(String::new, |source| format!("  {source}"));
    format!("\n[api] {mark} {name}: [{methods}] /{route}{source}")
}
