//! What a link makes in an API Management instance: a product, a subscription with two keys, a policy (B3-1, B3-2).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The product of one static web app in an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// `Azure Static Web Apps - <host> (Linked)`
    pub name: String,
    /// The id of the app.
    pub app_id: String,
    /// The default host of the app's environment.
    pub host: String,
    /// The paths of its APIs, such as `api` or `api/orders`. Empty at first: nothing is exposed by linking (B3-4).
    pub apis: Vec<String>,
    /// Its subscription.
    pub subscription: Subscription,
    /// The key that the static web app sends: the primary one as it was when linked (B3-6).
    pub sent_key: String,
    /// Whether the generated validate-jwt policy is as the link made it (B3-10).
    pub validate_jwt: bool,
}

/// The subscription, scoped to the product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The same name as the product's.
    pub name: String,
    /// 32 hexadecimal digits.
    pub primary_key: String,
    /// 32 hexadecimal digits.
    pub secondary_key: String,
}

/// Which of the two keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Key {
    /// The one that the static web app sends.
    Primary,
    /// The other; both are accepted.
    Secondary,
}

impl Product {
    /// A product without APIs.
    pub fn new(app_id: &str, host: &str) -> Self {
        let name = format!("Azure Static Web Apps - {host} (Linked)");
        let primary_key = new_key();
        Self {
            app_id: app_id.to_owned(),
            host: host.to_owned(),
            apis: Vec::new(),
            sent_key: primary_key.clone(),
            subscription: Subscription {
                name: name.clone(),
                primary_key,
                secondary_key: new_key(),
            },
            validate_jwt: true,
            name,
        }
    }

    /// What re-link does: both keys anew, the app told the primary one, the policy restored. All of it takes effect at
    /// once, in one write, so that no request finds the keys between two states.
    pub fn repair(&mut self) {
        self.subscription.primary_key = new_key();
        self.subscription.secondary_key = new_key();
        self.sent_key.clone_from(&self.subscription.primary_key);
        self.validate_jwt = true;
    }

    /// What the owner of the instance does by hand; the app is told nothing (B3-10).
    pub fn regenerate(&mut self, key: Key) {
        match key {
            Key::Primary => self.subscription.primary_key = new_key(),
            Key::Secondary => self.subscription.secondary_key = new_key(),
        }
    }

    /// Whether one of the two keys is this one.
    pub fn accepts(&self, key: &str) -> bool {
        let Subscription {
            primary_key,
            secondary_key,
            ..
        } = &self.subscription;
        !key.is_empty() && (key == primary_key || key == secondary_key)
    }

    /// Whether one of its APIs answers a path such as `/api/orders/7?x=1`.
    pub fn has_api_for(&self, target: &str) -> bool {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_start_matches('/');
        self.apis.iter().any(|api| {
            path.get(..api.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(api))
                && matches!(path.as_bytes().get(api.len()), None | Some(b'/'))
        })
    }
}

fn new_key() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The path of an API without slashes around it.
///
/// # Errors
/// In words, when a static web app could never call it: it only calls `/api` and below (AP-2, B3-7).
pub fn api_path(text: &str) -> Result<String, String> {
    let path = text.trim_matches('/');
    let first = path.split('/').next().unwrap_or_default();
    let is_plain = path
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "/-_.~".contains(character));
    match first.eq_ignore_ascii_case("api") && is_plain && !path.contains("//") {
        true => Ok(path.to_owned()),
        false => Err(format!(
            "`{text}` cannot be called by a static web app: an API needs the suffix `api`, or one that begins with `api/`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b3_4_an_api_answers_its_path_and_below() {
        let mut product = Product::new("a", "h");
        assert!(!product.has_api_for("/api"));
        product.apis.push("api/orders".to_owned());
        for (target, answers) in [
            ("/api/orders", true),
            ("/api/orders/7?x=/", true),
            ("/API/Orders?x", true),
            ("/api/ordersx", false),
            ("/api", false),
            ("/", false),
        ] {
            assert_eq!(product.has_api_for(target), answers, "{target}");
        }
    }

    #[test]
    fn both_keys_are_accepted_and_only_re_link_tells_the_app_a_new_one() {
        let mut product = Product::new("a", "h");
        assert!(product.accepts(&product.sent_key));
        assert!(product.accepts(&product.subscription.secondary_key));
        assert!(!product.accepts(""));
        product.regenerate(Key::Secondary);
        assert!(product.accepts(&product.sent_key));
        product.regenerate(Key::Primary);
        assert!(!product.accepts(&product.sent_key));
        product.repair();
        assert!(product.accepts(&product.sent_key));
    }

    #[test]
    fn b3_7_an_api_begins_with_api() {
        for path in ["api", "/api/", "api/orders", "API/v1.0"] {
            assert!(api_path(path).is_ok(), "{path}");
        }
        for path in ["", "orders", "apis", "api//x", "api/a b", "/"] {
            assert!(api_path(path).is_err(), "{path}");
        }
    }
}
