//! One start: look at the app, choose its launcher, start the worker, build its routes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::retire::RunningWorker;
use crate::functions::app::discovery::{self, DiscoveredApp};
use crate::functions::app::inactive;
use crate::functions::app::runtime::Runtime;
use crate::functions::call::worker_handle::WorkerHandle;
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;
use crate::functions::output::Output;
use crate::functions::routing::route_table::RouteTable;
use crate::functions::worker::WorkerLauncher;
use crate::functions::worker::bundled::node::NodeLauncher;
use crate::functions::worker::bundled::python::PythonLauncher;
use crate::functions::worker::core_tools::CoreToolsLauncher;
use crate::functions::worker::custom::CustomLauncher;
use crate::functions::worker::grpc::GrpcLauncher;
use crate::functions::worker::install_cache::InstallCache;
use crate::functions::worker::launch::LaunchContext;
use crate::functions::worker::stage::Stage;

/// A start that takes longer is worth a line.
const SLOW: Duration = Duration::from_secs(15);

/// Looks at the app and starts its worker.
pub(crate) async fn start(
    config: Arc<HostConfig>,
    cache: InstallCache,
    stage: Stage,
) -> Result<RunningWorker, HostError> {
    let app = look(Arc::clone(&config)).await?;
    let output = &config.output;
    let is_node = matches!(app.choice.runtime, Runtime::Node);
    // Apps for Node.js may be built first.
    let unbuilt = app.unbuilt.iter().filter(|_| !is_node);
    for warning in app.warnings.iter().chain(unbuilt) {
        output.warn(warning);
    }
    let context = LaunchContext {
        config: &config,
        app: &app,
        cache: &cache,
        stage: &stage,
    };
    stage.begin("its program");
    let launcher = launcher(&app.choice.runtime);
    let started = patiently(launcher.start(context), &stage, output).await?;
    let (table, notices) = RouteTable::build(&started.functions, app.host.only.as_deref());
    for notice in notices {
        output.warn(notice);
    }
    for function in table.infos() {
        if !function.inactive.is_empty() {
            let said = inactive::sentence(&function.name, &function.inactive);
            output.advise(said, inactive::HINT);
        }
    }
    for function in &started.functions {
        if app.settings.disables(&function.name) {
            output.warn(format!(
                "the function '{}' is switched off by AzureWebJobs.{}.Disabled; Azure answers 404, here it is called as `func` calls it",
                function.name, function.name
            ));
        }
    }
    Ok(RunningWorker {
        handle: Arc::new(WorkerHandle::new(started.client, table, app)),
        service: started.service,
    })
}

/// Says every now and then what a start waits for.
async fn patiently<T>(start: impl Future<Output = T>, stage: &Stage, output: &Output) -> T {
    tokio::pin!(start);
    loop {
        match tokio::time::timeout(SLOW, &mut start).await {
            Ok(started) => return started,
            Err(_) => output.info(format!("the functions are still starting: {stage}")),
        }
    }
}

async fn look(config: Arc<HostConfig>) -> Result<DiscoveredApp, HostError> {
    let looked = tokio::task::spawn_blocking(move || discovery::discover(&config)).await;
    looked.unwrap_or_else(|error| {
        Err(HostError::new(
            format!("cannot look at the app: {error}"),
            "report this as a bug",
        ))
    })
}

/// The one place that knows every kind of worker.
fn launcher(runtime: &Runtime) -> Box<dyn WorkerLauncher> {
    match runtime {
        Runtime::Node => Box::new(NodeLauncher),
        Runtime::Python => Box::new(PythonLauncher),
        Runtime::Custom => Box::new(CustomLauncher),
        Runtime::Func => Box::new(CoreToolsLauncher),
        Runtime::Grpc(worker) => Box::new(GrpcLauncher {
            worker: worker.clone(),
        }),
    }
}
