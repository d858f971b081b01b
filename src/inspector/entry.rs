//! What is kept of one request: facts, put into words when somebody looks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use actix_web::http::Method;
use arc_swap::ArcSwapOption;

use crate::http::HeaderCopy;
use crate::pipeline::record::{AccessRecord, KnownFacts};

use super::body_copy::BodyCopy;

/// One request and its answer.
pub struct Entry {
    /// Its number; 0 before it has one.
    pub id: AtomicU64,
    /// When it came.
    pub time: SystemTime,
    /// The same, to compare.
    pub started: Instant,
    /// The environment that answered; none for hosts that are not ours.
    pub environment: Option<Arc<str>>,
    /// Its method.
    pub method: Method,
    /// What of it is text.
    pub text: Text,
    /// The status of the answer.
    pub status: u16,
    /// Why.
    pub record: AccessRecord,
    /// From the request to the head of the answer.
    pub first_byte: Duration,
    /// The length of the request's body, if it was announced.
    pub request_bytes: Option<u64>,
    /// Bytes of the answer's body, if they were known with its head.
    pub response_bytes: Option<u64>,
    /// Whether the answer's body was still to come.
    pub streams: bool,
    /// Headers, where they are kept.
    pub heads: Option<Box<Heads>>,
    /// What became of the bodies.
    pub ended: OnceLock<Box<Ended>>,
    /// The request that this one repeats.
    pub resent: Option<Box<Resent>>,
}

/// Longer texts have an allocation of their own.
const SHORT: usize = 64;

/// Path and query as they came, then the type of the answer.
pub struct Text {
    target: usize,
    length: usize,
    short: [u8; SHORT],
    long: Option<Box<[u8]>>,
}

impl Text {
    /// Joins them.
    pub fn new(target: &str, content_type: Option<&[u8]>) -> Self {
        let (target, kind) = (target.as_bytes(), content_type.unwrap_or_default());
        let length = target.len() + kind.len();
        let mut short = [0; SHORT];
        let long = match short.get_mut(..length) {
            Some(room) => {
                let (before, after) = room.split_at_mut(target.len());
                before.copy_from_slice(target);
                after.copy_from_slice(kind);
                None
            }
            None => Some([target, kind].concat().into_boxed_slice()),
        };
        Self {
            target: target.len(),
            length,
            short,
            long,
        }
    }

    /// The target and the type.
    fn parts(&self) -> (&str, &str) {
        let all = self.long.as_deref().unwrap_or(&self.short);
        fn text(part: Option<&[u8]>) -> &str {
            str::from_utf8(part.unwrap_or_default()).unwrap_or_default()
        }
        (
            text(all.get(..self.target)),
            text(all.get(self.target..self.length)),
        )
    }
}

/// Headers of both directions.
pub struct Heads {
    /// Those of the request.
    pub request: HeaderCopy,
    /// Those of the response.
    pub response: HeaderCopy,
}

/// The end of an exchange.
#[derive(Default)]
pub struct Ended {
    /// From the request to the last byte of the answer.
    pub took: Duration,
    /// Bytes of the answer's body that were sent.
    pub bytes: u64,
    /// Whether the answer broke off, or its reader went away.
    pub broken: bool,
    /// The bodies; none if nobody looked.
    pub bodies: ArcSwapOption<Bodies>,
}

/// What is kept of the bodies.
pub enum Bodies {
    /// Their beginnings.
    Kept {
        /// That of the request, if one came.
        request: Option<BodyCopy>,
        /// That of the answer.
        response: BodyCopy,
    },
    /// They were kept, and have made room for newer ones.
    Forgotten,
}

/// Where a repeated request comes from.
#[derive(Debug, Clone)]
pub struct Resent {
    /// The request that is repeated.
    pub from: u64,
    /// Who asks now, by the name of a persona.
    pub persona: Option<String>,
}

impl Entry {
    /// Makes an entry of a request that came at `started`, by both clocks. Its bodies are still to come, or are not kept.
    pub fn new(
        (started, time): (Instant, SystemTime),
        method: Method,
        text: Text,
        record: AccessRecord,
    ) -> Self {
        Self {
            id: AtomicU64::new(record.facts().id.unwrap_or_default()),
            time,
            started,
            environment: None,
            method,
            text,
            status: 0,
            record,
            first_byte: Duration::ZERO,
            request_bytes: None,
            response_bytes: None,
            streams: false,
            heads: None,
            ended: OnceLock::new(),
            resent: None,
        }
    }

