//! The backend of `/api` and the database connection of `/data-api` (AP-80, AP-81): one call, whose answer passes.

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;

use crate::backend::{self, ApiCall, Backend};
use crate::functions::ShowsFiles;

use super::context::{RequestContext, is_from_this_machine};
use super::reason::Reason;
use super::resolution::{Handler, Resolution, Step};

/// Calls the backend of a resolution.
pub(super) async fn respond<'a>(
    context: &'a RequestContext<'_>,
    payload: Payload,
    mut resolution: Resolution<'a>,
) -> Step<'a> {
    let environment = context.environment;
    let (backend, target, shows_caller) = match (&resolution.handler, &environment.data_api) {
        (
            Handler::Api {
                target,
                shows_caller,
            },
            _,
        ) => (&environment.backend, target, *shows_caller),
        // `X-MS-API-ROLE` is the caller's to choose; the server checks it against the identity.
        (Handler::DataApi { target }, Some(api)) => match api.ready().await {
            Ok(backend) => (backend, target, true),
            Err(why) => {
                let page = Resolution::error_page(500, Reason::Text(why));
                return Step::instead(&resolution, page);
            }
        },
        _ => {
            let page = Resolution::error_page(404, Reason::NoDataApi);
            return Step::instead(&resolution, page);
        }
    };
    let (response, why) = call(context, backend, payload, target, shows_caller).await;
    if let Some(why) = why {
        resolution.reason = Reason::Text(why);
    }
    Step::Reply(resolution.reply(context, response))
}

/// The response, and why it is not the backend's own.
async fn call(
    context: &RequestContext<'_>,
    backend: &Backend,
    payload: Payload,
    target: &str,
    shows_caller: bool,
) -> (HttpResponse, Option<String>) {
    let call = ApiCall {
        request: context.request,
        target,
        original_url: &context.original_url(),
        peer: context.request.peer_addr(),
        principal: context.caller.principal().filter(|_| shows_caller),
        hop: context.hop(),
    };
    let (client, limits) = (&context.worker.client, &context.app().limits);
    let outcome = backend::serve(backend, client, limits, payload, call).await;
    let response = outcome.response;
    let shows_files = response.extensions().get::<ShowsFiles>().is_some();
    if shows_files && !is_from_this_machine(context.app(), context.request) {
        let text = "The functions do not run; the emulator's terminal says why.\n";
        let response = HttpResponse::InternalServerError()
            .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
            .body(text);
        return (response, outcome.note);
    }
    (response, outcome.note)
}
