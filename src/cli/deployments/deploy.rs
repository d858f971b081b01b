//! `cygnet deploy`: everything that production checks, then a snapshot that `cygnet serve` shows.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use tokio::sync::mpsc::unbounded_channel;

use super::{ProjectArgs, failure, open, usage, view};
use crate::check::{Report, json as findings};
use crate::cli::exit::ExitCode;
use crate::cli::guide;
use crate::cli::location_args::LocationArgs;
use crate::cli::report::{self, Failure};
use crate::cli::running::serving::{ServePortArgs, Serving};
use crate::deployment::checks::DeployRequest;
use crate::deployment::deploy::{Deployed, deploy, prepare};
use crate::deployment::name::EnvironmentId;
use crate::deployment::store;
use crate::link::model::{Plan, slug};
use crate::settings::{self, Settings};
use crate::watch::{self, Mode};

/// A build writes many files; it is deployed once nothing was written for this long.
const QUIET: Duration = Duration::from_millis(300);

/// What was typed after `cygnet deploy`.
#[derive(Debug, Clone, Args)]
pub struct DeployArgs {
    /// Folder with the built app [default: the output location of swa-cli.config.json, else .]
    #[arg(value_name = "OUTPUT_LOCATION")]
    pub output: Option<String>,

    /// Named environment to deploy to [default: production]
    #[arg(long, value_name = "NAME", group = "where")]
    pub environment: Option<String>,

    /// Deploy to the environment of a pull request, by its number
    #[arg(long, value_name = "N", group = "where")]
    pub pr: Option<u32>,

    /// Deploy to the environment of a branch
    #[arg(long, value_name = "BRANCH", group = "where")]
    pub branch: Option<String>,

    /// Plan of the app, whose limits count [default: as before, standard at first]
    #[arg(long, value_enum)]
    pub plan: Option<Plan>,

    /// Name of the app in its host names [default: as before, the name of the folder at first]
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,

    /// Check everything, deploy nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Deploy again whenever the built app, its configuration or its functions change
    #[arg(long, conflicts_with = "dry_run")]
    pub watch: bool,

    #[command(flatten)]
    serve: ServePortArgs,

    #[command(flatten)]
    pub(super) project: ProjectArgs,

    #[command(flatten)]
    location: LocationArgs,
}

/// Checks, deploys, says what production would answer then.
///
/// # Errors
/// Nothing was deployed: the settings cannot be resolved, a rule refuses, the disk.
pub fn run(args: &DeployArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let location = args.location.clone().with_output(args.output.as_deref());
    let mut settings = location.resolve(args.project.config.as_deref(), earlier)?;
    guide::complete_unasked(&mut settings, earlier);
    let wanted = wanted(args, &settings)?;
    if !args.watch {
        return once(args, &settings, &wanted);
    }
    follow(args, &settings, &wanted);
    Ok(ExitCode::Stopped)
}

fn wanted(args: &DeployArgs, settings: &Settings) -> Result<DeployRequest, Failure> {
    let named = |name: &String| EnvironmentId::named(name);
    let branch = |name: &String| EnvironmentId::branch(name);
    let id = match (&args.environment, args.pr, &args.branch) {
        (Some(name), ..) => named(name),
        (_, Some(number), _) => Ok(EnvironmentId::PullRequest(number)),
        (_, _, Some(name)) => branch(name),
        _ => Ok(EnvironmentId::Production),
    };
    if let Some(name) = args.app.as_ref().filter(|name| slug(name) != **name) {
        return Err(usage(
            format!(
                "`{name}` cannot be the name of an app: lower-case letters, digits and single hyphens"
            ),
            format!("--app {}", slug(name)),
        ));
    }
    Ok(DeployRequest {
        id: id.map_err(|error| {
            usage(
                error.to_string(),
                "--environment qa, --pr 17 or --branch feature/x",
            )
        })?,
        plan: args.plan,
        name: args.app.clone(),
        base: settings.project.base_dir.clone(),
        search_paths: settings.app.config_search_paths(),
        content: settings.content_rules(),
        api: settings.api.folder().map(Path::to_path_buf),
    })
}

