//! One request, top to bottom, in production's order.
//!
//! ```text
//! environment → RequestContext (caller: cookie → principal) → routing::decide (pure)
//!   → resolve (looks for files) → Resolution: network refusal · password · auth page · redirect · error · file · api · dev server
//!   → respond → bytes, and one record for the log
//! ```
//!
//! | step | where |
//! |---|---|
//! | what is asked, by whom | [`context`], with [`AppState`] |
//! | the decision | [`crate::routing::decide()`] |
//! | what answers: everything up to the bytes | [`resolve`](mod@resolve), [`resolution`] |
//! | missing files that a build may be about to write | `being_written` |
//! | bytes | [`respond`](mod@respond), and for each handler: |
//! | password protection, invitations | `access`, `password_attempts` |
//! | `/.auth` | `sign_in` |
//! | `/api`, `/data-api` | `api` |
//! | a dev server in place of files; one that does not answer | `dev_server`, `upstream_unavailable` |
//! | the platform's own error pages | `error_page` |
//! | what is remembered for the log and the inspector, and why in words | [`record`], [`reason`] |
//!
//! `explain` calls the same [`resolve()`] and prints what it says.

mod access;
mod api;
mod being_written;
pub mod context;
mod dev_server;
mod error_page;
mod password_attempts;
pub mod reason;
pub mod record;
pub mod resolution;
pub mod resolve;
pub mod respond;
mod sign_in;
mod state;
mod upstream_unavailable;

use actix_web::HttpRequest;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::header::UPGRADE;
use actix_web::http::{ConnectionType, StatusCode};

use crate::backend::reject::is_websocket;
use crate::environment::State;
use crate::routing::{Decision, Outcome, decide, refusal};

use context::RequestContext;
pub use context::{MadeUp, caller_address, is_from_this_machine};
pub use password_attempts::PasswordAttempts;
pub use record::{REFUSED, Reply};
pub use resolution::{Handler, Resolution};
pub use resolve::{resolve, resolve_after};
pub use sign_in::{SIGN_IN, sign_in_alone, sign_in_as};
pub use state::{Access, AppState, RequestNumbers, WorkerState};

/// Where the emulator's own endpoints lie, beside the app.
pub const OWN_PATHS: &str = "/.cygnet/";

/// The refusal of a caller whom the network rules keep out (NW-1), for what the emulator answers beside the app.
pub fn refused(worker: &WorkerState, request: &HttpRequest) -> Option<Reply> {
    let state = worker.app.current.load_full();
    let State::Serving(environment) = &*state else {
        return None;
    };
    let context = RequestContext::new(worker, environment, request);
    let refusal = refusal(&environment.rules, &context.facts())?;
    let decision = Decision {
        rule: None,
        outcome: Outcome::Refused(refusal),
    };
    let resolution = resolve(&context, &decision);
    let response = error_page::respond(&context, &resolution, 403);
    let mut reply = refused_reply(resolution.reply(&context, response));
    context.leave_facts(&mut reply.record);
    Some(reply)
}

