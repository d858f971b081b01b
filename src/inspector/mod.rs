//! The inspector at `/.cygnet/`: what was asked and answered, why, and what is served.
//!
//! 1. [`access`]: who may look: this machine, or whom `--inspect-from` names; never a page of another site
//! 2. [`dispatch`]: the address → the endpoint; each gets a [`call`](mod@call) and gives a response or a [`refusal`]
//! 3. [`capture`] takes what is known of each request into the [`journal`]: an [`entry`] for each, with [`logs`] beside them;
//!    [`pending`] is where they wait until somebody asks, [`audience`] is whoever looks
//! 4. [`requests`] lists them, [`events`] tells of them, each in a [`summary`]; [`redact`] hides what is secret
//! 5. [`detail`] is one of them: its [`trace`], what is [`shown`] of it, what a [`hop_view`] shows, [`commands`] that make it again; [`resend`] makes it
//!    again here, as it is [`rebuilt`] from what is kept; [`har`] exports all
//! 6. [`page`]: the page with its scripts and styles
//! 7. [`routes`], [`explain`], [`personas`], [`api`], [`environments`]: what they show
//!
//! [`state`] is the one inspector of a process, shared by all environments that it serves.

pub mod access;
mod api;
mod audience;
mod body_copy;
mod call;
mod capture;
mod commands;
mod detail;
mod dispatch;
mod entry;
mod environments;
mod events;
mod explain;
mod har;
mod hop_view;
mod journal;
mod logs;
mod page;
mod pending;
mod personas;
mod rebuilt;
mod redact;
mod refusal;
mod requests;
mod resend;
mod route_test;
mod routes;
mod shown;
mod state;
mod summary;
mod trace;

pub use call::Call;
pub use capture::Capture;
pub use dispatch::{answer, answers};
pub use journal::Journal;
pub use redact::Secrets;
pub use state::{Environments, Info, Inspector, Mode, ServedEnvironment};
