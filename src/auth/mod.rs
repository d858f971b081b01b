//! Mock sign-in (§2): cookies, principal, the `/.auth` endpoints.

pub mod principal;

pub use principal::{Claim, ClientPrincipal};
