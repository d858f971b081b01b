//! The command line: one file per verb, each turning arguments into a call and an exit code.
//!
//! | file | what |
//! |---|---|
//! | [`start`] | `cygnet start`; also `cygnet`, `cygnet FOLDER`, `cygnet --port 5000` |
//! | [`exec`] | `cygnet exec`: the same for as long as a command runs |
//! | [`guide`] | what `cygnet` alone serves in a framework's project |
//! | [`init`] | `cygnet init`: a `swa-cli.config.json` for what is found |
//! | [`check`] | `cygnet check`: every finding about an app at once |
//! | [`doctor`] | `cygnet doctor`: what this machine lacks |
//! | [`explain`] | `cygnet explain`: why a request is answered as it is |
//! | [`test`] | `cygnet test`: route tests, run without a server |
//! | `asked_app` | the app that the two above ask |
//! | [`backends`] | `cygnet backends`: link, re-link, unlink |
//! | [`functions`] | `cygnet functions list` |
//! | [`deployments`] | `cygnet deploy`, `environments`, `appsettings`, `password`, `users` |
//! | [`serve`] | `cygnet serve`: the deployed environments by host |
//! | [`running`] | `cygnet status`, `wait`, `stop`: emulators in the background |
//! | [`certs`] | `cygnet certs`: the authority of `--ssl` |
//! | [`generate`] | `cygnet completions`, `cygnet man` |
//! | `incumbent` | the official CLI: its verbs, and what is different under its name, `swa` |
//! | `typed` | what was typed before or instead of a verb |
//! | `verb` | the arguments of a verb, built only when it is typed |
//! | [`location_args`] | where the app is, for verbs that do not serve it |
//! | [`ask`] | a question that one key answers |
//! | [`report`] | `error:`, `warning:`, `hint:` |
//! | [`exit`] | the exit codes |

mod ask;
mod asked_app;
pub mod backends;
pub mod certs;
pub mod check;
pub mod deployments;
pub mod doctor;
pub mod exec;
pub mod exit;
pub mod explain;
pub mod functions;
pub mod generate;
mod guide;
mod incumbent;
pub mod init;
pub mod location_args;
pub mod report;
pub mod running;
pub mod serve;
pub mod start;
pub mod test;
mod typed;
mod verb;

use std::ffi::OsString;
use std::path::Path;
use std::process;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand};
use serde_json::json;

use crate::settings::{Settings, StartArgs, argv};
use crate::terminal::program_name::{Called, call_program};
use crate::terminal::{Printer, Quiet, Stream};

use exit::ExitCode;
use report::Failure;
use verb::Verb;

const USAGE: &str = "cygnet [start] [CONFIG-NAME | FOLDER] [OPTIONS]";

const EXEC_USAGE: &str = "cygnet exec [CONFIG-NAME | FOLDER] [OPTIONS] -- COMMAND...";

/// Help is wrapped at the width of the terminal, or else at this many columns.
const MAX_WIDTH: usize = 100;

const EXAMPLES: &str = "\
Examples:
  cygnet                             serve what swa-cli.config.json says, or this folder
  cygnet ./dist                      serve a folder
  cygnet ./dist --api-location api   and run the functions in ./api
  cygnet ./dist -is http://localhost:7071
                                     and send /api to a server that runs already

Values come from flags, then swa-cli.config.json, then SWA_CLI_* and CYGNET_* variables.";

