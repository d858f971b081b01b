//! Link, re-link, unlink, and what the owner of a backend does by hand: changes of a [`LinkState`], without I/O of their own.

use std::net::{Ipv4Addr, TcpListener};

use uuid::Uuid;

use super::BackendKind;
use super::apim::Product;
use super::checks::{self, LinkRequest};
use super::model::{BackendRecord, Link, PROVIDER, Provider, slug};
use super::refusal::Refusal;
use super::store::LinkState;

/// Links (BK-1, BK-6, BK-7; B3-1). Linking the same backend again repairs it (B2-12).
///
/// # Errors
/// The rule that refuses; nothing was changed.
pub fn link(state: &mut LinkState, wanted: &LinkRequest, folder: &str) -> Result<Link, Refusal> {
    checks::check(state, wanted)?;
    let name = wanted
        .name
        .clone()
        .or_else(|| {
            Some(
                state
                    .machine
                    .backend(wanted.kind, &wanted.url)?
                    .name
                    .clone(),
            )
        })
        .unwrap_or_else(|| name_of(&wanted.url));
    if state.machine.backend(wanted.kind, &wanted.url).is_none() {
        let record = new_record(
            state,
            wanted.kind,
            &wanted.url,
            &name,
            wanted.region.as_deref(),
        )?;
        state.machine.backends.push(record);
    }
    let link = Link {
        kind: wanted.kind,
        name: name.clone(),
        environment: wanted.environment.clone(),
        url: wanted.url.clone(),
        region: wanted.region.clone(),
        plan: wanted.plan,
        linked_at: crate::store::now(),
    };
    let links = &mut state.project.links;
    links.retain(|known| known.environment != link.environment);
    links.push(link.clone());
    let app = state.project.app.clone();
    if let Some(record) = state.machine.backend_mut(link.kind, &link.url) {
        record.host = link.kind.public_host(&name, link.region.as_deref());
        record.name = name;
        connect(record, &app.id, &host_of(&app, &link), folder);
    }
    Ok(link)
}

/// Repairs the link of an environment: the provider (B2-12), or keys and policy of API Management. Tells what it was.
///
/// # Errors
/// No link, or another app's provider that `force` may not overwrite (BK-8).
pub fn relink(
    state: &mut LinkState,
    environment: &str,
    force: bool,
    folder: &str,
) -> Result<Link, Refusal> {
    let link = linked(state, environment)?.clone();
    let wanted = LinkRequest {
        kind: link.kind,
        name: Some(link.name.clone()),
        url: link.url.clone(),
        environment: link.environment.clone(),
        plan: link.plan,
        region: link.region.clone(),
        force,
        has_managed_api: false,
    };
    checks::check(state, &wanted)?;
    if state.machine.backend(link.kind, &link.url).is_none() {
        let record = new_record(
            state,
            link.kind,
            &link.url,
            &link.name,
            link.region.as_deref(),
        )?;
        state.machine.backends.push(record);
    }
    let app = state.project.app.clone();
    if let Some(record) = state.machine.backend_mut(link.kind, &link.url) {
        let host = host_of(&app, &link);
        connect(record, &app.id, &host, folder);
        let products = record.products.iter_mut();
        products
            .filter(|product| product.host == host)
            .for_each(Product::repair);
    }
    Ok(link)
}

/// What an unlink left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlinked {
    /// The link that is gone; `None` when only the provider of an earlier one was left to remove.
    pub link: Option<Link>,
    /// The provider, or product, that stays on the backend (BK-12, BK-14), by name.
    pub left: Option<String>,
    /// Whether a provider was removed.
    pub removed_auth: bool,
    /// Whether everybody may call the backend now.
    pub is_open: bool,
}

/// Unlinks: `/api` is static from now on, the provider stays unless asked otherwise (BK-12, BK-13). Without a link, what
/// an earlier one of this environment left is removed, and nothing of other environments.
///
/// # Errors
/// There is neither a link nor a provider of an earlier one.
pub fn unlink(
    state: &mut LinkState,
    environment: &str,
    remove_backend_auth: bool,
) -> Result<Unlinked, Refusal> {
    let app = state.project.app.clone();
    let link = state
        .project
        .links
        .iter()
        .find(|link| link.environment == environment)
        .cloned();
    state
        .project
        .links
        .retain(|link| link.environment != environment);
    let is_linked = |record: &BackendRecord| match &link {
        Some(link) => (record.kind, &record.url) == (link.kind, &link.url),
        None => remove_backend_auth,
    };
    let is_of_environment =
        |app_id: &str, host: &str| app_id == app.id && app.is_host(host, environment);
    let mut unlinked = Unlinked {
        link: link.clone(),
        left: None,
        removed_auth: false,
        is_open: false,
    };
    let records = state.machine.backends.iter_mut();
    for record in records.filter(|record| is_linked(record)) {
        if let Some(product) = record
            .products
            .iter()
            .find(|it| is_of_environment(&it.app_id, &it.host))
        {
            unlinked.left = Some(product.name.clone());
        }
        let is_provider = |it: &Provider| is_of_environment(&it.app_id, &it.client_id);
        if !record.providers.iter().any(is_provider) {
            continue;
        }
        if remove_backend_auth {
            record.providers.retain(|provider| !is_provider(provider));
            // The report of BK-13 (authentication left on with nobody allowed) is `auth --remove-provider`.
            // Authentication that was there before goes on (BK-7), as does that with other providers.
            record.auth_enabled = record.own_auth.is_some()
                || !record.providers.is_empty()
                || !record.other_providers.is_empty();
            unlinked.removed_auth = true;
            unlinked.is_open = record.is_open();
        } else {
            unlinked.left = Some(PROVIDER.to_owned());
        }
    }
    if unlinked.link.is_none() && !unlinked.removed_auth {
        return Err(no_link(environment));
    }
    Ok(unlinked)
}

