//! What answers beside us: the backend of `/api`, the database connection, the dev server. Started first, followed once
//! the server listens, given back to be stopped.

use std::sync::Arc;

use crate::backend::Backend;
use crate::data_api::DataApi;
use crate::devserver::{DevServer, Printed, Run};
use crate::functions::{HostConfig, Port, port};
use crate::http::AllowedHosts;
use crate::inspector::Journal;
use crate::live::Hub;
use crate::settings::{ApiSettings, Settings};
use crate::terminal::Printer;

use super::{StartError, api, data_api, dev_server, inspected};

/// What the settings start beside the server, or name elsewhere.
pub(super) struct Upstreams {
    pub(super) backend: Backend,
    /// Where the functions can be called directly.
    own_port: Option<Port>,
    pub(super) data_api: Option<DataApi>,
    pub(super) dev_server: Option<DevServer>,
    /// With what it prints, if that is to say where the dev server listens.
    run: Option<(Run, Option<Printed>)>,
}

impl Upstreams {
    /// Starts what is to be started. Functions use `api_runtime` if the settings name no language.
    pub(super) fn start(
        settings: &Settings,
        api_runtime: Option<&str>,
        (printer, journal): (Printer, Option<&Arc<Journal>>),
    ) -> Result<Self, StartError> {
        let (app, api, project) = (&settings.app, &settings.api, &settings.project);
        let own_port = api::own_port(api, printer);
        let backend = api::backend(
            api,
            project,
            api_runtime,
            own_port.as_ref().map(Port::number),
            journal,
        )?;
        let run = dev_server::run(app, project, printer);
        let command = run.as_ref().map(|(run, _)| run);
        Ok(Self {
            backend,
            own_port,
            data_api: data_api::of(&settings.data_api, &project.child_env, printer)?,
            dev_server: dev_server::of(app, command)?,
            run,
        })
    }

    /// How the functions are run, if there are functions.
    pub(super) fn functions(&self) -> Option<&HostConfig> {
        match &self.backend {
            Backend::Managed(host) => Some(host.config()),
            Backend::None | Backend::BringYourOwn(_) => None,
        }
    }

    /// Says what becomes of each, in tasks of their own; gives back what has to be stopped at the end.
    pub(super) fn follow(
        self,
        api: &ApiSettings,
        live: Option<&Hub>,
        hosts: AllowedHosts,
        (printer, journal): (Printer, Option<Arc<Journal>>),
    ) -> (Backend, Option<Run>, Option<DataApi>) {
        if let Backend::Managed(host) = &self.backend {
            actix_web::rt::spawn(api::tell(host.clone(), printer));
            if let Some(journal) = journal {
                actix_web::rt::spawn(inspected::tell(host.status(), journal));
            }
            if let Some(port) = self.own_port {
                actix_web::rt::spawn(port::serve(port, host.clone(), hosts));
            }
            if let (Some(hub), Some(folder)) = (live, api.folder()) {
                let folder = folder.to_path_buf();
                actix_web::rt::spawn(api::show(host.clone(), hub.clone(), folder));
            }
        }
        if let Some(data_api) = self.data_api.clone() {
            actix_web::rt::spawn(data_api::tell(data_api, printer));
        }
        let run = self.run.as_ref().map(|(run, _)| run.clone());
        dev_server::follow(self.dev_server, self.run, printer);
        (self.backend, run, self.data_api)
    }
}
