//! The limit of open files: a page of an app built by a modern tool opens hundreds of connections, and macOS gives 256.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Fewer than this are said: a browser or two may use them up.
pub const FEW: u64 = 1024;
/// What macOS takes when it calls the limit infinite and refuses that.
const FINITE: u64 = 10_240;

/// How many files can be open at a time; `None`: as many as anybody wants.
pub fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Lets this process, and the children that it starts, open as many files as the system allows it.
pub fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let set = |current| {
        let raised = Rlimit { current, ..limit };
        setrlimit(Resource::Nofile, raised)
    };
    let failed = set(limit.maximum).or_else(|error| match limit.current {
        Some(current) if current < FINITE => set(Some(FINITE)),
        _ => Err(error),
    });
    if let (Err(error), Some(current)) = (failed, limit.current.filter(|&current| current < FEW)) {
        log::warn!(hint = "raise it in your shell: ulimit -n 4096"; "only {current} files can be open at a time: {error}");
    }
}
