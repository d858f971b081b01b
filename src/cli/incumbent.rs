//! What scripts and tools rely on in the official CLI, whose name, `swa`, the program can be called by; and its verbs that
//! are not ours, under either name.

use std::path::Path;

use super::exit::ExitCode;
use super::report::Failure;

/// The second name.
pub(super) const NAME: &str = "swa";

/// Verbs of the official CLI that are not ours, and what does that here.
const OTHERS: [(&str, &str); 5] = [
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
        "init",
        "`npx @azure/static-web-apps-cli init` writes a swa-cli.config.json",
    ),
    (
        "login",
        "nothing here needs an account; `npx @azure/static-web-apps-cli login` signs in to Azure",
    ),
];

/// What only the official CLI may do under its name: whoever calls `swa deploy` wants the app in Azure.
const SENDS: &str = "deploy";

/// Why the first word after the program's name is not done here. `own` are our verbs; `None` for all others, among them
/// `./build`.
pub(super) fn not_ours(word: &str, called: &str, own: &[String]) -> Option<Failure> {
    let (_, instead) = OTHERS.iter().find(|(verb, _)| *verb == word).or_else(|| {
        let sends = word == SENDS && called == NAME;
        sends.then_some(&(SENDS, ""))
    })?;
    if called == NAME {
        let hint = match word {
            SENDS => "npx @azure/static-web-apps-cli deploy; to an environment on this machine: cygnet deploy".to_owned(),
            _ => format!("npx @azure/static-web-apps-cli {word}; if a folder is meant: swa start ./{word}"),
        };
        return Some(Failure {
            message: format!(
                "`swa {word}` is a command of the official CLI, which Cygnet does not have"
            ),
            hint: Some(hint),
            ..Failure::default()
        });
    }
    // The folder that many builds make.
    let is_ours = own.iter().any(|verb| verb == word) || Path::new(word).is_dir();
    (!is_ours).then(|| Failure {
        message: format!("`{word}` is a command of the official CLI, which Cygnet does not have"),
        hint: Some((*instead).to_owned()),
        code: ExitCode::Usage,
        ..Failure::default()
    })
}
