//! Which headers say who calls. Azure writes them, so a caller's own are never passed on (AP-22…AP-24).

use std::borrow::Cow;

/// The name of a header as a server reads it that keeps headers in variables: in CGI and all that came after it (WSGI, Rack,
/// PHP) whatever is neither letter nor digit becomes one character, so `x_ms_client_principal` is `x-ms-client-principal`.
/// Small letters are expected.
pub fn canonical(name: &str) -> Cow<'_, str> {
    let separates = |character: char| character != '-' && !character.is_ascii_alphanumeric();
    if name.contains(separates) {
        Cow::Owned(name.replace(separates, "-"))
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether a header says who calls, or by which address, in any spelling that a server may take for it. The name in small
/// letters.
pub fn is_identity_header(name: &str) -> bool {
    // Every request has a dozen names, and few begin so.
    name.starts_with('x') && {
        let name = canonical(name);
        name.starts_with("x-ms-client-principal")
            || matches!(&*name, "x-ms-auth-token" | "x-ms-original-url")
    }
}

#[cfg(test)]
mod tests {
    use super::is_identity_header;

    #[test]
    fn ap_22_every_spelling_of_an_identity_header_is_one() {
        for name in [
            "x-ms-client-principal",
            "x_ms_client_principal",
            "x-ms_client-principal-id",
            "x.ms.client.principal",
            "x_ms_auth_token",
            "x_ms_original_url",
        ] {
            assert!(is_identity_header(name), "{name}");
        }
        for name in ["x-ms-version", "x-msclient-principal", "xx", "cookie"] {
            assert!(!is_identity_header(name), "{name}");
        }
    }
}
