//! `cygnet password`: one password before previews, or before everything (EN-16).

use std::io::{IsTerminal, Read as _};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{ProjectArgs, failure, refusal, usage, view};
use crate::cli::exit::ExitCode;
use crate::cli::report::Failure;
use crate::cli::running::serving::ServePortArgs;
use crate::deployment::password::protect;
use crate::settings;

/// What was typed after `cygnet password`.
#[derive(Debug, Clone, Args)]
pub struct PasswordArgs {
    #[command(subcommand)]
    command: PasswordCommand,

    #[command(flatten)]
    serve: ServePortArgs,

    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum PasswordCommand {
    /// Ask visitors for a password from now on; sessions with an earlier one end
    Set {
        /// The password, or `-` to read it from standard input
        password: String,
        /// Before previews only, not before production
        #[arg(long)]
        staging_only: bool,
    },
    /// Let everybody in again
    Clear,
}

/// Does it and says what holds then.
///
/// # Errors
/// The plan or the password is not good enough, or the disk.
pub fn run(args: &PasswordArgs, _earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let project = &args.project;
    let (session, mut state) = project.change()?;
    let (text, protects) = match &args.command {
        PasswordCommand::Clear => {
            state.password = None;
            ("no environment asks for a password\n", "none")
        }
        PasswordCommand::Set {
            password,
            staging_only,
        } => {
            let typed = match password.as_str() {
                "-" => from_input()?,
                typed => typed.to_owned(),
            };
            let kept = protect(&typed, state.app.plan, *staging_only)
                .map_err(|error| refusal("EN-16", &error))?;
            state.password = Some(kept);
            match staging_only {
                true => ("previews ask for the password\n", "staging"),
                false => ("all environments ask for the password\n", "all"),
            }
        }
    };
    session.save(&state)?;
    let at = args.serve.find(&project.base()?).at;
    let text = format!("{text}{}", view::list(&state, at));
    project.say(&text, json!({ "protects": protects }));
    Ok(ExitCode::Stopped)
}

fn from_input() -> Result<String, Failure> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Err(usage(
            "`-` reads the password from standard input, which is a terminal",
            "echo 'Secret-1' | cygnet password set -",
        ));
    }
    let mut text = String::new();
    input
        .read_to_string(&mut text)
        .map_err(|error| failure(format!("the password cannot be read: {error}"), ""))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
