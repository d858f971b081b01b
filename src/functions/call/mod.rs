//! One invocation: [`invoke`] finds the function, makes an invocation of the [`request`], calls the worker and makes a [`response`]
//! of the result.
//!
//! [`worker_handle`] is a running worker as its callers see it. [`cookies`] and [`text_result`] are parts of the response, [`cors`] is what
//! the host's own port adds to it.

pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod invoke;
mod request;
pub(crate) mod response;
mod text_result;
pub(crate) mod worker_handle;