    /// Its number; 0 before it has one.
    pub fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Gives it its number.
    pub fn set_id(&self, id: u64) {
        self.id.store(id, Ordering::Relaxed);
    }

    /// Path and query as they came.
    pub fn target(&self) -> &str {
        self.text.parts().0
    }

    /// The type of the answer, if it has one.
    pub fn content_type(&self) -> Option<&str> {
        let (_, kind) = self.text.parts();
        (!kind.is_empty()).then_some(kind)
    }

    /// What was known of the request.
    pub fn facts(&self) -> &KnownFacts {
        self.record.facts()
    }

    /// From the request to the last byte; `None` before that.
    pub fn took(&self) -> Option<Duration> {
        match self.ended.get() {
            Some(ended) => Some(ended.took),
            None => (!self.streams).then_some(self.first_byte),
        }
    }

    /// Bytes of the answer's body; `None` before its end where they were not announced.
    pub fn sent_bytes(&self) -> Option<u64> {
        let ended = self.ended.get().map(|ended| ended.bytes);
        ended.or(self.response_bytes)
    }

    /// How much of the request is kept, in a word of the endpoint.
    pub fn kept(&self) -> &'static str {
        let ended = self.ended.get();
        match (&self.heads, ended) {
            (None, _) => "facts",
            (Some(_), None) => "headers",
            (Some(_), Some(ended)) => match ended.bodies.load().as_deref() {
                None => "headers",
                Some(Bodies::Kept { .. }) => "all",
                Some(Bodies::Forgotten) => "forgotten",
            },
        }
    }

    /// Bytes in memory, but for the bodies that [`Entry::ended`] holds.
    pub fn size(&self) -> usize {
        let heads = self.heads.as_ref().map_or(0, |heads| {
            size_of::<Heads>() + heads.request.size() + heads.response.size()
        });
        let facts = self.facts();
        let caller = facts.caller.as_ref().map_or(0, |caller| {
            let roles = caller.user_roles.iter().map(|role| role.len() + 24);
            let claims = caller
                .claims
                .iter()
                .map(|it| it.typ.len() + it.val.len() + 48);
            128 + caller.user_id.len()
                + caller.user_details.len()
                + roles.sum::<usize>()
                + claims.sum::<usize>()
        });
        let required = facts.required_headers.iter().flatten();
        let required: usize = required.map(|value| value.len() + 16).sum();
        let hop = facts.hop.as_ref().map_or(0, |hop| hop.size());
        let text = self.text.long.as_ref().map_or(0, |text| text.len());
        let ended = if self.streams { size_of::<Ended>() } else { 0 };
        // The record's own sentence is short; 64 bytes stand for it and what the allocator adds.
        size_of::<Self>() + text + heads + caller + required + hop + ended + 64
    }
}

impl Ended {
    /// Bytes in memory that its bodies take.
    pub fn size(&self) -> usize {
        match self.bodies.load().as_deref() {
            Some(Bodies::Kept { request, response }) => {
                request.as_ref().map_or(0, BodyCopy::size) + response.size()
            }
            Some(Bodies::Forgotten) | None => 0,
        }
    }

    /// Makes room; says how much.
    pub fn forget_bodies(&self) -> usize {
        let freed = self.size();
        if freed > 0 {
            self.bodies.store(Some(Arc::new(Bodies::Forgotten)));
        }
        freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::reason::Reason;

    #[test]
    fn targets_and_types_of_any_length_come_back() {
        for length in [1, SHORT - 10, SHORT - 9, SHORT - 8, SHORT, SHORT + 1, 5000] {
            for kind in [None, Some("text/html")] {
                let target = format!("/{}", "x".repeat(length - 1));
                let text = Text::new(&target, kind.map(str::as_bytes));
                let record = AccessRecord::new(Reason::File);
                let entry = Entry::new(
                    (Instant::now(), SystemTime::now()),
                    Method::GET,
                    text,
                    record,
                );
                assert_eq!((entry.target(), entry.content_type()), (&*target, kind));
            }
        }
        let odd = Text::new("/", Some(b"\xff"));
        assert_eq!(odd.parts(), ("/", ""));
    }
}
