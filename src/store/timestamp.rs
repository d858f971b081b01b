//! Moments, as they are kept and as other tools read them.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::{Rfc3339, iso8601};
use time::{OffsetDateTime, UtcOffset};

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Seconds since 1970 as RFC 3339 in UTC.
pub fn rfc3339(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| {
        let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        time.format(&Rfc3339).ok()
    });
    // Only a damaged record holds a time after the year 9999.
    time.unwrap_or_else(|| format!("{seconds} s"))
}

/// A moment as RFC 3339 in UTC, always with milliseconds.
pub fn rfc3339_millis(time: SystemTime) -> String {
    const FORM: iso8601::EncodedConfig = iso8601::Config::DEFAULT
        .set_time_precision(iso8601::TimePrecision::Second {
            decimal_digits: std::num::NonZeroU8::new(3),
        })
        .encode();
    let time = OffsetDateTime::from(time).to_offset(UtcOffset::UTC);
    // A clock that shows a year after 9999 says nothing.
    time.format(&iso8601::Iso8601::<FORM>).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_written_as_other_tools_read_it() {
        assert_eq!(rfc3339(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        let time = UNIX_EPOCH + Duration::from_millis(784_111_777_005);
        assert_eq!(rfc3339_millis(time), "1994-11-06T08:49:37.005Z");
        assert_eq!(rfc3339_millis(UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
