//! `cygnet doctor`: what this machine and this project have of what a start needs, each asked of the code that a start asks.
//!
//! [`patient`] is what is known at first, [`check`] one thing that is found out.
//!
//! 1. [`project`]: the settings, the configuration and its findings, the framework, the functions, the state folder
//! 2. [`ports`]: whether they are free, or who has them
//! 3. [`programs`]: Node.js, npm, Python and the others; the browser
//! 4. [`trust`]: the authority of `--ssl`
//! 5. [`machine`]: what the system allows: watched folders, open files; disks that are unlike Azure's
//!
//! Everything is asked at the same time, and nothing is waited for longer than [`PATIENCE`](check::PATIENCE): a program that hangs is one of
//! the things that are found out.

mod check;
mod machine;
mod patient;
mod ports;
mod programs;
mod project;
mod trust;

use futures_util::future::join_all;

pub use check::{Check, State};
pub use patient::Patient;

/// Looks at everything. Must be called on a tokio runtime.
pub async fn examine(patient: &Patient) -> Vec<Check> {
    let all = [
        project::checks(patient),
        ports::checks(patient),
        programs::checks(patient),
        trust::checks(patient),
        machine::checks(patient),
    ];
    join_all(all.into_iter().flatten()).await
}
