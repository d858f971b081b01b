//! Real sign-in: the flow of custom authentication against the identity provider itself (`--auth real`).
//!
//! 1. [`choice`]: for which providers it is asked; [`app_settings`]: where the settings are found that they name (CF-46);
//!    [`registry`]: which of them sign in for real, and why others stay with the mock
//! 2. [`flow`]: the endpoints, `sign_out` among them. [`pending`]: what a browser keeps of a sign-in under way; [`session`]: of a session; both by [`seal`]
//! 3. [`provider`]: what a provider is to the flow; [`providers`]: its kinds
//! 4. what OpenID Connect is made of: [`discovery`], [`token_response`], [`id_token`], [`claims`]; [`documents`] are kept,
//!    [`remote`] makes the calls
//! 5. [`error`]: why a sign-in failed, and [`pages`]: the page that says so

pub mod app_settings;
pub mod choice;
pub mod claims;
pub mod discovery;
pub mod documents;
pub mod error;
pub mod flow;
pub mod id_token;
pub mod pages;
pub mod pending;
pub mod provider;
pub mod providers;
pub mod registry;
pub mod remote;
pub mod seal;
pub mod session;
mod sign_out;
pub mod token_response;
pub mod url_builder;

pub use app_settings::AppSettings;
pub use choice::{AuthChoice, AuthMode, asks_for_real};
pub use registry::{RealSignIn, Registrar, SharedSignIn};
pub use seal::SealError;
pub use session::Sessions;
