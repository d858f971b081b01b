//! Linked backends (BK-1…BK-27): what a link is, who may make it, and the lock that it puts on a backend.
//!
//! | file | what |
//! |---|---|
//! | [`model`] | what is remembered, in words of Azure's resources |
//! | [`BackendKind`] | what a backend is in Azure |
//! | [`store`] | on the disk: locked, whole, kept aside when damaged |
//! | [`checks`] | what Azure looks at before it links; [`refusal`] says which rule refused |
//! | [`actions`] | link, re-link, unlink |
//! | [`apim`] | product, subscription and policy of API Management |
//! | [`other_provider`] | an identity provider beside that of the link |
//! | [`key`], [`issuer`], `token_cache` | the proof that a backend is sent (AP-23) |
//! | [`verify`], [`authorize`] | what a backend does with it: who passes, and what the others are told |
//! | [`linked_backend`] | a link as the front door needs it |

pub mod actions;
pub mod apim;
pub mod authorize;
mod backend_kind;
pub mod checks;
pub mod issuer;
pub mod key;
pub mod linked_backend;
pub mod model;
pub mod other_provider;
pub mod refusal;
pub mod store;
pub(crate) mod token_cache;
pub mod verify;

pub use backend_kind::{BackendKind, PUBLIC_ZONES};
