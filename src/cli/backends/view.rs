//! Links in words and as JSON, for `cygnet backends`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::link::BackendKind;
use crate::link::actions::host_of;
use crate::link::apim::Product;
use crate::link::model::{Link, issuer};
use crate::link::store::LinkState;
use crate::store::timestamp::rfc3339;

/// `links`: an array of [`link_json`].
pub(super) fn json(state: &LinkState) -> Value {
    let links = state.project.links.iter();
    let links: Value = links.map(|link| link_json(state, link)).collect();
    json!({ "links": links })
}

/// One link: `kind`, `name`, `environment`, `url`, `gateUrl`, `provider`, `issuer`, `audience`, `linkedAt`, and for API
/// Management `product`, `subscription`, `apis`.
pub(super) fn link_json(state: &LinkState, link: &Link) -> Value {
    let host = host_of(&state.project.app, link);
    let record = state.machine.backend(link.kind, &link.url);
    let provider = record.and_then(|record| {
        let mut providers = record.providers.iter();
        let ours = providers.find(|provider| provider.client_id == host)?;
        Some(json!({
            "name": crate::link::model::PROVIDER,
            "clientId": ours.client_id,
            "unauthenticated": match record.allow_unauthenticated { true => "allow", false => "deny" },
        }))
    });
    let mut shown = json!({
        "kind": link.kind.to_string(),
        "name": link.name,
        "environment": link.environment,
        "url": link.url,
        "gateUrl": record.map(|record| record.gate_url()),
        "provider": provider,
        "issuer": issuer(&host),
        "audience": record.map(|record| record.audience()),
        "linkedAt": rfc3339(link.linked_at),
    });
    let product = record.and_then(|record| {
        let mut products = record.products.iter();
        products.find(|product| product.host == host)
    });
    if let (BackendKind::ApiManagement, Some(product), Value::Object(shown)) =
        (link.kind, product, &mut shown)
        && let Value::Object(product) = product_json(product)
    {
        shown.extend(product);
    }
    shown
}

/// `product`, `subscription`, `apis`, and what keeps the app out.
pub(super) fn product_json(product: &Product) -> Value {
    json!({
        "product": product.name,
        "subscription": product.subscription,
        "state": product.state,
        "apis": product.apis,
        "broken": product.broken(),
    })
}

/// All links in words.
pub(super) fn text(state: &LinkState) -> String {
    let links = &state.project.links;
    if links.is_empty() {
        return "no environment of this app is linked to a backend\n".to_owned();
    }
    let mut text = String::new();
    for link in links {
        let _ = writeln!(
            text,
            "{} `{}` (environment `{}`)",
            link.kind.title(),
            link.name,
            link.environment
        );
        text.push_str(&link_text(&link_json(state, link)));
    }
    text
}

/// The fields of one link, a line each.
pub(super) fn link_text(link: &Value) -> String {
    let mut text = String::new();
    let fields = [
        ("backend", "url"),
        ("gate", "gateUrl"),
        ("issuer", "issuer"),
        ("audience", "audience"),
        ("product", "product"),
        ("broken", "broken"),
    ];
    for (title, field) in fields {
        if let Some(value) = link[field].as_str() {
            let _ = writeln!(text, "  {title:<9} {value}");
        }
    }
    if let Some(apis) = link["apis"].as_array() {
        let apis: Vec<&str> = apis.iter().filter_map(Value::as_str).collect();
        let apis = match apis.is_empty() {
            true => {
                "none: every call is 401 until `cygnet backends apim add-api --path api`".to_owned()
            }
            false => apis.join(", "),
        };
        let _ = writeln!(text, "  {:<9} {apis}", "apis");
    }
    text
}
