//! The `cygnet` program: parse, run, exit code; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    cygnet::cli::main()
}
