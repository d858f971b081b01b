//! What a server says about configurations and functions, on standard error.

use crate::config::{Diagnostic, Source, render};
use crate::environment::load::Loaded;
use crate::functions::FunctionInfo;
use crate::terminal::{Printer, Stream};

/// Findings shown of one file: the first ones are enough to go on with, and a long list hides the summary.
const SHOWN: usize = 12;

/// Says what is wrong with a configuration, and which other files it could have been.
pub fn loaded(printer: Printer, loaded: &Loaded) {
    if printer.is_quiet() {
        return;
    }
    if let Some(source) = &loaded.source {
        diagnostics(printer, source, &loaded.diagnostics);
        if !loaded.is_usable() {
            printer.error(
                "the configuration is invalid, so every request is answered with its findings (500) until it is fixed",
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
        printer.warning(
            format_args!(
                "several configuration files: {} counts, {} does not",
                file.display(),
                others.join(", ")
            ),
            Some(
                "Azure does not document which one wins; keep one, or name its folder with --swa-config-location",
            ),
        );
    }
}

/// Findings about a file, the errors first.
pub fn diagnostics(printer: Printer, source: &Source, found: &[Diagnostic]) {
    let mut sorted: Vec<&Diagnostic> = found.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    for diagnostic in sorted.iter().take(SHOWN) {
        let text = render::render(source, diagnostic, true) + "\n";
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
    let mut text = String::from("[api] functions:");
    for function in functions {
        let methods = if function.methods.is_empty() {
            "any method".to_string()
        } else {
            function.methods.join(", ")
        };
        text.push_str(&format!(
            "\n[api]   {}: [{methods}] /{}{}",
            function.name,
            function.route,
            function
                .source
                .as_ref()
                .map_or_else(String::new, |source| format!("  {source}"))
        ));
    }
    printer.note(text);
}
