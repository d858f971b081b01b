//! Times as other tools read them.

use std::time::{Duration, UNIX_EPOCH};

/// RFC 3339 in UTC.
pub fn rfc3339(seconds: u64) -> String {
    let http = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    // `Sun, 06 Nov 1994 08:49:37 GMT` holds every part; only the order differs.
    let parts: Vec<&str> = http
        .split([' ', ','])
        .filter(|part| !part.is_empty())
        .collect();
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    match parts.as_slice() {
        [_, day, month, year, clock, _] => {
            let month = months.iter().position(|known| known == month).unwrap_or(0) + 1;
            format!("{year}-{month:02}-{day}T{clock}Z")
        }
        _ => http,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_time_is_written_as_other_tools_read_it() {
        assert_eq!(super::rfc3339(784_111_777), "1994-11-06T08:49:37Z");
        assert_eq!(super::rfc3339(0), "1970-01-01T00:00:00Z");
    }
}
