//! `/.cygnet/api/explain`: what answers a request that was not made.

use std::sync::Arc;

use actix_web::HttpResponse;

use crate::backend::Backend;
use crate::environment::{Environment, State};
use crate::explain::caller::{UnknownUser, user};
use crate::explain::explain;
use crate::explain::request::ExplainRequest;

use super::call::{self, Call};
use super::refusal::Refusal;

/// Answers.
pub async fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let app = call.environment()?.app;
    let state = app.current.load_full();
    let State::Serving(environment) = &*state else {
        return Err(Refusal::bad(
            "the configuration is invalid, so every request is answered with 500",
        )
        .hint("fix the configuration"));
    };
    let method = call.parameter("method").unwrap_or("GET".into());
    let target = call.parameter("target").unwrap_or("/".into());
    let roles: Vec<String> = call
        .parameter("roles")
        .iter()
        .flat_map(|roles| roles.split(','))
        .map(|role| role.trim().to_owned())
        .filter(|role| !role.is_empty())
        .collect();
    let asked = ExplainRequest::new(&method, &target, &roles, &[]).map_err(Refusal::bad)?;
    let asked = match call.parameter("persona") {
        Some(name) => {
            let user = user(&app, environment, &name).map_err(unknown)?;
            asked.signed_in_as(&user).map_err(Refusal::bad)?
        }
        None => asked,
    };
    let told = explain(Arc::clone(&app), environment, &asked, &api(environment)).await;
    match told {
        Ok(told) => Ok(call::json(&told)),
        Err(error) => Err(Refusal::bad(error.to_string())),
    }
}

fn unknown(UnknownUser { message, near }: UnknownUser) -> Refusal {
    let refusal = Refusal::bad(message);
    match near {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}

/// What answers `/api`.
fn api(environment: &Environment) -> String {
    match &environment.backend {
        Backend::None => "none".to_owned(),
        Backend::Managed(host) => format!("the functions in {}", host.config().app_dir.display()),
        Backend::BringYourOwn(upstream) => format!("{} ({})", upstream.url(), upstream.kind()),
    }
}
