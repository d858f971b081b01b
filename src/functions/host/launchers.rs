//! Which launcher starts the worker of a runtime: the one place that knows every kind.

use crate::functions::app::runtime::Runtime;
use crate::functions::worker::WorkerLauncher;
use crate::functions::worker::bundled::node::NodeLauncher;
use crate::functions::worker::bundled::python::PythonLauncher;
use crate::functions::worker::core_tools::CoreToolsLauncher;
use crate::functions::worker::custom::CustomLauncher;
use crate::functions::worker::grpc::GrpcLauncher;

pub(crate) fn launcher(runtime: &Runtime) -> Box<dyn WorkerLauncher> {
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
