//! Processes of others, looked at from outside.

use std::fmt::Display;

/// Whether a process runs; a zombie that nobody has reaped yet does not.
pub fn is_running(pid: impl Display) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim_start();
    !state.is_empty() && !state.starts_with(['Z', 'X'])
}
