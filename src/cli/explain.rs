//! `cygnet explain`: builds the environment that would serve, asks, prints.

use clap::Args;

use crate::explain::caller::{UnknownUser, user};
use crate::explain::request::ExplainRequest;
use crate::explain::{explain, text};
use crate::route_tests::read::split;
use crate::settings;

use super::asked_app::AskArgs;
use super::exit::ExitCode;
use super::report::{self, Failure};

/// What was typed after `cygnet explain`.
#[derive(Debug, Clone, Default, Args)]
pub struct ExplainArgs {
    /// Method and path, or the path alone: `/admin`, `POST /api/items?x=1`
    #[arg(value_name = "[METHOD] PATH", num_args = 1..=2, required = true)]
    pub request: Vec<String>,

    /// A role of the signed-in user; several with several options
    #[arg(short, long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,

    /// Ask as this persona, or as a user with the role of this name
    #[arg(long, value_name = "NAME", conflicts_with = "roles")]
    pub persona: Option<String>,

    /// A header of the request
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub headers: Vec<String>,

    /// Print the explanation as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Show every step, those too that do not apply
    #[arg(short, long)]
    pub verbose: bool,

    #[command(flatten)]
    ask: AskArgs,
}

/// Explains and prints.
///
/// # Errors
/// The request cannot be one, the settings cannot be resolved, the configuration is invalid.
pub fn run(args: &ExplainArgs, earlier: &settings::StartArgs) -> Result<ExitCode, Failure> {
    let (method, path) = match args.request.as_slice() {
        [method, path] => (method.as_str(), path.as_str()),
        [both] => split(both),
        _ => return Err(usage("a path is needed".to_owned())),
    };
    let mut question =
        ExplainRequest::new(method, path, &args.roles, &args.headers).map_err(usage)?;
    let app = args.ask.load(args.ask.settings(earlier)?)?;
    let environment = app.environment()?;
    if let Some(name) = &args.persona {
        let user = user(&app.shared, environment, name).map_err(nobody)?;
        question = question.signed_in_as(&user).map_err(usage)?;
    }
    let shared = app.shared.clone();
    let told = actix_web::rt::System::new()
        .block_on(explain(shared, environment, &question, &app.api))
        .map_err(|error| usage(error.to_string()))?;
    match args.json {
        true => report::json(&told),
        false => report::data(&text::text(&told, args.verbose)),
    }
    Ok(ExitCode::Stopped)
}

fn nobody(unknown: UnknownUser) -> Failure {
    let hint = match unknown.near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`--role ROLE` asks as a user with any role".to_owned(),
    };
    Failure {
        hint: Some(hint),
        ..usage(unknown.message)
    }
}

fn usage(message: String) -> Failure {
    Failure {
        message,
        hint: Some(
            "cygnet explain [METHOD] PATH [--role ROLE]… [--persona NAME] [--header \"NAME: VALUE\"]…".to_owned(),
        ),
        code: ExitCode::Usage,
        ..Failure::default()
    }
}
