//! Everything that can be tested on any machine at any time: no network, no browser, no Node.js, no Python. The binary
//! that cargo built, the library, and loopback.
//!
//! | module | what |
//! |---|---|
//! | `golden`, `explain_golden` | the exchanges of `fixtures/golden`, asked of the server and of `explain` |
//! | `proxy` | the hop to a backend, on raw sockets |
//! | `settings`, `cli`, `swa` | where values come from, the command line, the official CLI's name |
//! | `detect`, `guided_start` | which framework a project is made with; `cygnet` alone in one, at a terminal and without |
//! | `exec` | the emulator for as long as a command runs |
//! | `terminal` | output that nobody reads |
//! | `start`, `start_json`, `reload`, `watching`, `live`, `tls`, `http2`, `static_content`, `hardening` | the emulator of one app |
//! | `error_pages` | the pages of the platform's own errors |
//! | `inspector` | what the page at `/.cygnet/` asks |
//! | `auth_endpoints`, `roles_source`, `personas` | mock sign-in |
//! | `real_sign_in`, `sign_in_providers`, `sign_in_pages` | `--auth real`, against providers in this process; the pages about it |
//! | `security` | what is defended, a file for each subject |
//! | `backends`, `data_api`, `dev_server` | what answers in place of a folder or of `/api` |
//! | `deploy`, `serve` | emulated deployments |
//! | `route_tests` | `cygnet test` |
//! | `for_tools` | what the pages for editors and agents say |
//! | `json_page` | what `--json` prints, as `docs/json.md` has it |
//! | `doctor` | what is said of the machine |
//! | `check`, `corpus`, `explain` | findings and explanations without a server |
//! | `security` | what is defended, a file for each subject |
//! | `generated_protocol` | checked-in Rust against `proto/function_rpc.proto` |
//! | `windows` | what only Windows has; run by `tests/windows.sh` |
//! | `fuzz_smoke` | the fuzz targets for a moment |
//! | `mutations` | whether the golden files see a broken program; run by hand |
//! | `rules_documented`, `rules_asserted` | rule ids, their documentation and their tests |
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
mod support;

use common::{deployed, emulator, linked, random};

mod auth_endpoints;
mod backends;
mod check;
mod cli;
mod corpus;
#[cfg(unix)]
mod data_api;
mod deploy;
mod detect;
mod dev_server;
#[cfg(unix)]
mod doctor;
mod error_pages;
#[cfg(unix)]
mod exec;
mod explain;
mod explain_golden;
mod for_tools;
mod fuzz_smoke;
mod generated_protocol;
mod golden;
#[cfg(unix)]
mod guided_start;
mod hardening;
mod http2;
mod inspector;
mod json_page;
mod live;
#[cfg(unix)]
mod mutations;
mod personas;
mod proxy;
mod real_sign_in;
mod reload;
mod roles_source;
mod rooms;
mod route_tests;
mod rules_asserted;
mod rules_documented;
mod running;
mod security;
mod serve;
mod settings;
mod sign_in_pages;
mod sign_in_providers;
mod start;
mod start_json;
mod static_content;
mod swa;
mod terminal;
mod tls;
mod watching;
mod windows;
