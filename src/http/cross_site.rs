//! Which requests the page of another site sends. Browsers say where a request comes from; programs say nothing.

use http::HeaderValue;

use super::Origin;

/// Whether the values of `Sec-Fetch-Site` and `Origin` are those of another site's page. `Sec-Fetch-Site` decides where there is
/// one, because `Origin` is `null` on a page of ours with `Referrer-Policy: no-referrer`, and the dev server's when that
/// passes on what its pages ask for. Older browsers send `Origin` alone, which `is_own` judges.
pub(crate) fn is_cross_site(
    sec_fetch_site: Option<&str>,
    origin: Option<&str>,
    is_own: impl FnOnce(&str) -> bool,
) -> bool {
    match (sec_fetch_site, origin) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => !is_own(origin),
        (None, None) => false,
    }
}

/// Whether the value of `Origin` is that of a page that was loaded from this machine.
pub(crate) fn is_of_this_machine(origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.parse().ok());
    origin.is_some_and(|origin: Origin| origin.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_fetch_site_decides_and_origin_where_it_is_missing() {
        let own = "http://localhost:7071";
        let evil = "https://evil.example";
        for (origin, site, expected) in [
            (None, None, false),
            (None, Some("none"), false),
            (Some(own), None, false),
            (Some(own), Some("same-origin"), false),
            (Some("null"), Some("same-origin"), false),
            (Some("null"), None, true),
            (Some("null"), Some("cross-site"), true),
            (Some(evil), None, true),
            (Some(evil), Some("same-site"), true),
            (None, Some("same-site"), true),
            (None, Some("cross-site"), true),
            (Some(own), Some("cross-site"), true),
            (Some(own), Some("something new"), true),
        ] {
            let judged = is_cross_site(site, origin, |origin| origin == own);
            assert_eq!(judged, expected, "{origin:?} {site:?}");
        }
    }
}
