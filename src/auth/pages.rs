//! The HTML of signing in and of purging. Both are plain forms; scripts only add comfort.

use super::exchange::{AuthRequest, parameter};
use super::personas::{Invited, Persona};
use super::sign_in::FormFields;
use crate::pages::{error::provider_label, render};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

/// The page of `/.auth/login/<provider>`, with the element ids of the incumbent's, which suites know; `error` says what was wrong with `fields`.
pub(crate) fn sign_in_page(
    request: &AuthRequest<'_>,
    provider: &str,
    mut fields: FormFields,
    error: Option<&str>,
) -> String {
    // As the incumbent's page does. Scripts that send none have it derived (AU-42).
    if fields.user_id.is_empty() {
        fields.user_id = Uuid::new_v4().simple().to_string();
    }
    render(&SignInTemplate {
        provider,
        label: provider_label(provider),
        example: match provider {
            "github" => "octocat",
            _ => "jane@contoso.com",
        },
        original_path: format!("{}{}", request.own_origin, request.path),
        original_search: request.query.filter(|query| !query.is_empty()),
        personas: offers(request),
        roles: &request.picker.roles,
        problems: &request.picker.problems,
        invited: request.picker.invited.as_ref(),
        providers: request.providers.names().join(" "),
        fields,
        error,
        why_mock: request.real.why_mock(provider),
        signed_in: request
            .reading
            .principal()
            .map(|principal| principal.user_details.as_str()),
        custom: request.providers.is_custom(),
        roles_source: request.providers.roles_source(),
    })
}

/// The personas that this app has a provider for.
fn offers<'a>(request: &AuthRequest<'a>) -> Vec<Offer<'a>> {
    let personas = request.picker.personas.iter();
    personas
        .filter_map(|persona| {
            let provider = persona.provider_in(request.providers).ok()?;
            let name = utf8_percent_encode(&persona.name, NON_ALPHANUMERIC);
            Some(Offer {
                action: format!("/.auth/login/{provider}?persona={name}"),
                provider: provider_label(provider),
                persona,
            })
        })
        .collect()
}

/// The consent page of `/.auth/purge/<provider>`.
pub(crate) fn purge_page(request: &AuthRequest<'_>, provider: &str) -> String {
    let redirect = parameter(request.query, "post_logout_redirect_uri");
    render(&PurgeTemplate {
        provider,
        label: provider_label(provider),
        redirect: redirect.as_deref(),
        is_real: request.real.provider(provider).is_some(),
        signed_in: request
            .reading
            .principal()
            .map(|principal| principal.user_details.as_str()),
    })
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInTemplate<'a> {
    provider: &'a str,
    label: &'a str,
    example: &'static str,
    original_path: String,
    original_search: Option<&'a str>,
    personas: Vec<Offer<'a>>,
    roles: &'a [String],
    problems: &'a [String],
    invited: Option<&'a Invited>,
    /// The names of the app's providers, separated by blanks.
    providers: String,
    fields: FormFields,
    error: Option<&'a str>,
    /// Why the real sign-in, which was asked for, is not here.
    why_mock: Option<&'a str>,
    signed_in: Option<&'a str>,
    custom: bool,
    roles_source: Option<&'a str>,
}

/// A persona with the address that signs in as it.
struct Offer<'a> {
    persona: &'a Persona,
    action: String,
    provider: &'a str,
}

#[derive(Template)]
#[template(path = "purge.html")]
struct PurgeTemplate<'a> {
    provider: &'a str,
    label: &'a str,
    redirect: Option<&'a str>,
    is_real: bool,
    signed_in: Option<&'a str>,
}
