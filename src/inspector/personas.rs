//! `/.cygnet/api/personas` and `/.cygnet/sign-in`: becoming somebody by one click.

use actix_web::HttpResponse;

use super::call::Call;
use super::refusal::Refusal;

/// Who there is to become.
pub fn list(_call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found("this view is not there yet"))
}

/// Becomes somebody, or nobody.
pub async fn sign_in(_call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    Err(Refusal::not_found("this view is not there yet"))
}
