//! A real browser before the real binary, by playwright-core. Needs Chromium (`/usr/bin/chromium` or `$CHROMIUM`), Node.js
//! and `npm ci` in `tests/browser`; `tests/run.sh` brings all three. A missing one fails the test with a hint: a browser
//! test that skips itself tests nothing.
// clippy.toml spares tests, not their helpers; a helper that nobody outside this crate can reach is still `pub` to its
// neighbours.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

#[path = "../common/mod.rs"]
mod common;

use common::emulator;

mod live;
mod tour;