/// A local emulator of Azure Static Web Apps: routes, sign-in and /api, as Azure answers them
#[derive(Debug, Parser)]
#[command(name = "cygnet", version, disable_version_flag = true, override_usage = USAGE, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    start: StartArgs,

    /// Print version
    #[arg(short = 'v', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// What to do; without a verb, or with a word that is none, `start`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the app (also without this word)
    #[command(override_usage = USAGE, after_help = EXAMPLES)]
    Start(Verb<StartArgs>),
    /// Run a command with the emulator beside it, such as end-to-end tests
    #[command(override_usage = EXEC_USAGE)]
    Exec(Verb<exec::ExecArgs>),
    /// Write swa-cli.config.json for the app that is found here
    Init(Verb<init::InitArgs>),
    /// Say what keeps the app from being deployed, and what surprises once it is
    Check(Verb<check::CheckArgs>),
    /// Say what this machine and this project have of what a start needs
    Doctor(Verb<doctor::DoctorArgs>),
    /// Say how a request is answered, step by step, and why
    Explain(Verb<explain::ExplainArgs>),
    /// Run route tests: which request is answered with what, for whom
    Test(Verb<test::TestArgs>),
    /// Link backends to the app, as Azure does: they answer /api and are closed to everyone else
    Backends(Verb<backends::BackendsArgs>),
    /// List the functions of the API folder
    Functions(Verb<functions::FunctionsArgs>),
    /// Deploy the built app to an environment on this machine, checked as Azure checks it
    Deploy(Verb<deployments::deploy::DeployArgs>),
    /// Serve all deployed environments, each at its host
    Serve(Verb<serve::ServeArgs>),
    /// Say which emulators of this project run, where, and whether they are ready
    Status(Verb<running::WhichArgs>),
    /// Wait until the emulator of this project is ready
    Wait(Verb<running::WaitArgs>),
    /// End the emulator of this project
    Stop(Verb<running::StopArgs>),
    /// List, show, delete and roll back environments
    Environments(Verb<deployments::environments::EnvironmentsArgs>),
    /// Application settings of an environment
    Appsettings(Verb<deployments::appsettings::AppsettingsArgs>),
    /// Protect environments by a password
    Password(Verb<deployments::password::PasswordArgs>),
    /// Invite users to roles
    Users(Verb<deployments::users::UsersArgs>),
    /// Trust the certificates of --ssl, or see what is trusted
    Certs(Verb<certs::CertsArgs>),
    /// Print completions for a shell
    Completions(Verb<generate::CompletionsArgs>),
    /// Print the manual page
    #[command(hide = true)]
    Man(Verb<generate::ManArgs>),
}

/// The `cygnet` program.
pub fn main() -> process::ExitCode {
    let argv: Vec<OsString> = std::env::args_os().collect();
    // Started by ourselves as a guard, not by a user.
    #[cfg(unix)]
    match (argv.get(1).and_then(|word| word.to_str()), argv.get(2)) {
        (Some(crate::process::GUARD_ARGUMENT), _) => return crate::process::guard_main(),
        (Some(crate::process::TERMINAL_GUARD_ARGUMENT), Some(before)) => {
            return crate::process::terminal_guard_main(&before.to_string_lossy());
        }
        _ => {}
    }
    let called = called(argv.first());
    if called == incumbent::NAME {
        let command = command();
        let commands = command.get_subcommands();
        call_program(Called {
            name: called,
            commands: commands
                .map(|command| command.get_name().to_owned())
                .collect(),
        });
    }
    run(argv, serve).into()
}

/// Parses `argv`, whose first word is the program, and runs the verb; `serve` is the server, which tests replace.
pub fn run(
    argv: impl IntoIterator<Item = OsString>,
    serve: impl FnOnce(Settings) -> Result<(), Failure>,
) -> ExitCode {
    let argv = argv::expand(argv);
    let called = called(argv.first());
    let code = parsed(argv, &called, serve);
    match called == incumbent::NAME {
        true => code.of_incumbent(),
        false => code,
    }
}

