//! Times as other tools read them.

/// Seconds since 1970 as RFC 3339 in UTC, as other tools read times.
pub(super) fn rfc3339(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| {
        let time = time::OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        time.format(&time::format_description::well_known::Rfc3339)
            .ok()
    });
    // Only a damaged record holds a time after the year 9999.
    time.unwrap_or_else(|| format!("{seconds} s"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_is_written_as_other_tools_read_it() {
        assert_eq!(super::rfc3339(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00Z");
    }
}
