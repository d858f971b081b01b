//! What the pipeline says of one request.

use crate::auth::ClientPrincipal;
use crate::backend::hop::HopSlot;

/// Facts of one request that only the pipeline knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// Path and query to ask for, raw, after any rewrite.
    pub(crate) target: &'a str,
    /// The full public URL before any rewrite.
    pub(crate) original_url: &'a str,
    /// The caller, if signed in.
    pub(crate) principal: Option<&'a ClientPrincipal>,
    /// What the answer is for.
    pub(crate) wanted: Wanted,
    /// Takes what is sent and what comes back, if somebody may look at it later.
    pub(crate) hop: Option<&'a HopSlot>,
}

/// What an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It is what was asked for.
    Answer,
    /// It stands in for another one: a body is wanted whatever the method and whatever the caller has cached.
    Page,
}
