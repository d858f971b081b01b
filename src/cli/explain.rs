//! `cygnet explain`
use super::exit::ExitCode;
use super::report::Failure;
use crate::settings;
/// What was typed after `cygnet explain`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {}
/// x
pub fn run(_args: &Args, _earlier: &settings::Args) -> Result<ExitCode, Failure> {
    Ok(ExitCode::Stopped)
}
