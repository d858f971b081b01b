//! What to do about an error.

use std::borrow::Cow;
use std::error::Error;

/// An error that reaches a user. Its [`Display`](std::fmt::Display) says what failed, with which value; the next step
/// is no part of it.
pub trait Advice: Error {
    /// The next step, without `hint:` before it.
    fn hint(&self) -> Option<Cow<'_, str>>;
}
