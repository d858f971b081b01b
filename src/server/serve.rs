//! `cygnet serve`: all deployed environments at their hosts, followed as they change.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::auth::real::{AuthChoice, SharedSignIn, asks_for_real};
use crate::content::cache::FileCache;
use crate::deployment::model::ServedAt;
use crate::finding::Advice;
use crate::http::{AllowedHosts, HostPattern};
use crate::inspector::{Info, Inspector, Journal, Mode};
use crate::link::store::LinkPaths;
use crate::settings::{CallerRange, TlsSetting};
use crate::store::locator::{Locator, Verb};
use crate::store::state_dir::state_dir;

use super::control::{self, Control, StopRequest};
use super::readiness::Readiness;
use super::request_log::RequestLog;
use super::sites::builder::{Common, SiteBuilder, sites};
use super::sites::functions::Reaper;
use super::sites::working_copy::{self, ServeLock};
use super::sites::{CurrentSites, Sites};
use super::store_follower::StoreFollower;
use super::tls::{self, Tls};
use super::{StartError, http, listen, signals, start, started, summary};
use crate::terminal::Printer;

/// What `cygnet serve` was asked for.
#[derive(Debug, Clone)]
pub struct ServeRequest {
    /// Where to listen.
    pub host: String,
    /// On which port; 0 picks a free one.
    pub port: u16,
    /// Whether and how to serve by HTTPS.
    pub tls: TlsSetting,
    /// Hosts that requests may be for, beside those that always are.
    pub allow_host: Vec<HostPattern>,
    /// Whether requests are remembered, and shown at `/.cygnet/`.
    pub inspect: bool,
    /// From where, besides this machine, that may be looked at.
    pub inspect_from: Vec<CallerRange>,
    /// Which providers sign in for real.
    pub auth: Vec<AuthChoice>,
    /// What all sites have in common; its port and what signs in for real are not known yet.
    pub common: Common,
}

/// Serves until asked to stop.
pub fn run(wanted: &ServeRequest) -> Result<(), StartError> {
    start::prepare_process();
    let paths = &wanted.common.paths;
    let running = ServeLock::take(paths)?.ok_or_else(|| StartError::Served {
        project: paths.project().to_path_buf(),
    })?;
    let state_dir = state_dir();
    let tls = tls::prepare(
        &wanted.tls,
        (&wanted.host, &wanted.allow_host),
        state_dir.as_deref(),
    )?;
    let listeners = listen::bind(&wanted.host, wanted.port)?.with_tls(tls.is_some());
    let sign_in = match asks_for_real(&wanted.auth) {
        false => None,
        true => {
            let shared = SharedSignIn::new(state_dir.as_deref())?;
            Some((wanted.auth.clone(), Arc::new(shared)))
        }
    };
    let common = Common {
        at: ServedAt {
            port: listeners.port,
            secure: listeners.secure,
        },
        sign_in,
        ..wanted.common.clone()
    };
    let served = actix_web::rt::System::new().block_on(serve(&common, wanted, listeners, tls));
    drop(running);
    served
}

async fn serve(
    common: &Common,
    wanted: &ServeRequest,
    listeners: listen::Listeners,
    tls: Option<Tls>,
) -> Result<(), StartError> {
    let started = Instant::now();
    let current = Arc::new(CurrentSites::default());
    let locator = Locator::of_process(
        Verb::Serve,
        (&listeners.url(), listeners.port),
        common.paths.project(),
        "deployments".to_owned(),
    );
    let stop = StopRequest::default();
    let control = Control::new(&locator, Readiness::Deployments, stop.clone());
    let log = RequestLog::start(common.printer);
    let url = listeners.url();
    listeners.announce(common.printer);
    let served = http::Served::Many(Arc::clone(&current));
    let journal = wanted.inspect.then(Arc::<Journal>::default);
    let inspector = inspector(wanted, url.clone(), &served, journal.as_ref());
    let hosts = served.allowed_hosts(AllowedHosts::new(listeners.host(), &wanted.allow_host));
    // What changes from here on is seen.
    let links = LinkPaths::of(common.paths.project())
        .inspect_err(|error| {
            common
                .printer
                .note(format_args!("links are not followed: {error}"))
        })
        .ok();
    common.personas.tell(&common.personas.read());
    let mut updater = SiteUpdater::new(
        (common, journal),
        links,
        hosts.clone(),
        Arc::clone(&current),
    );
    working_copy::tidy(&common.paths, common.paths.peek().ok().flatten().as_ref());
    updater.look().await;
    let trust = tls.as_ref().and_then(summary::trust);
    let shutdown = signals::ShutdownSignals::listen(stop);
    let (server, handle) =
        http::start(listeners, tls, served, hosts, (log, inspector, control)).await?;
    let _announced = control::announce(&locator);
    if let (Some((trust, hint)), false) = (trust, common.printer.is_quiet()) {
        common.printer.advise(trust, hint.as_deref());
    }
    let known = started::of(&locator, (started, wanted.inspect));
    tell(
        common.printer,
        (&url, &current.load()),
        known,
        started.elapsed(),
    );
    let following = actix_web::rt::spawn(updater.follow());
    let stop = async {
        following.abort();
        let sites = current.load_full();
        let functions = sites.all().filter_map(|site| site.functions.as_ref());
        let hosts = functions.map(|functions| functions.host());
        futures_util::future::join_all(hosts.map(|host| async move { host.stop().await })).await;
        // Not graceful: an open event stream would hold us up.
        handle.stop(false).await;
    };
    signals::until(shutdown, server, signals::ShutdownSignals::wait, stop).await;
    Ok(())
}

