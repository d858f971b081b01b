//! `cygnet completions` and `cygnet man`: what shells and `man` read, made from the same declarations as the help.

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::ExitCode;
use super::report::{self, Failure};

/// What was typed after `cygnet completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

/// What was typed after `cygnet man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Command to describe, such as `deploy` [default: the program]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

/// Prints the script that teaches a shell the words of `program`.
pub(super) fn completions(args: &CompletionsArgs, mut command: Command, program: &str) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, program, &mut script);
    report::data(&String::from_utf8_lossy(&script));
    ExitCode::Stopped
}

/// Prints the manual page of the program, or of one of its commands.
pub(super) fn man(args: &ManArgs, mut command: Command) -> Result<ExitCode, Failure> {
    // Names such as `cygnet-deploy` are only made when the tree is built.
    command.build();
    let mut page = &command;
    for word in &args.command {
        page = page.find_subcommand(word).ok_or_else(|| Failure {
            message: format!("there is no command `{word}`"),
            hint: Some("`cygnet --help` lists the commands".to_owned()),
            code: ExitCode::Usage,
            ..Failure::default()
        })?;
    }
    let mut text = Vec::new();
    let source = concat!("cygnet ", env!("CARGO_PKG_VERSION"));
    let page = clap_mangen::Man::new(page.clone()).source(source);
    page.render(&mut text).map_err(|error| Failure {
        message: format!("the page cannot be written: {error}"),
        hint: None,
        code: ExitCode::CannotStart,
        ..Failure::default()
    })?;
    report::data(&String::from_utf8_lossy(&text));
    Ok(ExitCode::Stopped)
}
