//! Cygnet, a local emulator of Azure Static Web Apps.
//!
//! The crate is a house of rooms; each room only knows the rooms below it.
//!
//! | room | what happens there |
//! |---|---|
//! | [`cli`] | one file per verb: arguments become a call and an exit code |
//! | [`doctor`] | what this machine and a project have of what a start needs |
//! | [`server`] | listeners, actix-web wiring, start summary, request log, shutdown |
//! | [`inspector`] | what was asked and answered and why, at `/.cygnet/` |
//! | [`route_tests`] | tests of routes as data: read, asked of `explain`, judged, reported; made from what is so |
//! | [`explain`] | what the pipeline resolves for one request, in words |
//! | [`pipeline`] | one request, top to bottom, in production's order: context → decision → resolution → response |
//! | [`settings`] | flags, `SWA_CLI_*`, `swa-cli.config.json`, defaults; every value knows where it came from |
//! | [`deployment`] | emulated deployments: environments, immutable snapshots, settings, passwords, invitations |
//! | [`check`] | every finding about an app at once, without serving it |
//! | [`environment`] | configuration + content + backend, swapped whole on reload |
//! | [`devserver`] | the dev server in place of a folder: the hop, WebSockets, waiting, `--run` |
//! | [`data_api`] | `/data-api`: a database connection, by an installed Data API Builder or a URL |
//! | [`backend`] | `/api`: identity headers, limits, the hop to a backend |
//! | [`content`] | path → file → response: lookup, trailing slash, ETag, ranges, compression |
//! | [`live`] | live reload and the overlay: what changed or is wrong, told to open pages |
//! | [`link`] | links to backends: the record of them, the proof that they are sent, the lock on them |
//! | [`functions`] | the Functions host, in five rooms of its own: host, call, worker, routing, app |
//! | [`auth`] | client principal, cookies, mock sign-in; on demand, the real one |
//! | [`pages`] | the emulator's own HTML: error pages, diagnostics, the shared layout |
//! | [`artefact`] | the files of an app that are deployed, walked once; what is never content |
//! | [`routing`] | pure: compiled rules, `decide`, trace |
//! | [`config`] | pure: `staticwebapp.config.json` text → spanned model → findings |
//! | [`detect`] | which framework a folder is a project of, and how that is run and built |
//! | [`http`] | HTTP as the emulator speaks it itself: bodies, connections; knows nothing of Azure |
//! | [`process`] | programs that run beside us: output, readiness, last words; in groups, stopped as a whole, never left behind |
//! | [`store`] | what outlives a run, on the disk: private folders without links, locks, versioned JSON files |
//! | [`terminal`] | everything that is printed: one printer, one bounded queue, one thread that writes |
//! | [`watch`] | directories → classified changes |
//! | [`finding`] | what is wrong with an app, where, and what to do: the one shape of it, and how it looks |
//!
//! Rule ids such as RT-16 name the behaviour of Azure that a line implements; `docs/azure-behaviour.md`
//! says each in a sentence with its public source.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "tests make files for themselves")
)]

// Public is what the binary, the benches, the fuzz targets and the tests need.
mod artefact;
pub mod auth;
pub mod backend;
mod check;
pub mod cli;
pub mod config;
pub mod content;
mod data_api;
pub mod deployment;
mod detect;
pub mod devserver;
mod doctor;
pub mod environment;
pub mod explain;
pub mod finding;
pub mod functions;
pub mod http;
mod inspector;
pub mod link;
mod live;
mod pages;
pub mod pipeline;
mod process;
pub mod route_tests;
pub mod routing;
mod server;
pub mod settings;
pub mod store;
mod terminal;
mod watch;
