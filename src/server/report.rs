//! Findings and remarks on standard error, with colour only on a terminal.

use std::io::{IsTerminal, Write};

use crate::config::{Diagnostic, Source, render};
use crate::environment::load::Loaded;
use crate::functions::FunctionInfo;
use crate::process::Stream;
use crate::settings::Verbosity;

/// Findings shown of one file: the first ones are enough to go on with, and a long list hides the summary.
const SHOWN: usize = 12;

/// Passes on what a program prints, each line under its name; its standard output not when the emulator is silent.
pub fn output_of(name: &'static str, verbosity: Verbosity) -> impl Fn(Stream, String) + 'static {
    move |stream, line| {
        let line = format!("[{name}] {line}\n");
        let _ = match stream {
            Stream::Stdout if verbosity == Verbosity::Silent => Ok(()),
            Stream::Stdout => std::io::stdout().write_all(line.as_bytes()),
            Stream::Stderr => std::io::stderr().write_all(line.as_bytes()),
        };
    }
}

/// Says what is wrong with a configuration, and which other files it could have been.
pub fn loaded(loaded: &Loaded) {
    if let Some(source) = &loaded.source {
        diagnostics(source, &loaded.diagnostics);
        if !loaded.is_usable() {
            error(
                "the configuration is invalid, so every request is answered with its findings (500) until it is mended",
                None,
            );
        }
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
        let message = format!(
            "several configuration files: {} counts, {} does not",
            file.display(),
            others.join(", ")
        );
        warning(
            &message,
            Some(
                "Azure does not document which one wins; keep one, or name its folder with --swa-config-location",
            ),
        );
    }
}

/// Findings about a file, the errors first.
pub fn diagnostics(source: &Source, found: &[Diagnostic]) {
    let color = use_color();
    let mut sorted: Vec<&Diagnostic> = found.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    for diagnostic in sorted.iter().take(SHOWN) {
        say(&format!("{}\n", render::render(source, diagnostic, color)));
    }
    if sorted.len() > SHOWN {
        say(&format!(
            "… and {} more findings in {}\n",
            sorted.len() - SHOWN,
            source.path().display()
        ));
    }
}

/// The functions that answer, in the order in which their routes are tried.
pub fn functions(functions: &[FunctionInfo]) {
    let mut text = String::from("[api] functions:\n");
    for function in functions {
        let methods = if function.methods.is_empty() {
            "any method".to_string()
        } else {
            function.methods.join(", ")
        };
        text.push_str(&format!(
            "[api]   {}: [{methods}] /{}{}\n",
            function.name,
            function.route,
            function
                .source
                .as_ref()
                .map_or_else(String::new, |source| format!("  {source}"))
        ));
    }
    say(&text);
}

/// `error:` and `hint:`.
pub fn error(message: &str, hint: Option<&str>) {
    lines("error", "\x1b[1;31m", message, hint);
}

/// `warning:` and `hint:`.
pub fn warning(message: &str, hint: Option<&str>) {
    lines("warning", "\x1b[1;33m", message, hint);
}

/// A remark without a severity.
pub fn note(message: &str) {
    say(&format!("{message}\n"));
}

fn lines(word: &str, style: &str, message: &str, hint: Option<&str>) {
    let (on, bold, off) = if use_color() {
        (style, "\x1b[1m", "\x1b[0m")
    } else {
        ("", "", "")
    };
    let hint = hint.map_or(String::new(), |hint| format!("{bold}hint{off}: {hint}\n"));
    say(&format!("{on}{word}{off}: {message}\n{hint}"));
}

fn use_color() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::io::stderr().is_terminal()
}

/// Standard error may be closed; that is no reason to fail.
fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