fn inspector(
    wanted: &ServeRequest,
    url: String,
    served: &http::Served,
    journal: Option<&Arc<Journal>>,
) -> Option<Arc<Inspector>> {
    let info = Info {
        mode: Mode::Serve,
        urls: vec![url],
        content: None,
        dev_server: None,
        project: wanted.common.paths.project().to_path_buf(),
        from: wanted.inspect_from.clone(),
    };
    let environments = Arc::new(served.clone());
    let journal = Arc::clone(journal?);
    Some(Arc::new(Inspector::new(info, environments, journal)))
}

/// The line that it has started is always there, as for `cygnet start`: tools wait for it.
fn tell(printer: Printer, (url, sites): (&str, &Sites), mut known: Value, took: Duration) {
    let line = summary::started(url);
    if printer.is_for_programs() {
        let environments = sites.list.iter();
        let environments: Value = environments
            .map(|(name, url)| json!({ "name": name, "url": url }))
            .collect();
        // Before the line that requests wait for, so that it is the first value.
        known["environments"] = environments;
        printer.object(known);
    }
    if !printer.is_for_people() {
        return printer.data(&line);
    }
    let mut text = format!(
        "Cygnet {}, deployed environments\n\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, address) in &sites.list {
        text.push_str(&format!("  {name:<18} {address}\n"));
    }
    if sites.list.is_empty() {
        text.push_str("  nothing is deployed yet: cygnet deploy\n");
    }
    text.push_str(&format!(
        "  ready in           {} ms\n\n{line}",
        took.as_millis()
    ));
    printer.data(&text);
}

/// Keeps the sites as the files of the store and of the links say.
struct SiteUpdater {
    builder: SiteBuilder,
    follower: StoreFollower,
    current: Arc<CurrentSites>,
}

impl SiteUpdater {
    fn new(
        (common, journal): (&Common, Option<Arc<Journal>>),
        links: Option<LinkPaths>,
        hosts: AllowedHosts,
        current: Arc<CurrentSites>,
    ) -> Self {
        let files = vec![common.paths.state_file()];
        Self {
            builder: SiteBuilder {
                common: common.clone(),
                reaper: Reaper::start(),
                told: Mutex::default(),
                journal,
                files: FileCache::default(),
            },
            follower: StoreFollower::new(links, files, hosts, common.printer),
            current,
        }
    }

    async fn follow(mut self) {
        loop {
            self.follower.changed().await;
            self.look().await;
        }
    }

    /// Takes what the files say now. What cannot be read changes nothing.
    async fn look(&mut self) {
        let mut problems = Vec::new();
        let state = self.builder.common.paths.peek().unwrap_or_else(|error| {
            let hint = error.hint().map(|hint| format!(" ({hint})"));
            problems.push(format!("{error}{}", hint.unwrap_or_default()));
            None
        });
        let hint = "everything stays as it was served before";
        let Ok(links) = self.follower.links(problems, hint) else {
            return;
        };
        let printer = self.builder.common.printer;
        let before = self.current.load_full();
        let now = match &state {
            Some(state) => {
                let links = links.as_ref().zip(self.follower.paths());
                sites(&self.builder, state, links, &before).await
            }
            None => Sites::default(),
        };
        let now = Arc::new(now);
        self.current.store(Arc::clone(&now));
        if let Some(journal) = &self.builder.journal {
            journal.changed("environments");
        }
        if !before.list.is_empty() && before.list != now.list {
            for (name, url) in now.list.iter().filter(|entry| !before.list.contains(entry)) {
                printer.note(format_args!("environment `{name}` answers at {url}"));
            }
            for (name, _) in before.list.iter().filter(|entry| !now.list.contains(entry)) {
                printer.note(format_args!("environment `{name}` is gone"));
            }
        }
        if let Some(links) = &links {
            self.follower.update_listeners(links);
        }
    }
}
