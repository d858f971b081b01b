//! The name of the official CLI for the same program, so that scripts which call `swa start` need no edit.

use std::process::ExitCode;

fn main() -> ExitCode {
    cygnet::cli::main()
}
