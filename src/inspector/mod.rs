//! The inspector at `/.cygnet/`: what was asked and answered, why, and what is served.
//!
//! 1. [`access`]: who may look: this machine, or whom `--inspect-from` names; never a page of another site
//! 2. [`dispatch`]: the address → the endpoint; each gets a [`call`](mod@call) and gives a response or a [`refusal`]
//! 3. [`page`]: the page with its scripts and styles
//! 4. [`routes`], [`explain`], [`personas`], [`api`], [`environments`]: what they show
//!
//! [`state`] is the one inspector of a process, shared by all environments that it serves.

pub mod access;
mod api;
mod call;
mod dispatch;
mod environments;
mod explain;
mod page;
mod personas;
mod refusal;
mod rfc3339;
mod routes;
mod state;

pub use call::Call;
pub use dispatch::{answer, answers};
pub use state::{Environments, Info, Inspector, Mode, ServedEnvironment};
