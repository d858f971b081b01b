//! A request as a test for `cygnet test`.

use std::sync::Arc;

use serde_json::Value;

use crate::environment::State;
use crate::explain::explain;
use crate::explain::request::ExplainRequest;
use crate::route_tests::observed;

use super::entry::Entry;
use super::state::Inspector;

/// What is made in answer to a request beyond the routes: no test of routes says it.
const NOT_ROUTES: [&str; 4] = ["sign-in", "password", "invitation", "refused"];

/// A test that expects what the routes of now say of the request; null where they do not decide.
pub async fn of(inspector: &Inspector, entry: &Entry) -> Option<Value> {
    let name = entry.environment.as_deref()?;
    if NOT_ROUTES.contains(&entry.record.kind()) {
        return None;
    }
    let environments = inspector.environments.all();
    let found = environments.iter().find(|found| *found.name == *name)?;
    let state = found.app.current.load_full();
    let State::Serving(environment) = &*state else {
        return None;
    };
    let caller = entry.facts().caller.as_deref();
    let asked = ExplainRequest::new(entry.method.as_str(), entry.target(), &[], &[]).ok()?;
    let asked = match caller {
        Some(caller) => asked.signed_in_as(caller).ok()?,
        None => asked,
    };
    let told = explain(Arc::clone(&found.app), environment, &asked, "the API")
        .await
        .ok()?;
    let roles = caller.map_or(&[][..], |caller| &caller.user_roles);
    serde_json::to_value(observed::test(&told, observed::by_roles(roles))).ok()
}
