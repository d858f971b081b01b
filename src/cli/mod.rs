//! See the map in the crate documentation.

/// Runs the program.
pub fn main() -> std::process::ExitCode {
    // A child of ours, not a user: see the module of the guard.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|argument| argument == crate::functions::guard::GUARD_ARGUMENT)
    {
        return crate::functions::guard_main();
    }
    std::process::ExitCode::SUCCESS
}
