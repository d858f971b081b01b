//! `cygnet backends auth`: the owner of a backend at its authentication settings, before a link or after it.

use std::path::Path;

use http::Uri;
use jsonwebtoken::jwk::JwkSet;
use serde_json::{Value, json};

use super::Report;
use super::args::{AuthArgs, AuthCommand, Unauthenticated};
use crate::backend::Upstream;
use crate::finding::Finding;
use crate::link::BackendKind;
use crate::link::actions;
use crate::link::model::{BackendRecord, Link};
use crate::link::other_provider::{self, OtherProvider};
use crate::link::refusal::Refusal;
use crate::link::store::{LinkState, Session};

/// Does what was asked to the backend that is named, or else to the linked one.
///
/// # Errors
/// There is no such backend, or it has no authentication settings.
pub(super) fn auth(session: &mut Session, args: &AuthArgs) -> Result<Report, Refusal> {
    let state = &mut session.state;
    let (kind, url) = match (args.kind, &args.url) {
        (Some(kind), Some(url)) => (kind, origin(url)?),
        _ => {
            let link = actions::linked(state, &args.target.environment)?;
            (link.kind, link.url.clone())
        }
    };
    if kind == BackendKind::ApiManagement {
        return Err(Refusal::new(
            "BK-6",
            "API Management has no identity provider of the app; its product has a policy",
            "cygnet backends apim edit-policy --remove-validate-jwt",
        )
        .usage());
    }
    let original = match &args.cloned_from {
        Some(from) => Some(known(state, kind, &origin(from)?)?.clone()),
        None => None,
    };
    let record = actions::owned(state, kind, &url)?;
    if let Some(original) = original {
        record.is_cloned = true;
        record.auth_enabled = original.auth_enabled;
        record.allow_unauthenticated = original.allow_unauthenticated;
        record.own_auth = original.own_auth;
        record.providers = original.providers;
    }
    if let Some(version) = args.easy_auth {
        record.own_auth = Some(version);
        record.auth_enabled = true;
    }
    if let Some(choice) = args.unauthenticated {
        record.allow_unauthenticated = choice == Unauthenticated::Allow;
    }
    if args.remove_provider {
        record.providers.clear();
    }
    if args.remove_authentication {
        record.providers.clear();
        record.other_providers.clear();
        record.own_auth = None;
        record.allow_unauthenticated = false;
        record.auth_enabled = false;
    }
    match &args.command {
        Some(AuthCommand::AddProvider {
            name,
            issuer,
            audience,
            jwks,
        }) => {
            record.other_providers.retain(|known| known.name != *name);
            record.other_providers.push(OtherProvider {
                name: name.clone(),
                issuer: issuer.clone(),
                audience: audience.clone(),
                keys: keys(jwks)?,
            });
            record.auth_enabled = true;
        }
        Some(AuthCommand::DeleteProvider { name }) => {
            let before = record.other_providers.len();
            record.other_providers.retain(|known| known.name != *name);
            if record.other_providers.len() == before {
                let message =
                    format!("the backend has no identity provider `{name}` that was added");
                return Err(Refusal::new(
                    "BK-6",
                    message,
                    "cygnet backends auth shows those it has",
                ));
            }
        }
        None => {}
    }
    let mut told = Report::new(text(record), json(record));
    told.warnings.extend(danger(record));
    Ok(told)
}

fn keys(file: &Path) -> Result<JwkSet, Refusal> {
    let text = std::fs::read(file).map_err(|error| error.to_string());
    text.and_then(|text| other_provider::keys(&text))
        .map_err(|why| {
            let message = format!("{} is not a set of keys: {why}", file.display());
            let hint =
                "save what the provider's `jwks_uri` answers, and name that file with --jwks";
            Refusal::new("BK-6", message, hint).usage()
        })
}

/// What a link does not change of authentication that was there before (BK-7), where that lets everyone in.
pub(super) fn remark(state: &LinkState, link: &Link) -> Option<Finding> {
    danger(state.machine.backend(link.kind, &link.url)?)
}

fn danger(record: &BackendRecord) -> Option<Finding> {
    (record.auth_enabled && record.is_open()).then(|| {
        Finding::remark(
            "everyone passes the backend's gate, and can forge `x-ms-client-principal` (BK-25)",
            "cygnet backends auth --unauthenticated deny",
        )
    })
}

fn origin(url: &Uri) -> Result<String, Refusal> {
    Upstream::parse(&url.to_string(), BackendKind::Functions)
        .map(|upstream| upstream.url().to_owned())
        .map_err(|error| Refusal::new("AP-2", error.to_string(), "").usage())
}

fn known<'a>(
    state: &'a LinkState,
    kind: BackendKind,
    url: &str,
) -> Result<&'a BackendRecord, Refusal> {
    state.machine.backend(kind, url).ok_or_else(|| {
        Refusal::new(
            "BK-9",
            format!("no {} at {url} is known that could be cloned", kind.title()),
            "link it first, or change its authentication with --kind and --url",
        )
        .usage()
    })
}

fn json(record: &BackendRecord) -> Value {
    json!({
        "kind": record.kind.to_string(),
        "name": record.name,
        "url": record.url,
        "gateUrl": record.gate_url(),
        "authentication": record.auth_enabled,
        "easyAuth": record.own_auth,
        "unauthenticated": match record.allow_unauthenticated { true => "allow", false => "deny" },
        "providers": record.providers.iter().map(|provider| &provider.client_id).collect::<Vec<_>>(),
        "otherProviders": record.other_providers.iter().map(|provider| &provider.name).collect::<Vec<_>>(),
        "cloned": record.is_cloned,
    })
}

fn text(record: &BackendRecord) -> String {
    let on = match (record.auth_enabled, record.allow_unauthenticated) {
        (false, _) => "off: everyone passes",
        (true, true) => "on, callers without a token pass",
        (true, false) => "on, callers without a token are refused",
    };
    let providers: Vec<&str> = record
        .providers
        .iter()
        .map(|provider| provider.client_id.as_str())
        .chain(
            record
                .other_providers
                .iter()
                .map(|other| other.name.as_str()),
        )
        .collect();
    let providers = match providers.is_empty() {
        true => "of no static web app".to_owned(),
        false => providers.join(", "),
    };
    format!(
        "{} `{}` at {}\n  authentication {on}\n  provider       {providers}\n",
        record.kind.title(),
        record.name,
        record.url
    )
}