fn once(
    args: &DeployArgs,
    settings: &Settings,
    wanted: &DeployRequest,
) -> Result<ExitCode, Failure> {
    let paths = store::StorePaths::of(&settings.project.base_dir);
    // A dry run waits for nobody and leaves nothing behind.
    let session = match args.dry_run {
        true => None,
        false => Some(open(&paths)?),
    };
    let mut prepared = prepare(&paths, wanted)?;
    let report = &prepared.report;
    if report.errors() > 0 {
        return Err(refused(args, report, wanted));
    }
    if !args.project.json {
        print(report);
    }
    let Some(session) = session else {
        let value = json!({ "deployed": false, "check": findings::value(report) });
        args.project
            .say("nothing keeps it from being deployed (--dry-run)\n", value);
        return Ok(ExitCode::Stopped);
    };
    let progress = (!args.project.json).then(|| report::PRINTER.progress("files stored"));
    let made = deploy(&session, &mut prepared, wanted, &|done, all| {
        if let Some(progress) = &progress {
            progress.set(done, all);
        }
    });
    drop(progress);
    let made = made?;
    let serving = args.serve.look(&settings.project.base_dir);
    let url = prepared.state.url(&made.id, serving.at);
    let mut value = view::deployment(&made.deployment, true);
    value["environment"] = json!(made.id.to_string());
    value["kind"] = json!(made.id.kind());
    value["isNew"] = json!(made.is_new);
    value["url"] = json!(url);
    value["serving"] = json!(serving.runs);
    value["check"] = findings::value(&prepared.report);
    args.project.say(&told(&made, &url, serving), value);
    Ok(ExitCode::Stopped)
}

fn refused(args: &DeployArgs, report: &Report, wanted: &DeployRequest) -> Failure {
    if !args.project.json {
        print(report);
    }
    let reasons = match report.errors() {
        1 => "1 reason".to_owned(),
        many => format!("{many} reasons"),
    };
    failure(
        format!(
            "the deployment to `{}` is refused, for {reasons}; nothing was changed",
            wanted.id
        ),
        "fix what is listed above; `cygnet deploy --dry-run` checks again",
    )
    .with_json("deployed", false)
    .with_json("check", findings::value(report))
}

fn print(report: &Report) {
    for finding in &report.findings {
        report::PRINTER.note(report.render(finding) + "\n");
    }
}

fn told(made: &Deployed, url: &str, serving: Serving) -> String {
    let deployment = &made.deployment;
    let api = match deployment.has_api {
        true => ", with managed functions",
        false => "",
    };
    let answers = match serving.runs {
        true => "`cygnet serve` answers there now",
        false => {
            "nothing answers there yet: `cygnet serve` does, and takes new deployments as they come"
        }
    };
    format!(
        "{} is deployed: {}{api}\n  {url}\n{answers}; nothing was sent to Azure\n",
        made.id,
        view::size(deployment),
    )
}

/// Deploys, and again at each change, until it is interrupted. A deployment that is refused leaves the former one.
fn follow(args: &DeployArgs, settings: &Settings, wanted: &DeployRequest) {
    let (sender, mut changes) = unbounded_channel();
    let roots = wanted.search_paths.watch_roots(wanted.api.as_deref());
    watch::start(roots, Mode::Native, move |change| {
        sender.send(change).is_ok()
    });
    let system = actix_web::rt::System::new();
    // What changes from here on is told.
    system.block_on(watch::begun(&mut changes));
    let deploy = || {
        if let Err(refused) = once(args, settings, wanted) {
            report::failure(report::PRINTER, &refused, args.project.json);
        }
    };
    deploy();
    if !args.project.json {
        report::data("watching; Ctrl-C ends\n");
    }
    while system.block_on(changes.recv()).is_some() {
        system.block_on(watch::until_quiet(&mut changes, QUIET, None, |_| true));
        deploy();
    }
}
