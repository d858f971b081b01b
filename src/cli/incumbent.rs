//! What scripts and tools rely on in the official CLI, whose name, `swa`, the program can be called by; and its verbs that
//! are not ours.

use std::path::Path;

use super::exit::ExitCode;
use super::report::Failure;

/// The second name.
pub(super) const NAME: &str = "swa";

/// Verbs of the official CLI that are not ours, and what does that here.
const OTHERS: [(&str, &str); 4] = [
    (
        "build",
        "the app's own command builds it, such as `npm run build`; `cygnet FOLDER` serves what it made",
    ),
    (
        "db",
        "`npx @azure/static-web-apps-cli db init` writes the configuration of a database connection, `--data-api-location` runs it",
    ),
    (
        "docs",
        "the documentation of Azure is at https://aka.ms/swa/docs",
    ),
    (
        "login",
        "nothing here needs an account; `npx @azure/static-web-apps-cli login` signs in to Azure",
    ),
];

/// Verbs that do something else here, so not under that name: `swa deploy` would be taken for a deployment to Azure.
const DIFFERENT: [&str; 2] = ["deploy", "init"];

/// Why the first word after the program's name is not done here; `None` for all others, among them `./build`.
pub(super) fn not_ours(word: &str, called: &str) -> Option<Failure> {
    let other = OTHERS.iter().find(|(verb, _)| *verb == word);
    match (other, called == NAME) {
        (Some(_), true) => Some(Failure {
            hint: Some(format!(
                "npx @azure/static-web-apps-cli {word}; if a folder is meant: swa start ./{word}"
            )),
            ..of_others(word, called)
        }),
        (None, true) if DIFFERENT.contains(&word) => Some(Failure {
            hint: Some(format!(
                "npx @azure/static-web-apps-cli {word}; for what Cygnet does by that name: cygnet {word}"
            )),
            ..of_others(word, called)
        }),
        // The folder that many builds make.
        (Some((_, instead)), false) if !Path::new(word).is_dir() => Some(Failure {
            hint: Some((*instead).to_owned()),
            ..of_others(word, called)
        }),
        _ => None,
    }
}

fn of_others(word: &str, called: &str) -> Failure {
    Failure {
        message: format!("`{called} {word}` is a command of the official CLI only"),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}
