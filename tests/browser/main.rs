//! A real browser before the real binary, by playwright-core. Needs Chromium (`/usr/bin/chromium` or `$CHROMIUM`), Node.js
//! and `npm ci` in `tests/browser`; `tests/run.sh` brings all three. A missing one fails the test with a hint: a browser
//! test that skips itself tests nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "clippy.toml spares tests, not their helpers"
)]
#![allow(
    clippy::type_complexity,
    reason = "tables of cases say their shape once"
)]

#[path = "../common/mod.rs"]
mod common;

use common::emulator;

// Both link what others installed.
#[cfg(unix)]
mod certs;
#[cfg(unix)]
mod ci;
mod form;
mod inspector;
mod live;
mod picker;
mod sign_in;
mod tour;
