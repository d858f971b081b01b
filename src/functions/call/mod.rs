//! One invocation: [`invoke`] finds the function, calls its worker and makes a [`response`] of the result.
//!
//! [`worker_handle`] is a running worker as its callers see it. [`cookies`] and [`text_result`] are parts of the response, [`cors`] is what
//! the host's own port adds to it.

pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod invoke;
pub(crate) mod response;
mod text_result;
pub(crate) mod worker_handle;
