//! Places where a test may kill a deployment, as a power cut would. In a release build there are none.

/// Every step after which a deployment can be killed, in order.
pub const STEPS: [&str; 6] = [
    "locked",
    "objects-half",
    "objects",
    "tree",
    "snapshot",
    "switched",
];

/// Ends the process on the spot if `CYGNET_FAULT` names this step. Nothing is cleaned up, as after `kill -9`.
#[cfg(debug_assertions)]
pub fn point(step: &'static str) {
    debug_assert!(STEPS.contains(&step), "{step}");
    if std::env::var_os("CYGNET_FAULT").is_some_and(|wanted| wanted == step) {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn point(_step: &'static str) {}
