//! Validators and ranges (RFC 9110 §13, §14; RS-3, RS-4, RS-9).

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actix_web::http::header::{
    HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE,
};

/// Azure's answer to a range of an empty file.
pub const EMPTY_FILE: &str = "Range request support is not yet enabled for this site, please push an update to this site to enable this.";

/// What a `Range` header asks for, given the length of the body.
#[derive(Debug, PartialEq, Eq)]
pub enum RangeRequest {
    /// The whole body: no range, several ranges, or one that makes no sense.
    Whole,
    /// These bytes: 206.
    Part(Range<u64>),
    /// Nothing of the body: 416.
    Unsatisfiable,
    /// Of an empty body: 400 with [`EMPTY_FILE`], whatever is asked for (RS-9).
    OfNothing,
}

/// The `Last-Modified` of a file, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastModified {
    /// What is told.
    pub told: SystemTime,
    /// Whether the date says which content it is. While the second of the last write is not over, another write may
    /// leave the same date behind; until then the second before is told, and no date is taken for a proof.
    pub is_final: bool,
}

impl LastModified {
    /// The date to tell now of a file written at `modified`.
    pub fn new(modified: SystemTime, now: SystemTime) -> Self {
        let seconds = |time: SystemTime| {
            time.duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_secs()
        };
        let (written, now) = (seconds(modified), seconds(now));
        let is_final = now > written;
        let told = if is_final {
            written
        } else {
            now.saturating_sub(1)
        };
        Self {
            told: UNIX_EPOCH + Duration::from_secs(told),
            is_final,
        }
    }

    /// Equal, not "at least": a file put back from an archive is older than the client's copy and still another file.
    fn is_proven_by(self, sent: &HeaderValue) -> bool {
        self.is_final && date(sent) == Some(self.told)
    }
}

/// Whether the client's copy is still good: 304.
pub fn not_modified(headers: &HeaderMap, etag: &HeaderValue, modified: LastModified) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        let sent = headers
            .get_all(IF_NONE_MATCH)
            .filter_map(|value| value.to_str().ok());
        return sent.flat_map(|value| value.split(',')).any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes()
        });
    }
    headers
        .get(IF_MODIFIED_SINCE)
        .is_some_and(|since| modified.is_proven_by(since))
}

/// What part is asked for; `If-Range` with another tag or date means the whole.
pub fn range(
    headers: &HeaderMap,
    etag: &HeaderValue,
    modified: LastModified,
    length: u64,
) -> RangeRequest {
    let Some(asked) = headers.get(RANGE) else {
        return RangeRequest::Whole;
    };
    if let Some(condition) = headers.get(IF_RANGE) {
        let same = condition == etag || modified.is_proven_by(condition);
        if !same {
            return RangeRequest::Whole;
        }
    }
    let asked = asked.to_str().ok().and_then(|text| parse(text, length));
    match asked {
        None => RangeRequest::Whole,
        Some(_) if length == 0 => RangeRequest::OfNothing,
        Some(asked) => asked,
    }
}

fn parse(text: &str, length: u64) -> Option<RangeRequest> {
    let (unit, set) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Numbers too large for 64 bits are past every end.
    let number = |text: &str| digits(text).then(|| text.parse::<u64>().unwrap_or(u64::MAX));
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(match suffix.min(length) {
            0 => RangeRequest::Unsatisfiable,
            suffix => RangeRequest::Part(length - suffix..length),
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() {
        u64::MAX
    } else {
        number(last)?
    };
    if last < first {
        return None;
    }
    if first >= length {
        return Some(RangeRequest::Unsatisfiable);
    }
    Some(RangeRequest::Part(
        first..last.saturating_add(1).min(length),
    ))
}

fn date(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rs_9_single_and_suffix_ranges() {
        use RangeRequest::{Part, Unsatisfiable};
        for (text, expected) in [
            ("bytes=0-3", Some(Part(0..4))),
            ("bytes=5-", Some(Part(5..10))),
            ("bytes=-3", Some(Part(7..10))),
            ("bytes=-99", Some(Part(0..10))),
            ("bytes=8-99999999999999999999", Some(Part(8..10))),
            ("bytes=10-", Some(Unsatisfiable)),
            ("bytes=-0", Some(Unsatisfiable)),
            ("bytes=3-1", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=-", None),
            ("bytes", None),
        ] {
            assert_eq!(parse(text, 10), expected, "{text}");
        }
    }

    #[test]
    fn a_date_is_told_only_when_its_second_is_over() {
        let at =
            |seconds: u64, millis: u64| UNIX_EPOCH + Duration::from_millis(seconds * 1000 + millis);
        let at_once = LastModified::new(at(100, 300), at(100, 900));
        assert_eq!((at_once.told, at_once.is_final), (at(99, 0), false));
        let later = LastModified::new(at(100, 300), at(101, 0));
        assert_eq!((later.told, later.is_final), (at(100, 0), true));
        let future = LastModified::new(at(500, 0), at(100, 0));
        assert_eq!((future.told, future.is_final), (at(99, 0), false));
    }

    proptest! {
        #[test]
        fn parts_lie_inside_the_body(text in "bytes=[0-9]{0,20}-[0-9]{0,20}", length in 0u64..1000) {
            if let Some(RangeRequest::Part(part)) = parse(&text, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }
    }
}