fn parsed(
    argv: Vec<OsString>,
    called: &str,
    serve: impl FnOnce(Settings) -> Result<(), Failure>,
) -> ExitCode {
    let mut command = command();
    let verbs = command.get_subcommands();
    let verbs: Vec<String> = verbs.map(|verb| verb.get_name().to_owned()).collect();
    let first = argv.get(1).and_then(|word| word.to_str());
    let wants_json = typed::contains_json(&argv);
    if let Some(failure) = first.and_then(|word| incumbent::not_ours(word, called)) {
        report::failure(report::PRINTER, &failure, wants_json);
        return failure.code;
    }
    let matches = command.try_get_matches_from_mut(argv);
    let parsed = matches.and_then(|matches| {
        let wants_json = typed::asks_json(&matches);
        let misplaced = typed::misplaced_json(&matches);
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok((cli, wants_json, misplaced))
    });
    let (cli, wants_json) = match parsed {
        Ok((_, _, Some(failure))) => {
            report::failure(report::PRINTER, &failure, wants_json);
            return failure.code;
        }
        Ok((cli, wants_json, None)) => (cli, wants_json),
        Err(error) => {
            if error.use_stderr() && wants_json {
                report::object(&typed::misunderstood(&error));
            }
            match (error.kind(), wants_json) {
                (ErrorKind::DisplayVersion, true) => {
                    report::json(json!({ "cygnet": env!("CARGO_PKG_VERSION") }));
                }
                _ => print(&error, called),
            }
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::Stopped,
                _ => ExitCode::Usage,
            };
        }
    };
    let word = cli.start.target.clone();
    // Servers must not wait for whoever reads their output; whoever reads that of the others must get all of it.
    let printer = match cli.command {
        None | Some(Command::Start(_) | Command::Serve(_)) => {
            Printer::background(Quiet::No).for_programs(wants_json)
        }
        _ => report::PRINTER,
    };
    let outcome = match cli.command {
        Some(Command::Start(args)) => start::run(&args.into_inner().merge(cli.start), serve),
        Some(Command::Exec(args)) => exec::run(args.into_inner(), cli.start),
        Some(Command::Init(args)) => init::run(&args),
        Some(Command::Check(args)) => check::run(&args, &cli.start),
        Some(Command::Doctor(args)) => doctor::run(&args, &cli.start),
        Some(Command::Explain(args)) => explain::run(&args, &cli.start),
        Some(Command::Test(args)) => test::run(&args, &cli.start),
        Some(Command::Backends(args)) => backends::run(&args, &cli.start),
        Some(Command::Functions(args)) => functions::run(&args, &cli.start),
        Some(Command::Deploy(args)) => deployments::deploy::run(&args, &cli.start),
        Some(Command::Serve(args)) => serve::run(&args, &cli.start),
        Some(Command::Environments(args)) => deployments::environments::run(&args, &cli.start),
        Some(Command::Appsettings(args)) => deployments::appsettings::run(&args, &cli.start),
        Some(Command::Password(args)) => deployments::password::run(&args, &cli.start),
        Some(Command::Users(args)) => deployments::users::run(&args, &cli.start),
        Some(Command::Status(args)) => running::status(&args),
        Some(Command::Wait(args)) => running::wait(&args),
        Some(Command::Stop(args)) => running::stop(&args),
        Some(Command::Certs(args)) => certs::run(&args),
        Some(Command::Completions(args)) => Ok(generate::completions(&args, command, called)),
        Some(Command::Man(args)) => generate::man(&args, command),
        None => start::run(&cli.start, serve)
            .map_err(|failure| typed::no_such_command(word.as_deref(), &verbs, failure)),
    };
    let code = outcome.unwrap_or_else(|failure| {
        report::failure(printer, &failure, wants_json);
        failure.code
    });
    printer.flush();
    // Whatever ended, the terminal is as it was.
    crate::terminal::keyboard::restore();
    code
}

/// The whole command line: every verb with its options.
pub fn command() -> clap::Command {
    Cli::command().max_term_width(MAX_WIDTH)
}

/// The name that the program was called by: `swa` may be another name of it.
fn called(program: Option<&OsString>) -> String {
    let stem = program.and_then(|program| Path::new(program).file_stem()?.to_str());
    match stem {
        Some(incumbent::NAME) => incumbent::NAME.to_owned(),
        _ => env!("CARGO_PKG_NAME").to_owned(),
    }
}

/// Prints what clap has to say, with the name called in its usage lines and examples.
fn print(error: &clap::Error, called: &str) {
    let own = env!("CARGO_PKG_NAME");
    let mut text = error.render().ansi().to_string();
    if called == incumbent::NAME && error.kind() == ErrorKind::DisplayVersion {
        // Tools read it as a number, VS Code among them.
        text = concat!(env!("CARGO_PKG_VERSION"), "\n").to_owned();
    } else if called != own {
        let renamed = text.split_inclusive('\n').map(|line| {
            // Not in messages, which quote what was typed.
            let is_message = line.contains("error:") || line.contains("tip:");
            match is_message {
                true => line.to_owned(),
                false => line.replace(own, called),
            }
        });
        text = renamed.collect();
    }
    // Help and version are asked for; they go to standard output.
    let stream = match error.use_stderr() {
        true => Stream::Stderr,
        false => Stream::Stdout,
    };
    report::PRINTER.write(stream, &text);
}

/// The one line between this room and the server room.
fn serve(settings: Settings) -> Result<(), Failure> {
    crate::server::run(&settings).map_err(Failure::from)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::Cli;

    #[test]
    fn the_arguments_of_all_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    /// clap hands the values of global arguments up to the options of `start`, which have another type.
    #[test]
    fn global_arguments_of_a_command_are_not_options_of_start() {
        let words = "cygnet environments --port 1 --config c rollback production";
        let cli = Cli::try_parse_from(words.split(' ')).unwrap();
        assert_eq!(
            cli.start.typed().text(&crate::settings::options::PORT),
            None
        );
    }
}