/// Answers one request. Never fails: every fault is a response.
pub async fn handle(worker: &WorkerState, request: &HttpRequest, payload: Payload) -> Reply {
    let state = worker.app.current.load();
    let environment = match &**state {
        State::Serving(environment) => environment,
        State::Broken(broken) => {
            // The findings quote the configuration: for those who know the password (EN-16), at the machine that it lies on.
            let access = worker.app.access.as_ref();
            let is_open = access.is_none_or(|access| access::is_open(access, request));
            if is_open && is_from_this_machine(&worker.app, request) {
                return error_page::broken(broken, request, worker);
            }
            return error_page::broken_for_strangers(request);
        }
    };
    let context = RequestContext::new(worker, environment, request);
    let decision = decide(&environment.rules, &context.facts());
    environment.matches.add_rule(decision.rule);
    let mut resolution = resolve(&context, &decision);
    if being_written::may_come_back(&context, &decision, &resolution) {
        resolution = Box::pin(being_written::resolve_when_written(
            &context, &decision, resolution,
        ))
        .await;
    }
    let mut reply = match respond::at_once(&context, &resolution) {
        Some(response) => resolution.reply(&context, response),
        // Boxed: its future would make that of every request larger, and actix moves that one into a box for each.
        None => Box::pin(respond::respond(&context, payload, resolution)).await,
    };
    if reply.record.is_of_fallback() {
        environment.matches.add_fallback();
    }
    if is_bodiless(reply.response.status())
        && !matches!(
            reply.response.body().size(),
            BodySize::None | BodySize::Sized(0)
        )
    {
        // It would be read as the next response on the connection.
        reply.response = reply.response.set_body(BoxBody::new(()));
    }
    if request.headers().contains_key(UPGRADE)
        && is_websocket(request)
        && reply.response.status() != StatusCode::SWITCHING_PROTOCOLS
    {
        // The client may go on in another protocol on this connection.
        let head = reply.response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    if let Outcome::Refused(_) = decision.outcome {
        reply = refused_reply(reply);
    }
    context.leave_facts(&mut reply.record);
    reply
}

/// The reply to whom the network rules keep out.
fn refused_reply(Reply { response, record }: Reply) -> Reply {
    let record = record.of_kind(REFUSED);
    Reply { response, record }
}

/// Whether a status has no body, whatever a rule puts it on (RT-27, RT-29).
fn is_bodiless(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};
    use std::pin::pin;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::time::SystemTime;

    use futures_util::FutureExt as _;

    use crate::artefact::content_folder::ContentFolder;
    use crate::backend::{ApiClient, Limits};
    use crate::config::Config;
    use crate::content::Content;
    use crate::content::cache::FileCache;
    use crate::deployment::invitations::Invitations;
    use crate::environment::match_counts::MatchCounts;
    use crate::environment::personas::PersonaFiles;
    use crate::environment::{Broken, Current, Environment};
    use crate::finding::Source;
    use crate::routing::Rules;

    /// actix moves a request's future into a box of its own: a large one costs each request that copy, and beyond a
    /// kilobyte the allocator's slow path.
    #[test]
    fn the_future_of_a_request_stays_small() {
        let size = actix_web::rt::System::new().block_on(size_of_future());
        assert!(size <= 1000, "{size} bytes");
    }

    /// EN-16: whoever does not know the password sees nothing of the app, its invalid configuration included.
    #[test]
    fn findings_are_for_those_who_know_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let paths = crate::deployment::store::StorePaths::of(folder.path());
        let password = crate::deployment::model::Password {
            staging_only: false,
            salt: String::new(),
            hash: String::new(),
        };
        let access = Access {
            password: Some((password, "session".to_owned())),
            attempts: PasswordAttempts::default(),
            invitations: Invitations::new(paths, "localhost".to_owned()),
        };
        let text = actix_web::rt::System::new().block_on(async {
            let source = Source::new("staticwebapp.config.json", "[secret]");
            let broken = Broken {
                findings: crate::config::read(&source).findings,
                source: Arc::new(source),
            };
            let worker = worker(State::Broken(broken), Some(access));
            let request = actix_web::test::TestRequest::default().to_http_request();
            let reply = handle(&worker, &request, Payload::None).await;
            assert_eq!(reply.response.status(), 500);
            let body = actix_web::body::to_bytes(reply.response.into_body()).await;
            String::from_utf8(body.unwrap().to_vec()).unwrap()
        });
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("The configuration is invalid"), "{text}");
    }

    async fn size_of_future() -> usize {
        let worker = worker(serving(std::env::temp_dir()), None);
        let request = actix_web::test::TestRequest::default().to_http_request();
        size_of_val(&handle(&worker, &request, Payload::None))
    }

    /// A build or a checkout removes files at any moment.
    #[test]
    fn a_file_that_goes_between_the_look_and_the_read_is_missing_or_the_one_that_came_instead() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("a.html");
        actix_web::rt::System::new().block_on(async {
            let worker = worker(serving(folder.path().to_path_buf()), None);
            assert_eq!(answer_without(&worker, &page, None).await, Some(404));
            // The request waits, unless more time has passed since the file went than it would wait.
            for _ in 0..100 {
                if let Some(status) = answer_without(&worker, &page, Some("new")).await {
                    return assert_eq!(status, 200);
                }
            }
            panic!("it never waits");
        });
    }

    /// The status for a page that was found and then removed. `instead` is written while the request waits for it, and the body
    /// is compared with it; `None` if the request does not wait.
    async fn answer_without(
        worker: &WorkerState,
        page: &Path,
        instead: Option<&str>,
    ) -> Option<u16> {
        // Nobody waits for a file that is as old as this.
        std::fs::File::create(page)
            .and_then(|file| file.set_modified(SystemTime::UNIX_EPOCH))
            .unwrap();
        let state = worker.app.current.load_full();
        let State::Serving(environment) = &*state else {
            unreachable!("it serves");
        };
        let request = actix_web::test::TestRequest::with_uri("/a.html").to_http_request();
        let context = RequestContext::new(worker, environment, &request);
        let decision = decide(&environment.rules, &context.facts());
        let resolution = resolve(&context, &decision);
        assert!(matches!(resolution.handler, Handler::File { .. }));
        std::fs::remove_file(page).unwrap();
        let mut reply = pin!(respond::respond(&context, Payload::None, resolution));
        if let Some(instead) = instead {
            if reply.as_mut().now_or_never().is_some() {
                return None;
            }
            std::fs::write(page, instead).unwrap();
        }
        let reply = reply.await.response;
        let status = reply.status().as_u16();
        let body = actix_web::body::to_bytes(reply.into_body()).await.unwrap();
        assert!(instead.is_none_or(|instead| body == instead), "{body:?}");
        Some(status)
    }

    fn serving(folder: PathBuf) -> State {
        let config = Arc::new(Config::default());
        let folder = ContentFolder::of(folder);
        State::Serving(Box::new(Environment {
            content: Content::new(folder.into(), &config, FileCache::default()),
            rules: Rules::new(config),
            dev_server: None,
            data_api: None,
            backend: crate::backend::Backend::None,
            providers: crate::auth::Providers::from_config(None),
            real_sign_in: crate::auth::real::RealSignIn::default(),
            source: None,
            matches: Arc::new(MatchCounts::new(0)),
        }))
    }

    fn worker(state: State, access: Option<Access>) -> WorkerState {
        WorkerState {
            app: Arc::new(AppState {
                current: Current::from_pointee(state),
                strict: false,
                client_ip: None,
                limits: Limits::default(),
                prod_errors: false,
                own_host: "localhost".to_string(),
                secure: false,
                live: None,
                personas: Arc::new(PersonaFiles::new(PathBuf::new(), None)),
                access,
            }),
            client: Rc::new(ApiClient::new()),
            requests: None,
        }
    }
}
