//! An answer, or what answers instead.

use actix_web::HttpResponse;

use super::record::{AccessRecord, Reason};
use super::resolution::Resolution;

/// An answer and what is to be remembered of it.
pub struct Reply {
    /// The response.
    pub response: HttpResponse,
    /// Why it is what it is.
    pub record: AccessRecord,
}

impl Reply {
    /// A reply without a rule.
    pub fn new(response: HttpResponse, reason: Reason) -> Self {
        Self {
            response,
            record: AccessRecord::new(reason),
        }
    }
}

/// What became of one attempt to answer.
pub(crate) enum Step<'a> {
    /// The answer.
    Reply(Reply),
    /// What answers instead.
    Instead(Resolution<'a>),
}

impl<'a> Step<'a> {
    /// What answers instead; the rule stays the one that led here.
    pub(super) fn instead(before: &Resolution<'_>, next: Resolution<'a>) -> Self {
        Self::Instead(next.with_rule(before.rule))
    }
}
