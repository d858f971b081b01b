//! Everything that a deployment is refused for, found at once and before anything is written.

use std::path::{Path, PathBuf};

use super::model::DeploymentState;
use super::name::EnvironmentId;
use crate::artefact::content_folder::{ContentFolder, ContentRules};
use crate::artefact::{Artefact, ScanError};
use crate::check::{self, Api, AppTarget, Report};
use crate::environment::load::Configuration;
use crate::environment::search_paths::ConfigSearchPaths;
use crate::finding::Finding;
use crate::link::model::{Link, Plan};

/// Most bytes of the functions of an environment (AP-69).
pub const MAX_API_BYTES: u64 = 104_857_600;

/// What is to be deployed, and as what.
#[derive(Debug, Clone)]
pub struct DeployRequest {
    /// The environment.
    pub id: EnvironmentId,
    /// The plan of the app; `None`: as before, Standard at first.
    pub plan: Option<Plan>,
    /// The name of the app; `None`: as before, the name of its folder at first.
    pub name: Option<String>,
    /// The base folder of the project, which paths are shown from.
    pub base: PathBuf,
    /// Where the configuration may be, and the folder that is deployed.
    pub search_paths: ConfigSearchPaths,
    /// What else says which files are content.
    pub content: ContentRules,
    /// The folder of managed functions.
    pub api: Option<PathBuf>,
}

/// What lies on the disk, read once: what is checked is what is deployed.
#[derive(Debug)]
pub struct Scanned {
    /// The built app.
    pub content: Result<Artefact, ScanError>,
    /// The functions; empty without any.
    pub api: Result<Artefact, ScanError>,
    /// The configuration.
    pub configuration: Configuration,
}

impl Scanned {
    /// Reads what is to be deployed.
    pub fn read(wanted: &DeployRequest) -> Self {
        let api = wanted.api.as_deref();
        let root = wanted.search_paths.output_location.clone();
        Self {
            content: Artefact::scan(&ContentFolder::new(root, &wanted.content)),
            api: api.map_or_else(|| Ok(Artefact::default()), Artefact::scan_api),
            configuration: Configuration::read(&wanted.search_paths),
        }
    }
}

/// Limits of a plan (EN-30…EN-33).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of one environment, in bytes.
    pub environment: u64,
    /// Of all environments together, in bytes.
    pub all: u64,
    /// Preview environments.
    pub previews: usize,
}

impl Limits {
    /// The limits of a plan.
    pub fn of(plan: Plan) -> Self {
        match plan {
            Plan::Free => Self {
                environment: check::artefact::MAX_BYTES_FREE,
                all: 524_288_000,
                previews: 3,
            },
            Plan::Standard => Self {
                environment: check::artefact::MAX_BYTES_STANDARD,
                all: 2_147_483_648,
                previews: 10,
            },
        }
    }
}

/// All findings. [`Report::errors`] of them keep the deployment from being made.
pub fn check(
    wanted: &DeployRequest,
    state: &DeploymentState,
    links: &[Link],
    scanned: &Scanned,
) -> Report {
    let plan = wanted.plan.unwrap_or(state.app.plan);
    let app = AppTarget {
        search_paths: wanted.search_paths.clone(),
        content: wanted.content.clone(),
        api: match (&wanted.api, linked(wanted, links)) {
            (Some(folder), _) => Api::Folder(folder.clone()),
            (None, Some(_)) => Api::Elsewhere,
            (None, None) => Api::None,
        },
        plan: Some(plan),
    };
    let mut report = check::check_app(
        &app,
        &scanned.configuration,
        scanned.content.as_ref(),
        &wanted.base,
    );
    let mut refuse = |rule, place: &Path, message: String, hint: &str| {
        let place = place.strip_prefix(&wanted.base).unwrap_or(place);
        let place = match place.as_os_str().is_empty() {
            true => PathBuf::from("."),
            false => place.to_path_buf(),
        };
        let found = Finding::refused(rule, place, message);
        report.findings.push(found.hint(hint));
    };
    let limits = Limits::of(plan);
    let others = || state.environments.iter().filter(|it| it.id != wanted.id);
    let previews = others().filter(|it| it.id.is_preview()).count();
    if wanted.id.is_preview() && previews >= limits.previews {
        refuse(
            "EN-6",
            &wanted.search_paths.output_location,
            format!(
                "the app has {previews} preview environments, and the {} plan allows {}: no further one can be made",
                title(plan),
                limits.previews
            ),
            "cygnet environments delete ID, or deploy to one of them",
        );
    }
    if let Some(other) = others().find(|it| it.id.label() == wanted.id.label()) {
        refuse(
            "EN-2",
            &wanted.search_paths.output_location,
            format!(
                "environment `{}` ({}) has the host that `{}` would get",
                other.id,
                other.id.kind(),
                wanted.id
            ),
            "give it another name, or delete the other one",
        );
    }
    let stored: u64 = others()
        .filter_map(|it| it.deployment())
        .map(|deployment| deployment.bytes)
        .sum();
    let size = scanned.content.as_ref().map_or(0, Artefact::bytes);
    if stored + size > limits.all {
        refuse(
            "EN-31",
            &wanted.search_paths.output_location,
            format!(
                "with its {size} bytes all environments together have {}, and the {} plan allows {}",
                stored + size,
                title(plan),
                limits.all
            ),
            "cygnet environments delete ID",
        );
    }
    if let Some(api) = &wanted.api {
        if let Some(link) = linked(wanted, links) {
            refuse(
                "AP-1",
                api,
                format!(
                    "the environment is linked to {} `{}`, and has one API at a time",
                    link.kind.title(),
                    link.name
                ),
                "deploy without --api-location, or cygnet backends unlink",
            );
        }
        if let Err(error) = &scanned.api {
            refuse(
                "CF-97",
                &error.path,
                format!("the functions cannot be deployed: {error}"),
                "make it readable, or remove a link that leads nowhere",
            );
        }
        let size = scanned.api.as_ref().map_or(0, Artefact::bytes);
        if size > MAX_API_BYTES {
            refuse(
                "AP-69",
                api,
                format!("the functions have {size} bytes, and {MAX_API_BYTES} are allowed"),
                "move large files to a storage account",
            );
        }
    }
    report
}

/// The link of the environment, if it can have one (EN-12).
fn linked<'a>(wanted: &DeployRequest, links: &'a [Link]) -> Option<&'a Link> {
    let name = wanted.id.link_name();
    let mut links = links.iter();
    wanted
        .id
        .may_be_linked()
        .then(|| links.find(|link| link.environment.eq_ignore_ascii_case(&name)))
        .flatten()
}

fn title(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "Free",
        Plan::Standard => "Standard",
    }
}
