//! `cygnet functions list`: what the folder of the API answers, found by starting it as `cygnet start` does.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::exit::ExitCode;
use super::location_args::AppArgs;
use super::report::{self, Failure};
use crate::environment::load::Configuration;
use crate::functions::{FunctionInfo, FunctionsHost, HostConfig, HostStatus, Output};
use crate::server::api;
use crate::settings::{self, Settings};

/// Packages may have to be installed first.
const PATIENCE: Duration = Duration::from_secs(600);

/// What was typed after `cygnet functions`.
#[derive(Debug, Clone, Args)]
pub struct FunctionsArgs {
    #[command(subcommand)]
    command: FunctionsCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum FunctionsCommand {
    /// Each HTTP function: name, methods, address, and the place of its code
    List(Box<List>),
}

#[derive(Debug, Clone, Args)]
struct List {
    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    app: AppArgs,
}

/// Starts the app, prints its functions, ends it.
///
/// # Errors
/// There is no folder of functions, or it cannot be run.
pub fn run(args: &FunctionsArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let FunctionsCommand::List(args) = &args.command;
    let settings = args.app.resolve(None, earlier)?;
    let Some(config) = api::host_config(&settings.api, &settings.project) else {
        return Err(Failure {
            message: "there is no folder of functions".to_owned(),
            hint: Some("cygnet functions list --api-location api".to_owned()),
            code: ExitCode::Usage,
            ..Failure::default()
        });
    };
    let config = HostConfig {
        output: Output::to_stderr(report::PRINTER),
        api_runtime: Configuration::read(&settings.app.config_search_paths())
            .api_runtime()
            .map(str::to_owned),
        ..config
    };
    let functions = actix_web::rt::System::new().block_on(async {
        let host = FunctionsHost::start(config);
        let functions = ready(&host).await;
        host.stop().await;
        functions
    })?;
    let each = functions.iter();
    if args.json {
        let all: Value = each.map(|each| shown(each, &settings)).collect();
        report::json(json!({ "functions": all }));
    } else {
        report::data(&each.map(|each| line(each, &settings)).collect::<String>());
    }
    Ok(ExitCode::Stopped)
}

async fn ready(host: &FunctionsHost) -> Result<Vec<FunctionInfo>, Failure> {
    let mut status = host.status();
    let known =
        status.wait_for(|status| !status.is_starting() && !matches!(status, HostStatus::Asleep));
    let failed = |message: String, hint: String| Failure {
        message,
        hint: Some(hint),
        code: ExitCode::CannotStart,
        ..Failure::default()
    };
    match tokio::time::timeout(PATIENCE, known).await {
        Ok(Ok(status)) => match &*status {
            HostStatus::Failed(error) => Err(failed(error.message.clone(), error.hint.clone())),
            status => status.functions().ok_or_else(|| {
                failed(
                    "the functions were stopped".to_owned(),
                    "try again".to_owned(),
                )
            }),
        },
        _ => Err(failed(
            format!(
                "the functions did not start within {} s",
                PATIENCE.as_secs()
            ),
            "what they said is above".to_owned(),
        )),
    }
}

fn url(function: &FunctionInfo, settings: &Settings) -> String {
    format!(
        "http://localhost:{}/{}",
        settings.server.port.value, function.route
    )
}

fn shown(function: &FunctionInfo, settings: &Settings) -> Value {
    json!({
        "name": function.name,
        "methods": function.methods,
        "route": function.route,
        "url": url(function, settings),
        "source": function.source,
        "authLevel": function.auth_level,
        "inactiveBindings": function.inactive,
    })
}

fn line(function: &FunctionInfo, settings: &Settings) -> String {
    let methods = match function.methods.is_empty() {
        true => "any".to_owned(),
        false => function.methods.join(","),
    };
    let source = function.source.as_deref().unwrap_or_default();
    let mut line = format!(
        "{:<20} {methods:<12} {:<50} {source}\n",
        function.name,
        url(function, settings)
    );
    for binding in &function.inactive {
        line.push_str(&format!("{:<20} {binding} does nothing here (AP-86)\n", ""));
    }
    line
}
