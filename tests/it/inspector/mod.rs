//! The inspector at `/.cygnet/`, asked as its page asks.

mod api;
mod detail;
mod page;
mod requests;
mod routes;

use serde_json::Value;

use crate::emulator::{Emulator, Response};

/// All requests that are kept.
pub fn requests(emulator: &Emulator) -> Vec<Value> {
    let list = emulator.get("/.cygnet/api/requests").json();
    list["requests"].as_array().unwrap().clone()
}

/// The token in the page.
pub fn token(emulator: &Emulator) -> String {
    let page = emulator.get("/.cygnet/").text();
    let (_, rest) = page.split_once("name=\"cygnet-token\" content=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// Posts as the page does.
pub fn post(emulator: &Emulator, path: &str, body: &str) -> Response {
    let own = format!("http://localhost:{}", emulator.port);
    let token = token(emulator);
    let headers = [("X-Cygnet-Token", &*token), ("Origin", &*own)];
    emulator.send("POST", path, &headers, body.as_bytes())
}
