//! `cygnet environments`: what there is, and back to what there was.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{ProjectArgs, failure, nothing, open, view};
use crate::cli::exit::ExitCode;
use crate::cli::report::Failure;
use crate::cli::running::serving::ServePortArgs;
use crate::deployment::environments::{self as act, ActError};
use crate::deployment::model::{DeploymentState, Environment};
use crate::link::store::LinkPaths;
use crate::settings;

/// What was typed after `cygnet environments`.
#[derive(Debug, Clone, Args)]
pub struct EnvironmentsArgs {
    #[command(subcommand)]
    command: EnvironmentsCommand,

    #[command(flatten)]
    project: ProjectArgs,

    #[command(flatten)]
    serve: ServePortArgs,
}

#[derive(Debug, Clone, Subcommand)]
enum EnvironmentsCommand {
    /// All environments
    List,
    /// One environment
    Show {
        /// `production`, the number of a pull request, the name of a branch or of an environment
        id: String,
    },
    /// Delete an environment: its host is gone, as when a pull request is closed
    Delete {
        /// As for `show`
        id: String,
    },
    /// The deployments of an environment, newest first; `*` marks the one that is served
    History {
        /// As for `show`
        #[arg(default_value = "production")]
        id: String,
    },
    /// Serve an earlier deployment again
    Rollback {
        /// As for `show`
        id: String,
        /// The deployment, as `history` names it [default: the one before]
        #[arg(long, value_name = "DEPLOYMENT")]
        to: Option<String>,
    },
    /// Read every file of every deployment, and compare it with what was deployed
    Verify,
}

/// Does it and says what came of it.
///
/// # Errors
/// There is no such environment or deployment, something is damaged, or the disk.
pub fn run(args: &EnvironmentsArgs, _earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let project = &args.project;
    let base = project.base()?;
    let served_at = || args.serve.find(&base).at;
    match &args.command {
        EnvironmentsCommand::List => {
            let state = project.look()?;
            let at = served_at();
            let all = state.environments.iter();
            let value: Value = all.map(|it| view::environment(&state, it, at)).collect();
            project.say(&view::list(&state, at), json!({ "environments": value }));
        }
        EnvironmentsCommand::Show { id } => {
            let state = project.look()?;
            let found = find(&state, id)?;
            let at = served_at();
            let links = LinkPaths::of(&base)?.peek(&mut Vec::new());
            let link = found.id.link(&links.project);
            let mut value = view::environment(&state, found, at);
            value["link"] = json!(link.map(view::link));
            project.say(&view::one(&state, found, link, at), value);
        }
        EnvironmentsCommand::History { id } => {
            let state = project.look()?;
            let found = find(&state, id)?;
            let all = found.history.iter();
            let value: Value = all
                .map(|it| view::deployment(it, it.id == found.active))
                .collect();
            let value = json!({ "environment": found.id.to_string(), "deployments": value });
            project.say(&view::history(found), value);
        }
        EnvironmentsCommand::Delete { id } => {
            let (session, mut state) = project.change()?;
            let deleted = act::delete(&session, &mut state, id)?;
            let value = json!({ "deleted": deleted.to_string() });
            project.say(
                &format!("environment `{deleted}` is deleted; its host answers no more\n"),
                value,
            );
        }
        EnvironmentsCommand::Rollback { id, to } => {
            let (session, mut state) = project.change()?;
            let (id, deployment) = act::rollback(&session, &mut state, id, to.as_deref())?;
            let text = format!(
                "environment `{id}` serves deployment {} again\n",
                deployment.id
            );
            let mut value = view::deployment(&deployment, true);
            value["environment"] = json!(id.to_string());
            project.say(&text, value);
        }
        EnvironmentsCommand::Verify => return verify(project),
    }
    Ok(ExitCode::Stopped)
}

fn verify(project: &ProjectArgs) -> Result<ExitCode, Failure> {
    let paths = project.paths()?;
    let session = open(&paths)?;
    let state = session.state()?.ok_or_else(nothing)?;
    let wrong = act::verify(&session, &state)?;
    let deployments = state.snapshots().count();
    let value = json!({ "deployments": deployments, "damaged": wrong });
    if wrong.is_empty() {
        project.say(
            &format!("{deployments} deployments are as they were made\n"),
            value,
        );
        return Ok(ExitCode::Stopped);
    }
    project.say(
        &wrong
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
        value,
    );
    Err(failure(
        format!("{} files of the deployments are damaged", wrong.len()),
        "deploy again; roll back to a deployment that is not named above",
    ))
}

fn find<'a>(state: &'a DeploymentState, id: &str) -> Result<&'a Environment, Failure> {
    let found = state
        .find(id)
        .ok_or_else(|| ActError::Unknown(id.to_owned()))?;
    Ok(found)
}
