//! Managed functions of one deployment with one set of settings (EN-9, EN-13).
//!
//! Sites share them: one that changes in another way, its password say, takes them over as they run. They end when the last
//! site that has them is gone, and requests in flight hold theirs: a call is answered by the deployment that it came to, even
//! if that has to start first.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Sites;
use super::builder::SiteBuilder;
use super::working_copy::{self, WorkingCopyLease};
use crate::deployment::model::Environment;
use crate::functions::{FunctionsHost, HostConfig, Output};
use crate::server::inspected::{self, kept};
use crate::store::StoreError;

/// How long a response may still flow from functions that are served no more: longer than a call may last (B1-9).
const PATIENCE: Duration = Duration::from_secs(60);

/// The functions of one deployed environment, ended some time after they are dropped: responses may still flow.
#[derive(Debug)]
pub struct Functions {
    fingerprint: Vec<u8>,
    /// Taken out when they end.
    parts: Option<Parts>,
    host: FunctionsHost,
    reaper: UnboundedSender<Parts>,
}

#[derive(Debug)]
struct Parts {
    host: FunctionsHost,
    lease: WorkingCopyLease,
}

impl Functions {
    /// Those of an environment: the ones that run already, if nothing that they are made of changed.
    pub(super) async fn of(
        builder: &SiteBuilder,
        environment: &Environment,
        api_runtime: Option<&str>,
        before: &Sites,
    ) -> Result<Arc<Self>, StoreError> {
        let common = &builder.common;
        let settings = &environment.app_settings;
        // Strings always serialize.
        let fingerprint = serde_json::to_vec(&(&environment.active, settings)).unwrap_or_default();
        let mut known = before.all().filter_map(|site| site.functions.as_ref());
        if let Some(known) = known.find(|it| it.fingerprint == fingerprint) {
            return Ok(Arc::clone(known));
        }
        let lease = working_copy::lease(&common.paths, &environment.active).await?;
        let output = Output::terminal_of(common.printer, format!("api {}", environment.id));
        let name = environment.id.to_string().into();
        let host = FunctionsHost::start(HostConfig {
            api_runtime: api_runtime.map(str::to_owned),
            install: common.install,
            environment: settings.clone().into_iter().collect(),
            output: kept(builder.journal.as_ref(), name, output),
            idle: Some(common.idle),
            ..HostConfig::new(lease.folder())
        });
        if let Some(journal) = &builder.journal {
            let told = inspected::tell(host.status(), Arc::clone(journal));
            actix_web::rt::spawn(told);
        }
        Ok(Arc::new(Self {
            fingerprint,
            host: host.clone(),
            parts: Some(Parts { host, lease }),
            reaper: builder.reaper.0.clone(),
        }))
    }

    /// A handle on them.
    pub fn host(&self) -> FunctionsHost {
        self.host.clone()
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            // Nobody is there to take them at the very end, when everything stops anyway.
            let _ = self.reaper.send(parts);
        }
    }
}

/// Where functions go that nobody can call any more.
#[derive(Debug, Clone)]
pub struct Reaper(UnboundedSender<Parts>);

impl Reaper {
    /// At work from now on; must be called on actix's runtime.
    pub fn start() -> Self {
        let (sender, ended) = unbounded_channel();
        actix_web::rt::spawn(drain(ended));
        Self(sender)
    }
}

/// Lets responses flow to their end, stops the workers, and removes their folder if nobody else runs in it.
async fn drain(mut ended: UnboundedReceiver<Parts>) {
    while let Some(Parts { host, lease }) = ended.recv().await {
        actix_web::rt::spawn(async move {
            let _ = tokio::time::timeout(PATIENCE, host.quiet()).await;
            host.stop().await;
            lease.release().await;
        });
    }
}
