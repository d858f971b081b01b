//! Real sign-in (`--auth real`) on the real binary, against a provider in this process.
//!
//! | module | what |
//! |---|---|
//! | `attacks` | what is refused |
//! | `flow` | what a sign-in brings, and where |
//! | `sign_out` | the end of a session, here and at the provider |
//! | `awkward` | providers that are down, slow or strange, and what the developer forgot |
//! | `environments` | under `serve` |

mod attacks;
mod awkward;
mod environments;
mod flow;
mod sign_out;

use std::process::Command;

use serde_json::{Value, json};

use crate::common::oidc::{CLIENT_ID, CLIENT_SECRET, Oidc, encoded};
use crate::deployed::cookies;
use crate::emulator::{Emulator, Response, site};

/// An app with its provider.
struct App {
    provider: Oidc,
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl App {
    /// The provider is called `idp`.
    fn start() -> Self {
        Self::of(Oidc::start(), &json!({}), &[])
    }

    /// With a section of the provider that says more, and more arguments.
    fn of(provider: Oidc, section: &Value, args: &[&str]) -> Self {
        let configuration = provider.configuration(section);
        Self::configured(provider, &configuration, args)
    }

    fn configured(provider: Oidc, configuration: &Value, args: &[&str]) -> Self {
        let folder = site(Some(&configuration.to_string()));
        // Where the secret is looked for last.
        let secret = format!("IDP_SECRET='{CLIENT_SECRET}'\n");
        crate::emulator::write(folder.path(), ".env", secret);
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command.env("IDP_ID", CLIENT_ID).env_remove("IDP_SECRET");
        command.args(["--auth", "real"]).args(args);
        Self {
            emulator: Emulator::run(command, folder.path()),
            provider,
            folder,
        }
    }

    fn get(&self, path: &str, cookies: &str) -> Response {
        self.emulator.send("GET", path, &[("Cookie", cookies)], b"")
    }

    /// A browser that was sent to the provider.
    fn begin(&self, path: &str) -> Begun {
        let sent = self.get(path, "");
        assert_eq!(sent.status, 302, "AU-1: {}", sent.text());
        Begun {
            url: sent.header("location").unwrap().to_owned(),
            cookies: cookies(&sent),
        }
    }

    /// The browser comes back with what the provider gave.
    fn come_back(&self, begun: &Begun, parameters: &[(String, String)]) -> Response {
        let callback = format!("/.auth/login/idp/callback?{}", encoded(parameters));
        self.get(&callback, &begun.cookies)
    }

    /// A whole sign-in by a user who consents.
    fn sign_in(&self) -> Response {
        let begun = self.begin("/.auth/login/idp");
        self.come_back(&begun, &self.provider.consent(&begun.url))
    }

    fn me(&self, cookies: &str) -> Value {
        self.get("/.auth/me", cookies).json()["clientPrincipal"].clone()
    }
}

/// A sign-in under way in one browser.
struct Begun {
    url: String,
    cookies: String,
}

/// The page says why, and nobody is signed in.
#[track_caller]
fn refused(response: &Response, status: u16, why: &str) {
    assert_eq!(response.status, status, "{}", response.text());
    assert!(response.text().contains(why), "{why}: {}", response.text());
    let set = response.values("set-cookie");
    assert!(
        !set.iter()
            .any(|it| it.starts_with("StaticWebAppsAuthCookie")),
        "{set:?}"
    );
}

/// The session is there.
#[track_caller]
fn signed_in(response: &Response) -> String {
    assert_eq!(response.status, 302, "{}", response.text());
    let cookies = cookies(response);
    assert!(cookies.contains("StaticWebAppsAuthCookie"), "{cookies}");
    cookies
}
