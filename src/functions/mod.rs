//! The Functions host for managed functions (B1): Node.js and Python apps with HTTP triggers run by workers of our own, apps in
//! other languages by the workers of Azure Functions, custom handlers, and the Core Tools.
//!
//! Five rooms, each of which knows only those below it:
//!
//! 1. [`host`] — the supervisor of the worker processes, their reload and status, the host's own port with `/admin`
//! 2. [`call`] — one invocation: request → worker → response as the host of Azure words it; CORS, cookies
//! 3. [`worker`] — the trait of a language worker, and its kinds; they know nothing of each other
//! 4. [`routing`] — which function a path means, with which route values
//! 5. [`app`] — what lies in the folder: runtime, functions, host.json, local settings, packages
//!
//! Below all of them: [`HostConfig`] ([`RunOptions`]), what a host is started with; [`Output`], the one sink for everything that an app
//! says; [`HostError`], why it does not run.

mod app;
mod call;
mod config;
mod error;
mod host;
mod output;
mod routing;
mod run_options;
mod worker;

pub use self::app::dotnet::is_project as has_dotnet_project;
pub use self::app::runtime::RuntimeChoice;
pub use self::app::setting_names;
pub use self::app::validate::{is_source, runtime as runtime_of, validate, watched};
pub use self::call::invoke::Invoked;
pub use self::config::{HostConfig, WorkerFolder};
pub use self::error::{HostError, ShowsFiles};
pub use self::host::FunctionsHost;
pub use self::host::port::{self, Port};
pub use self::host::status::HostStatus;
pub use self::output::{Level, Line, Output, Stream};
pub use self::routing::route_table::{FunctionInfo, LeftOut};
pub use self::routing::template::match_template;
pub use self::run_options::{ApiHost, RunOptions};
pub use self::worker::tools::{FoundTool, Tool};
pub use self::worker::untrusted;
pub use crate::process::Guard;
