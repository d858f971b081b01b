//! `/.cygnet/api/routes`: the configuration, its findings and how often each rule matched.

use actix_web::HttpResponse;

use super::call::Call;
use super::refusal::Refusal;

/// Answers.
pub fn answer(_call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found("this view is not there yet"))
}
