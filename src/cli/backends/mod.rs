//! `cygnet backends`: what `az staticwebapp backends` does, for the backends of this machine (BK-1). [`args`] is what was
//! typed, [`auth`] the owner of a backend, [`apim`] that of an instance of API Management, [`view`] how links look.

mod apim;
mod args;
mod auth;
mod view;

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::backend::Upstream;
use crate::finding::Finding;
use crate::http::Origin;
use crate::link::BackendKind;
use crate::link::actions::{self, Unlinked};
use crate::link::checks::{self, LinkRequest};
use crate::link::model::PROVIDER;
use crate::link::refusal::Refusal;
use crate::link::store::{self, LinkPaths, Session};
use crate::settings::{self, ApiSetting, Settings, ValueSource};

use super::exit::ExitCode;
use super::report::{self, Failure};
use super::running::serving;

pub use args::BackendsArgs;
use args::{BackendsCommand, LinkArgs};

/// How long a backend may take to accept a connection when a link is checked.
const REACH: Duration = Duration::from_secs(3);

/// Does it and says what came of it.
pub fn run(args: &BackendsArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let settings = args.app.resolve(None, earlier)?;
    let files = LinkPaths::of(&settings.project.base_dir).map_err(Failure::from)?;
    let mut session = Session::open(&files).map_err(Failure::from)?;
    for damaged in &session.damaged {
        report::warning(&Finding::remark(
            damaged,
            "what it said is forgotten; link again, or repair the copy and put it back",
        ));
    }
    let done = act(args, &settings, &mut session);
    match done {
        Ok(told) => {
            session.save().map_err(Failure::from)?;
            // Nobody else need wait for a backend that does not answer.
            drop(session);
            let mut told = told;
            if told.reaches_emulators {
                told.text.push_str(&here(&settings.project.base_dir));
            }
            match args.json {
                true => report::json(told.json),
                false => report::data(&told.text),
            }
            told.warnings.iter().for_each(report::warning);
            if let Some((url, Err(why))) = told.url.map(|url| (url.clone(), reach(&url))) {
                report::warning(&Finding::remark(
                    format!("nothing answers at {url}: {why}"),
                    "start the backend; until then /api is 500 `Backend call failure` (AP-42)",
                ));
            }
            Ok(ExitCode::Stopped)
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// What is said once everything is saved.
struct Report {
    text: String,
    json: Value,
    warnings: Vec<Finding>,
    /// Where something should answer by now.
    url: Option<String>,
    /// Whether emulators of the app take over what was changed.
    reaches_emulators: bool,
}

impl Report {
    fn new(text: String, json: Value) -> Self {
        Self {
            text,
            json,
            warnings: Vec::new(),
            url: None,
            reaches_emulators: false,
        }
    }
}

fn act(args: &BackendsArgs, settings: &Settings, session: &mut Session) -> Result<Report, Refusal> {
    let folder = settings.project.base_dir.display().to_string();
    let state = &mut session.state;
    match &args.command {
        BackendsCommand::Show => Ok(Report::new(view::text(state), view::json(state))),
        BackendsCommand::Link(link) => {
            let wanted = wanted(link, settings)?;
            let made = actions::link(state, &wanted, &folder)?;
            let mut told = about(state, &made, "linked");
            told.text.push_str("  in Azure  /api answers once static content was deployed (AP-14); never in the environment of a pull request (EN-12)\n");
            told.warnings = remarks(&wanted, settings);
            told.warnings.extend(auth::remark(state, &made));
            told.url = Some(wanted.url);
            Ok(told)
        }
        BackendsCommand::Validate(link) => {
            let wanted = wanted(link, settings)?;
            checks::check(state, &wanted)?;
            reach(&wanted.url).map_err(|why| unreachable(&wanted, &why))?;
            let text = format!("{} `{}` can be linked\n", wanted.kind.title(), wanted.url);
            Ok(Report::new(text, json!({ "valid": true })))
        }
        BackendsCommand::Relink { target, force } => {
            let made = actions::relink(state, &target.environment, *force, &folder)?;
            Ok(about(state, &made, "re-linked"))
        }
        BackendsCommand::Unlink {
            target,
            remove_backend_auth,
        } => {
            let unlinked = actions::unlink(state, &target.environment, *remove_backend_auth)?;
            Ok(told_unlinked(&unlinked, &target.environment))
        }
        BackendsCommand::Auth(args) => auth::auth(session, args),
        BackendsCommand::Apim { target, command } => {
            apim::by_hand(session, &target.environment, command)
        }
    }
}

fn wanted(link: &LinkArgs, settings: &Settings) -> Result<LinkRequest, Refusal> {
    let upstream = Upstream::parse(&link.url.to_string(), BackendKind::Functions)
        .map_err(|error| Refusal::new("AP-2", error.to_string(), "").usage())?;
    Ok(LinkRequest {
        kind: link.kind,
        name: link.name.clone(),
        url: upstream.url().to_owned(),
        environment: link.target.environment.clone(),
        plan: link.plan,
        region: link.region.clone(),
        force: link.force,
        has_managed_api: matches!(settings.api.target.value, ApiSetting::Folder(_)),
    })
}

/// What does not keep a link from being made, but surprises later.
fn remarks(wanted: &LinkRequest, settings: &Settings) -> Vec<Finding> {
    let mut remarks = Vec::new();
    if matches!(settings.api.target.value, ApiSetting::Url { .. })
        && !matches!(settings.api.target.source, ValueSource::Link(_))
    {
        remarks.push(Finding::remark(
            format!(
                "the API URL of {} wins over the link in `cygnet start`",
                settings.api.target.source
            ),
            "remove it, so that the link is used",
        ));
    }
    if wanted.region.is_none()
        && matches!(
            wanted.kind,
            BackendKind::Functions | BackendKind::AppService
        )
    {
        remarks.push(Finding::remark(
            "Azure demands the region of a backend of this kind (BK-2)",
            "it only matters there: --region REGION, which az calls --backend-region",
        ));
    }
    remarks
}

fn unreachable(wanted: &LinkRequest, why: &str) -> Refusal {
    Refusal::new(
        "BK-3",
        format!(
            "nothing answers at {}: {why}; network isolated backends are not supported (AP-8)",
            wanted.url
        ),
        "start the backend, or open it to the network",
    )
}

/// Whether something accepts connections there.
fn reach(url: &str) -> Result<(), String> {
    use std::net::{TcpStream, ToSocketAddrs};
    let origin: Origin = url.parse()?;
    let mut last = "the name does not resolve to an address".to_owned();
    for address in (origin.host_name(), origin.port())
        .to_socket_addrs()
        .map_err(|error| error.to_string())?
    {
        match TcpStream::connect_timeout(&address, REACH) {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

fn about(state: &store::LinkState, link: &crate::link::model::Link, done: &str) -> Report {
    let one = view::link_json(state, link);
    let mut text = format!(
        "{} `{}` at {} is {done} to environment `{}`\n",
        link.kind.title(),
        link.name,
        link.url,
        link.environment
    );
    text.push_str(&view::link_text(&one));
    Report {
        reaches_emulators: true,
        ..Report::new(text, one)
    }
}

/// Where the app runs now, so that a link answers there at once.
fn here(project: &Path) -> String {
    let urls: Vec<String> = serving::of_project(project)
        .into_iter()
        .map(|found| found.locator.url)
        .collect();
    match urls.is_empty() {
        true => {
            "  here      no emulator runs: `cygnet start`, or `cygnet serve` for what is deployed\n"
                .to_owned()
        }
        false => format!("  here      /api of {} from now on\n", urls.join(", ")),
    }
}

fn told_unlinked(unlinked: &Unlinked, environment: &str) -> Report {
    let mut text = match &unlinked.link {
        Some(link) => format!(
            "{} `{}` is unlinked from environment `{environment}`: /api is static content now\n",
            link.kind.title(),
            link.name
        ),
        None => String::new(),
    };
    if let Some(left) = &unlinked.left {
        text.push_str(&match unlinked.link.as_ref().map(|link| link.kind) {
            Some(BackendKind::ApiManagement) => {
                format!("product and subscription `{left}` stay in the instance (BK-14)\n")
            }
            _ => format!(
                "identity provider `{left}` stays on the backend, which keeps refusing direct calls (BK-12); cygnet backends unlink --remove-backend-auth removes it\n"
            ),
        });
    }
    if unlinked.removed_auth {
        text.push_str(&format!("identity provider `{PROVIDER}` is removed: {}\n", match unlinked.is_open {
            true => "the backend is open to everyone",
            false => "authentication of its own stays on; cygnet backends auth --remove-authentication removes that",
        }));
    }
    let json = json!({
        "environment": environment,
        "unlinked": unlinked.link.as_ref().map(|link| &link.name),
        "left": unlinked.left,
        "removedBackendAuth": unlinked.removed_auth,
    });
    Report {
        reaches_emulators: unlinked.link.is_some(),
        ..Report::new(text, json)
    }
}
