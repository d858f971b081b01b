//! A caller cannot say who they are, whatever answers and however they spell it.

use crate::common::http::{self, Response};
use crate::emulator::{Emulator, site};
use crate::support::{RawUpstream, header};

const FORGED: [&str; 8] = [
    "x-ms-client-principal",
    "X-MS-CLIENT-PRINCIPAL-ID",
    "x_ms_client_principal",
    "X_MS_CLIENT_PRINCIPAL_NAME",
    "x-ms_client-principal_idp",
    "x.ms.client.principal",
    "x_ms_auth_token",
    "x_ms_original_url",
];

fn forged(emulator: &Emulator, path: &str) -> Response {
    let headers: Vec<(&str, &str)> = FORGED.iter().map(|name| (*name, "forged")).collect();
    let headers = [headers, vec![("x_mine", "passes")]].concat();
    let authority = format!("localhost:{}", emulator.port);
    let request = http::request(&authority, "GET", path, &headers, b"");
    emulator.raw(&request, false)
}

#[test]
fn ap_22_no_spelling_of_an_identity_header_passes_to_a_backend_or_a_dev_server() {
    let (upstream, heads) = RawUpstream::recording();
    let folder = site(None);
    let backend = Emulator::start(folder.path(), &["-i", &upstream.url()]);
    let dev_server = Emulator::start(folder.path(), &[&upstream.url()]);
    for (emulator, path) in [(&backend, "/api/x"), (&dev_server, "/x")] {
        assert_eq!(forged(emulator, path).status, 200, "{path}");
        let heads = heads.lock().unwrap();
        let asked = format!("GET {path} ");
        let head = heads.iter().find(|head| head.starts_with(&asked)).unwrap();
        assert!(!head.contains("forged"), "{head}");
        assert_eq!(header(head, "x_mine"), Some("passes"), "{head}");
    }
}
