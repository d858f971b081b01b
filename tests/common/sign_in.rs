//! Signing in at the real binary, past the mock form.

use super::emulator::{Emulator, Response};

/// Posts the wanted user; behind the gateway of a configuration that has one.
pub fn sign_in(emulator: &Emulator, path: &str, json: &str) -> Response {
    let headers = [("Content-Type", "application/json"), ("X-Gate", "open")];
    emulator.send("POST", path, &headers, json.as_bytes())
}

/// The roles that a sign-in gave.
pub fn roles(answer: &Response) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let roles = told["clientPrincipal"]["userRoles"].as_array().unwrap();
    roles
        .iter()
        .map(|role| role.as_str().unwrap().to_owned())
        .collect()
}
