//! What the owner of an instance of API Management does by hand (B3-10).

use serde_json::json;

use super::args::ApimCommand;
use super::{Report, view};
use crate::finding::Finding;
use crate::link::apim::{Product, Subscription};
use crate::link::refusal::Refusal;
use crate::link::store::Session;
use crate::link::{self, actions};

pub(super) fn by_hand(
    session: &mut Session,
    environment: &str,
    command: &ApimCommand,
) -> Result<Report, Refusal> {
    if matches!(command, ApimCommand::DeleteProduct) {
        return delete_product(session, environment);
    }
    let product = actions::product(&mut session.state, environment)?;
    let done = match command {
        ApimCommand::RegenerateKey { key } => {
            subscription(product)?.regenerate(*key);
            "the key is a new one".to_owned()
        }
        ApimCommand::EditProduct { state } => {
            product.state = *state;
            "the state of the product is changed".to_owned()
        }
        ApimCommand::EditSubscription { state } => {
            subscription(product)?.state = *state;
            "the state of the subscription is changed".to_owned()
        }
        ApimCommand::DeleteSubscription => {
            subscription(product)?;
            product.subscription = None;
            "the subscription is deleted".to_owned()
        }
        // Above.
        ApimCommand::DeleteProduct => String::new(),
        ApimCommand::AddApi { path } => {
            let path = api_path(path)?;
            let done = format!("{path} added");
            if !product.apis.contains(&path) {
                product.apis.push(path);
            }
            done
        }
        ApimCommand::RemoveApi { path } => {
            let path = api_path(path)?;
            if !product.apis.contains(&path) {
                return Err(Refusal::new(
                    "B3-4",
                    format!("`{path}` is not in product `{}`", product.name),
                    "cygnet backends show",
                ));
            }
            product.apis.retain(|api| *api != path);
            format!("{path} removed")
        }
        ApimCommand::EditPolicy { .. } => {
            product.validate_jwt = false;
            "the policy is changed".to_owned()
        }
    };
    let (name, breaks) = (product.name.clone(), product.broken());
    let json = view::product_json(product);
    let mut told = Report::new(format!("{name}: {done}\n"), json);
    told.warnings.extend(breaks.map(breaks_link));
    Ok(told)
}

fn delete_product(session: &mut Session, environment: &str) -> Result<Report, Refusal> {
    let product = actions::delete_product(&mut session.state, environment)?;
    let (json, name) = (json!({ "deleted": product.name }), product.name);
    let mut told = Report::new(format!("{name}: deleted, with its subscription\n"), json);
    if actions::linked(&session.state, environment).is_ok() {
        told.warnings.push(breaks_link("the product was deleted"));
    }
    Ok(told)
}

fn subscription(product: &mut Product) -> Result<&mut Subscription, Refusal> {
    let message = format!("product `{}` has no subscription", product.name);
    let none = || Refusal::new("B3-1", message, "cygnet backends relink makes a new one");
    product.subscription.as_mut().ok_or_else(none)
}

fn breaks_link(why: &str) -> Finding {
    let message = format!("{why}: every request of the app to /api is 401 now (B3-10)");
    Finding::remark(message, "cygnet backends relink")
}

fn api_path(path: &str) -> Result<String, Refusal> {
    link::apim::api_path(path)
        .map_err(|why| Refusal::new("B3-7", why, "--path api or --path api/orders").usage())
}