/// The link of an environment.
pub fn linked<'a>(state: &'a LinkState, environment: &str) -> Result<&'a Link, Refusal> {
    state
        .project
        .links
        .iter()
        .find(|link| link.environment == environment)
        .ok_or_else(|| no_link(environment))
}

/// The product of this app, of the instance that it is or was linked to.
///
/// # Errors
/// There is none, or several and none is linked.
pub fn product<'a>(
    state: &'a mut LinkState,
    environment: &str,
) -> Result<&'a mut Product, Refusal> {
    let app = state.project.app.clone();
    let url = state
        .project
        .links
        .iter()
        .find(|link| link.environment == environment && link.kind == BackendKind::ApiManagement)
        .map(|link| (link.url.clone(), host_of(&app, link)));
    let products = state
        .machine
        .backends
        .iter_mut()
        .flat_map(|record| {
            let url = record.url.clone();
            record
                .products
                .iter_mut()
                .map(move |product| (url.clone(), product))
        })
        .filter(|(at, product)| match &url {
            Some((url, host)) => at == url && &product.host == host,
            None => product.app_id == app.id,
        });
    products.map(|(_, product)| product).next().ok_or_else(|| {
        Refusal::new(
            "B3-1",
            format!("environment `{environment}` has no API Management product"),
            "cygnet backends link --kind api-management --url URL",
        )
    })
}

/// Deletes the product that [`product`] finds, with its subscription (B3-11).
///
/// # Errors
/// As there.
pub fn delete_product(state: &mut LinkState, environment: &str) -> Result<Product, Refusal> {
    let deleted = product(state, environment)?.clone();
    for record in &mut state.machine.backends {
        record.products.retain(|known| *known != deleted);
    }
    Ok(deleted)
}

/// Writes into a backend what makes it accept the app.
fn connect(record: &mut BackendRecord, app_id: &str, host: &str, folder: &str) {
    if record.kind == BackendKind::ApiManagement {
        if !record.products.iter().any(|product| product.host == host) {
            record.products.push(Product::new(app_id, host));
        }
        return;
    }
    record.providers.clear();
    record.providers.push(Provider {
        app_id: app_id.to_owned(),
        client_id: host.to_owned(),
        folder: folder.to_owned(),
    });
    if !record.auth_enabled {
        // BK-7: a policy that was there before stays as it is.
        record.allow_unauthenticated = false;
    }
    record.auth_enabled = true;
}

/// The record of a backend that its owner sets up by hand, linked or not; a new one if nothing is known of it.
///
/// # Errors
/// No port is free for its gate.
pub fn owned<'a>(
    state: &'a mut LinkState,
    kind: BackendKind,
    url: &str,
) -> Result<&'a mut BackendRecord, Refusal> {
    if state.machine.backend(kind, url).is_none() {
        let record = new_record(state, kind, url, &name_of(url), None)?;
        state.machine.backends.push(record);
    }
    let found = state.machine.backend_mut(kind, url);
    found.ok_or_else(|| no_link(super::model::PRODUCTION))
}

/// The host whose tokens a link sends (AP-32).
pub fn host_of(app: &super::model::App, link: &Link) -> String {
    app.host(&link.environment, link.region.as_deref())
}

fn no_link(environment: &str) -> Refusal {
    Refusal::new(
        "BK-1",
        format!("environment `{environment}` is not linked to a backend"),
        "cygnet backends link --kind KIND --url URL",
    )
}

/// `localhost-3000` for `http://localhost:3000`.
pub fn name_of(url: &str) -> String {
    slug(
        url.split_once("://")
            .map_or(url, |(_, authority)| authority),
    )
}

fn new_record(
    state: &LinkState,
    kind: BackendKind,
    url: &str,
    name: &str,
    region: Option<&str>,
) -> Result<BackendRecord, Refusal> {
    let taken: Vec<u16> = state
        .machine
        .backends
        .iter()
        .map(|backend| backend.gate_port)
        .collect();
    Ok(BackendRecord {
        kind,
        name: name.to_owned(),
        url: url.to_owned(),
        host: kind.public_host(name, region),
        gate_port: free_port(&taken)?,
        auth_enabled: false,
        allow_unauthenticated: false,
        own_auth: None,
        is_cloned: false,
        providers: Vec::new(),
        other_providers: Vec::new(),
        products: Vec::new(),
    })
}

/// A port that is free now and that no other gate has: it stays the gate's for as long as the backend is known. Not one of
/// those that systems hand out by themselves (from 32768 on), or another program would have it one day.
fn free_port(taken: &[u16]) -> Result<u16, Refusal> {
    const FIRST: u16 = 21_000;
    const COUNT: u16 = 11_000;
    let (_, start, _, _) = Uuid::new_v4().as_fields();
    let mut ports = (0..COUNT).map(|step| FIRST + (start % COUNT + step) % COUNT);
    let is_free = |port: &u16| {
        !taken.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
    };
    ports.find(is_free).ok_or_else(|| {
        Refusal::new(
            "BK-20",
            "no port of this machine is free for the gate",
            "end programs that hold ports, and try again",
        )
    })
}

#[cfg(test)]
#[path = "actions_tests.rs"]
mod tests;
