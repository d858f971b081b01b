//! The two seams between the host and what runs an app: a [`WorkerLauncher`] starts a worker, a [`WorkerClient`] calls it.
//!
//! Each kind of worker is a folder or a file of its own and knows none of the others: [`bundled`] (our own programs for Node.js and
//! Python), [`grpc`] (the language workers of Azure Functions, .NET isolated), [`custom`] (custom handlers), [`core_tools`] (`func`).
//! [`tools`] is what of this machine they need. What they share lies beside them: [`invocation`] (a call and its result), [`launch`] (process environment, commands that prepare
//! the app), [`install_cache`], [`stage`] (what a start is doing), and for programs that answer over HTTP [`readiness`] and [`forward`].

pub(crate) mod bundled;
pub(crate) mod core_tools;
pub(crate) mod custom;
mod forward;
pub(crate) mod grpc;
pub(crate) mod install_cache;
pub(crate) mod invocation;
pub(crate) mod launch;
mod readiness;
pub(crate) mod stage;
pub mod tools;
pub mod untrusted;

use std::fmt;
use std::time::Duration;

use futures_util::future::{BoxFuture, LocalBoxFuture};

use self::invocation::{Invocation, InvocationResult};
use self::launch::LaunchContext;
use super::app::function::Function;
use super::error::HostError;
use crate::http::body::{Body, BoxError};
use crate::process::Service;

/// The version of Azure's host whose behaviour is imitated; tools look at its first number.
pub(crate) const HOST_VERSION: &str = "4.1037.0";

/// A worker that is being started.
pub(crate) type Launching<'a> = LocalBoxFuture<'a, Result<StartedWorker, HostError>>;
/// A call that is being answered.
pub(crate) type Invoking<'a> = BoxFuture<'a, Result<(InvocationResult, Body), BoxError>>;

/// Starts the workers of one kind.
pub(crate) trait WorkerLauncher {
    /// Starts a worker, passes on what it logs from its first moment, and asks it for its functions.
    ///
    /// # Errors
    /// It ended, took too long, or could not load the app.
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a>;
}

/// A worker that is ready.
#[derive(Debug)]
pub(crate) struct StartedWorker {
    pub(crate) client: Box<dyn WorkerClient>,
    /// The functions that it can run, in any order.
    pub(crate) functions: Vec<Function>,
    /// The process; stopping it stops the worker.
    pub(crate) service: Service,
}

/// Calls a running worker, from every thread.
pub(crate) trait WorkerClient: fmt::Debug + Send + Sync {
    /// Runs a function. Dropping the future, or later the body of the result, gives the call up.
    ///
    /// # Errors
    /// The worker or its answer is broken; what the function throws is a result.
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a>;

    /// Asks the worker to end by itself, if it listens to that: how long it may take.
    fn shutdown_grace(&self) -> Option<Duration> {
        None
    }

    /// Waits until the worker takes no more calls although its process may run on.
    fn disconnected(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}
