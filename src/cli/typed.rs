//! What was typed, before or instead of a verb: whether JSON is wanted, and a word that is no verb.

use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;

use crate::finding::nearest;
use crate::settings::options;

use super::exit::ExitCode;
use super::report::Failure;

/// Whether the verb was asked for JSON.
pub(super) fn asks_json(matches: &ArgMatches) -> bool {
    let own = matches.try_get_one::<bool>("json");
    own.ok().flatten().is_some_and(|asked| *asked)
        || start_asks_json(matches)
        || matches
            .subcommand()
            .is_some_and(|(_, inner)| asks_json(inner))
}

/// Whether the options of `start` ask for JSON.
fn start_asks_json(matches: &ArgMatches) -> bool {
    let flag = options::JSON.flag.unwrap_or_default();
    let text = matches.try_get_one::<String>(flag).ok().flatten();
    text.is_some_and(|text| (options::JSON.parse)(text).unwrap_or_default())
}

/// The failure of asking `start` for JSON and then naming another verb; `None` otherwise.
pub(super) fn misplaced_json(matches: &ArgMatches) -> Option<Failure> {
    let verb = matches.subcommand_name()?;
    let is_of_start = ["start", "exec"].contains(&verb);
    (start_asks_json(matches) && !is_of_start).then(|| Failure {
        message: format!("`--json` before `{verb}` is an option of `cygnet start`"),
        hint: Some(format!("cygnet {verb} --json")),
        code: ExitCode::Usage,
        ..Failure::default()
    })
}

/// Whether words that are not understood ask for JSON.
pub(super) fn contains_json(argv: &[OsString]) -> bool {
    let own = argv.iter().take_while(|word| *word != "--");
    own.into_iter().any(|word| word == "--json")
}

/// What clap says of words that it does not understand, for programs.
pub(super) fn misunderstood(error: &clap::Error) -> Failure {
    let text = error.to_string();
    // What is missing stands below.
    let lines = text.lines().take_while(|line| !line.is_empty());
    let message = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    Failure {
        message: message.trim_start_matches("error: ").to_owned(),
        hint: Some("`--help` says what is understood".to_owned()),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}

/// A word that was taken for a folder, which is not there, and is nearly a verb: what was meant.
pub(super) fn no_such_command(word: Option<&str>, own: &[String], failure: Failure) -> Failure {
    let is_about_it = |word: &&str| {
        let is_word = word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        let is_missing = failure.message.contains(&format!("{word}\" is not found"));
        let is_configuration =
            (failure.hint.as_deref()).is_some_and(|it| it.contains("configuration `"));
        is_word && is_missing && !is_configuration && !Path::new(word).exists()
    };
    let Some(word) = word.filter(is_about_it) else {
        return failure;
    };
    let Some(near) = nearest(word, own.iter().map(String::as_str)) else {
        return failure;
    };
    Failure {
        message: format!("no such command `{word}`: did you mean `{near}`?"),
        hint: Some(format!("if a folder is meant: cygnet ./{word}")),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}
