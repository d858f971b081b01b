//! `cygnet` alone in a project that nobody has said anything about: what it is, and whether its dev server or its built
//! output is to be served.
//!
//! | | dev server can be started | else, built output is there | else |
//! |---|---|---|---|
//! | on a terminal | a key decides | a key decides | a key decides |
//! | `--yes` | it is | that is served | the folder, and what to type |
//! | neither | built output, if it is there; else the folder, and what to type | that is served | the folder, and what to type |
//!
//! What was not asked for starts nobody's code.

use crate::detect::{Detected, Missing, detect};
use crate::settings::{ApiSetting, Setting, Settings, StartArgs, ValueSource};
use crate::terminal::keyboard;
use crate::terminal::{Printer, Stream};

use super::ask::{self, Answer};
use super::report::{Failure, PRINTER};

/// Whether somebody can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// If there is a terminal.
    OnTerminal,
    /// Nobody: a command runs beside the emulator, or a program has started it.
    Never,
}

/// What is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    DevServer,
    Built,
    Folder,
}

/// Completes the settings where nobody has said what is to be served. `false`: the user does not want to start.
///
/// # Errors
/// Nothing can be asked, as the system gives no event loop.
pub(super) fn complete(
    settings: &mut Settings,
    args: &StartArgs,
    asks: Asks,
    printer: Printer,
) -> Result<bool, Failure> {
    if !is_bare(settings, args) {
        return Ok(true);
    }
    let Some(found) = detect(&settings.app.location) else {
        return Ok(true);
    };
    let api = found.folder.join("api");
    let has_api = settings.api.target.value == ApiSetting::None && api.join("host.json").is_file();
    let is_terminal = keyboard::is_there() && !printer.is_quiet();
    let choice = if settings.assume_yes.value {
        recommended(&found)
    } else if asks == Asks::OnTerminal && is_terminal {
        let Some(choice) = ask(&found, has_api, printer)? else {
            return Ok(false);
        };
        choice
    } else {
        tell_unasked(&found, has_api, printer);
        if found.is_built {
            serve_built(settings, &found);
        }
        return Ok(true);
    };
    tell(choice, &found, printer);
    match choice {
        Choice::DevServer => {
            settings.app.run = Some(Setting::new(run(&found), ValueSource::Detected));
            settings.app.finds_dev_server = true;
        }
        Choice::Built => serve_built(settings, &found),
        Choice::Folder => {}
    }
    if has_api && choice != Choice::Folder {
        settings.api.target = Setting::new(ApiSetting::Folder(api), ValueSource::Detected);
    }
    Ok(true)
}

/// The same for verbs that look at what would be served, and start nothing: where nobody has said what that is, it is the
/// built output of the framework that is found.
pub(super) fn complete_unasked(settings: &mut Settings, args: &StartArgs) {
    if !is_bare(settings, args) {
        return;
    }
    let Some(found) = detect(&settings.app.location) else {
        return;
    };
    let introduction = introduction(&found);
    if found.is_built {
        PRINTER.note(format_args!(
            "{introduction}: this is about its built output, {}",
            found.output
        ));
        serve_built(settings, &found);
    } else {
        PRINTER.warning(
            format_args!("{introduction}, which is not built: this is about the folder as it is"),
            Some(&format!("{} makes {}", found.build_command, found.output)),
        );
    }
}

/// Whether neither the command line nor a file nor a variable says what is to be served.
fn is_bare(settings: &Settings, args: &StartArgs) -> bool {
    let (app, project) = (&settings.app, &settings.project);
    args.target.is_none()
        && project.config_file.is_none()
        && app.output_location.source == ValueSource::Default
        && app.devserver_url.is_none()
        && app.run.is_none()
}

fn serve_built(settings: &mut Settings, found: &Detected) {
    let folder = found.folder.join(&found.output);
    settings.app.output_location = Setting::new(folder, ValueSource::Detected);
}

