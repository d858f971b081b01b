//! Under its second name, `swa`, the program stands in for the official CLI: what scripts and tools rely on there.

use super::exit::ExitCode;
use super::report::Failure;

/// The second name.
pub(super) const NAME: &str = "swa";

/// Commands of the official CLI that are not ours. Taken for the names of folders, `swa build` would serve.
const OTHERS: [&str; 4] = ["build", "db", "docs", "login"];

/// Why a word after the program's name is not done here; `None` for all others, among them `./build`.
pub(super) fn not_ours(word: &str) -> Option<Failure> {
    OTHERS.contains(&word).then(|| Failure {
        message: format!(
            "`swa {word}` is a command of the official CLI, which Cygnet does not have"
        ),
        hint: Some(format!(
            "npx @azure/static-web-apps-cli {word}; if a folder is meant: swa start ./{word}"
        )),
        code: ExitCode::CannotStart,
    })
}
