//! The one form of what is printed for programs (`docs/json.md`).

use serde::Serialize;

/// The version of all objects that are printed. Members are added to them, never changed.
const VERSION: u32 = 1;

/// An object with the version of its shape.
#[derive(Serialize)]
struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    members: T,
}

/// An object on several lines, each of which is ended. Of members that are no object nothing is printed.
pub fn pretty(members: impl Serialize) -> String {
    let version = VERSION;
    let text = serde_json::to_string_pretty(&Versioned { version, members });
    text.unwrap_or_default() + "\n"
}

/// The same on one line.
pub fn line(members: impl Serialize) -> String {
    let version = VERSION;
    let text = serde_json::to_string(&Versioned { version, members });
    text.unwrap_or_default() + "\n"
}