fn recommended(found: &Detected) -> Choice {
    match (&found.missing, found.is_built) {
        (None, _) => Choice::DevServer,
        (Some(_), true) => Choice::Built,
        (Some(_), false) => Choice::Folder,
    }
}

/// The command of the dev server, after what installs its packages.
fn run(found: &Detected) -> String {
    match &found.missing {
        Some(Missing::Packages(install)) => format!("{install} && {}", found.dev_command),
        Some(Missing::Program(_)) | None => found.dev_command.clone(),
    }
}

/// What was found, and why it was.
fn introduction(found: &Detected) -> String {
    format!("{} was found here ({})", found.name, found.why)
}

/// What to type for either.
fn commands(found: &Detected, has_api: bool) -> String {
    let api = if has_api { " --api-location api" } else { "" };
    let (dev, built) = (found.serve_dev(api), found.serve_built(api));
    let before = match &found.missing {
        None => String::new(),
        Some(Missing::Packages(install)) => format!("{install} && "),
        Some(Missing::Program(program)) => format!("(`{program}` is not installed) "),
    };
    format!(
        "the dev server: {before}{dev}\nhint: the built app: {built}\nhint: `cygnet init` writes down what is to be served"
    )
}

/// Nobody can be asked, and nothing was agreed to.
fn tell_unasked(found: &Detected, has_api: bool, printer: Printer) {
    let introduction = introduction(found);
    let hint = commands(found, has_api);
    match found.is_built {
        true => printer.advise(
            format_args!("{introduction}: serving its built output, {}", found.output),
            Some(&hint),
        ),
        false => printer.warning(
            format_args!(
                "{introduction}, which is not built: this folder is served as it is, and browsers cannot run its sources"
            ),
            Some(&hint),
        ),
    }
}

fn tell(choice: Choice, found: &Detected, printer: Printer) {
    let introduction = introduction(found);
    match choice {
        Choice::DevServer => printer.note(format_args!(
            "{introduction}: its dev server is started by `{}`",
            run(found)
        )),
        Choice::Built => printer.note(format_args!(
            "{introduction}: serving its built output, {}",
            found.output
        )),
        Choice::Folder => {
            let why = match &found.missing {
                Some(Missing::Packages(_)) => "its packages are not installed, ".to_owned(),
                Some(Missing::Program(program)) => format!("`{program}` is not installed, "),
                None => String::new(),
            };
            printer.warning(
                format_args!(
                    "{introduction}: {why}and there is no built output in {}, so this folder is served as it is",
                    found.output
                ),
                Some(&commands(found, false)),
            );
        }
    }
}

/// Asks for a key; `None`: the user does not want to start.
fn ask(found: &Detected, has_api: bool, printer: Printer) -> Result<Option<Choice>, Failure> {
    let first = match recommended(found) {
        Choice::Built => Choice::Built,
        Choice::DevServer | Choice::Folder => Choice::DevServer,
    };
    let mut text = format!("{}.\n\n", introduction(found));
    text.push_str(&format!("  d  dev server    {}\n", run(found)));
    match found.is_built {
        true => text.push_str(&format!("  b  built output  {}\n", found.output)),
        false => text.push_str(&format!(
            "     built output  not there: {}\n",
            found.build_command
        )),
    }
    text.push_str("  f  folder        this one, as it is\n");
    if has_api {
        text.push_str("\nThe functions in api run beside the first two.\n");
    }
    let named = match first {
        Choice::Built => "b, or Enter for the built output",
        _ => "d, or Enter for the dev server",
    };
    text.push_str(&format!("\nPress {named}; q to quit.\n"));
    printer.write(Stream::Stderr, &text);
    ask::key(|key| match key {
        'd' => Answer::Is(Choice::DevServer),
        'b' if found.is_built => Answer::Is(Choice::Built),
        'f' => Answer::Is(Choice::Folder),
        '\r' | '\n' => Answer::Is(first),
        _ => Answer::Unknown,
    })
}
