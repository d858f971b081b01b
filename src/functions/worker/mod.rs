//! The two seams between the host and a language: a [`Language`] starts a worker, [`Calls`] is the way to a running one.
//!
//! Node.js and Python run our own worker programs, which are spoken to alike ([`self::bundled::bundled_worker`]). What is started in another
//! way (the workers of Azure over gRPC, custom handlers) is one more file with these two traits.

pub(crate) mod bundled;
mod core_tools;
pub(crate) mod custom;
pub(crate) mod forward;
pub(crate) mod grpc;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, LocalBoxFuture};

use self::bundled::node::NodeApps;
use self::bundled::protocol::{CallMeta, ResultMeta};
use self::bundled::python::PythonApps;
use self::core_tools::FuncApps;
use self::custom::CustomApps;
use self::grpc::GrpcApps;
use crate::functions::app::discovery::{App, Function};
use crate::functions::app::runtime::Runtime;
use crate::functions::error::Trouble;
use crate::functions::host::supervisor::Setup;
use crate::functions::output::Output;
use crate::http::body::{Body, BoxError};
use crate::process::{GroupChild, Guard};

/// What a start works with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) app: &'a App,
    pub(crate) guard: &'a Guard,
    pub(crate) output: &'a Output,
    pub(crate) memory: &'a Memory,
    /// Where the host can be called without the front door.
    pub(crate) own_port: Option<u16>,
}

/// A language whose apps can be run.
pub(crate) trait Language {
    /// Starts a worker, passes on what it logs from its first moment, and asks it for its functions.
    ///
    /// # Errors
    /// It ended, took too long, or could not load the app.
    fn start<'a>(&'a self, ground: Ground<'a>) -> LocalBoxFuture<'a, Result<Started, Trouble>>;
}

/// The language of a runtime.
pub(crate) fn of(runtime: &Runtime, setup: &Setup) -> Box<dyn Language> {
    match runtime {
        Runtime::Node => Box::new(NodeApps {
            program: setup.node_program.clone(),
            install: setup.install,
            debug: setup.manner.debug,
        }),
        Runtime::Python => Box::new(PythonApps {
            install: setup.install,
            debug: setup.manner.debug,
        }),
        Runtime::Custom => Box::new(CustomApps),
        Runtime::Func => Box::new(FuncApps {
            arguments: setup.manner.func_args.clone(),
        }),
        Runtime::Grpc(worker) => Box::new(GrpcApps {
            worker: worker.clone(),
            install: setup.install,
        }),
    }
}

/// A worker that is ready.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) calls: Box<dyn Calls>,
    /// The functions that it can run, in any order.
    pub(crate) functions: Vec<Function>,
    /// The process; stopping it stops the worker.
    pub(crate) child: GroupChild,
}

/// The way to a running worker, from every thread.
pub(crate) trait Calls: fmt::Debug + Send + Sync {
    /// Runs a function. Dropping the future, or later the body of the answer, gives the call up.
    ///
    /// # Errors
    /// The worker or its answer is broken; what the function throws is an answer.
    fn invoke<'a>(
        &'a self,
        call: &'a CallMeta<'a>,
        body: Body,
    ) -> BoxFuture<'a, Result<(ResultMeta, Body), BoxError>>;

    /// Asks the worker to end by itself, if it listens to that: how long it may take.
    fn farewell(&self) -> Option<Duration> {
        None
    }

    /// Waits until the worker takes no more calls although its process may run on.
    fn lost(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// What was done for the app before: a restart notices what changed, and does not do it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    installed: Option<String>,
    built: Option<SystemTime>,
    /// The app's own watch script; it ends with the last handle.
    watching: Option<GroupChild>,
}

impl Memory {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a list of packages was kept, and it was another one.
    pub(crate) fn differs(&self, list: &str) -> bool {
        let kept = self.kept();
        kept.installed.as_deref().is_some_and(|kept| kept != list)
    }

    /// Keeps the list of packages that is installed.
    pub(crate) fn keep(&self, list: String) {
        self.kept().installed = Some(list);
    }

    /// When the app was last built here.
    pub(crate) fn built(&self) -> Option<SystemTime> {
        self.kept().built
    }

    /// Notes when a build began.
    pub(crate) fn note_build(&self, begun: SystemTime) {
        self.kept().built = Some(begun);
    }

    /// Whether the app's watch script runs.
    pub(crate) fn is_watching(&self) -> bool {
        self.kept().watching.is_some()
    }

    /// Keeps the app's watch script, or forgets it.
    pub(crate) fn watch(&self, script: Option<GroupChild>) {
        self.kept().watching = script;
    }
}
