//! `/.cygnet/api/explain`: what answers a request that was not made.

use actix_web::HttpResponse;

use super::call::Call;
use super::refusal::Refusal;

/// Answers.
pub async fn answer(_call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found("this view is not there yet"))
}
