//! The program is installed under two names. Messages that say what to type say it with the name that was typed.

use std::borrow::Cow;
use std::sync::OnceLock;

/// The name in the texts of the source.
const OWN: &str = "cygnet ";

static CALLED: OnceLock<Called> = OnceLock::new();

/// By which name the program was called.
#[derive(Debug)]
pub struct Called {
    /// The other name.
    pub name: String,
    /// What is typed after it.
    pub commands: Vec<String>,
}

/// From now on messages tell commands of the program by this name.
pub fn call_program(called: Called) {
    // A second name in one process (tests) changes nothing.
    let _ = CALLED.set(called);
}

/// A message with the commands in it as they are to be typed.
pub(super) fn as_called(text: String) -> String {
    match CALLED.get() {
        Some(called) => match renamed(&text, called) {
            Cow::Owned(text) => text,
            Cow::Borrowed(_) => text,
        },
        None => text,
    }
}

/// Only where a command of ours follows: the name is that of a product as well, and part of paths.
fn renamed<'t>(text: &'t str, called: &Called) -> Cow<'t, str> {
    let mut out = String::new();
    let mut copied = 0;
    for (at, _) in text.match_indices(OWN) {
        let rest = &text[at + OWN.len()..];
        let word = rest.split(|c: char| !c.is_ascii_lowercase()).next();
        let is_command = rest.starts_with("--")
            || word.is_some_and(|word| called.commands.iter().any(|command| command == word));
        let is_word = text[..at]
            .chars()
            .next_back()
            .is_none_or(|before| before.is_whitespace() || matches!(before, '`' | '('));
        if is_command && is_word {
            out.push_str(&text[copied..at]);
            out.push_str(&called.name);
            copied = at + OWN.len() - 1;
        }
    }
    match copied {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(out + &text[copied..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_renamed_and_nothing_else() {
        let called = Called {
            name: "swa".to_owned(),
            commands: ["start", "check"].map(str::to_owned).to_vec(),
        };
        for (text, expected) in [
            ("`cygnet start NAME`: a", "`swa start NAME`: a"),
            (
                "cygnet start <x> and cygnet check",
                "swa start <x> and swa check",
            ),
            ("`cygnet --help` lists", "`swa --help` lists"),
            ("another cygnet changes it", "another cygnet changes it"),
            ("/opt/cygnet start", "/opt/cygnet start"),
            ("cygnet started", "cygnet started"),
            ("the bug of cygnet ", "the bug of cygnet "),
        ] {
            assert_eq!(renamed(text, &called), expected);
        }
    }
}
