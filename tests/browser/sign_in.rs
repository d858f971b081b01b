//! Signing in for real, in a real browser, before servers that others wrote: npm's `oidc-provider` in `oidc.mjs` (the
//! pond), and `oidc-provider-mock` of PyPI (the lake).

use std::io::{BufRead, BufReader, pipe};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use cygnet::auth::ClientPrincipal;
use cygnet::auth::real::Sessions;
use cygnet::auth::real::seal::Sealer;
use cygnet::store::now;
use serde_json::{Value, json};

use crate::common::python::{environment, pip};
use crate::common::walk::walk;
use crate::emulator::{Emulator, write};

/// A server, which ends with the test.
struct Server(Child);

impl Server {
    /// Starts it; gives what `read` finds in the first line that says something.
    fn start<T>(mut command: Command, read: impl Fn(&str) -> Option<T>) -> (Self, T) {
        let (output, writer) = pipe().unwrap();
        command
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer);
        let server = Self(
            command
                .spawn()
                .expect("tests/run.sh installs what is needed"),
        );
        // It holds the other end of the pipe, whose end would never be seen.
        drop(command);
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let found = lines.by_ref().find_map(|line| {
            said.push(line);
            read(said.last().unwrap())
        });
        let found = found.unwrap_or_else(|| panic!("it does not listen: {}", said.join("\n")));
        // A full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        (server, found)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The pond.
fn pond() -> (Server, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let mut command = Command::new("node");
    command.arg(folder.join("oidc.mjs"));
    Server::start(command, |line| serde_json::from_str(line).ok())
}

/// The lake, in an environment that is made once.
fn lake() -> (Server, String) {
    let package = "oidc-provider-mock==0.3.4";
    let python = environment("oidc-venv", package, |python| pip(python, &[package]));
    let mut command = Command::new(python);
    let user = json!({"sub": "zoe", "name": "Zoë", "email": "zoe@lake.example"});
    command
        .args([
            "-m",
            "oidc_provider_mock",
            "--port",
            "0",
            "--require-nonce",
            "true",
        ])
        .args(["--user-claims", &user.to_string()]);
    Server::start(command, |line| {
        let url = line.split_once("running on ")?.1;
        Some(url.split(' ').next()?.to_owned())
    })
}

fn registration(name: &str, issuer: &str, name_claim: &str) -> Value {
    json!({
        "registration": {
            "clientIdSettingName": format!("{name}_ID"),
            "clientCredential": {"clientSecretSettingName": format!("{name}_SECRET")},
            "openIdConnectConfiguration": {
                "wellKnownOpenIdConfiguration": format!("{issuer}/.well-known/openid-configuration")
            }
        },
        "login": {"nameClaimType": name_claim, "scopes": ["openid", "profile", "email"]}
    })
}

/// The cookie of a session in the app of a folder that began so many hours ago.
fn session(state: &Path, folder: &Path, hours: u64) -> String {
    let sealer = Arc::new(Sealer::load_or_create(state).unwrap());
    let sessions = Sessions::sealed(sealer, &folder.display().to_string());
    let words = |word: &str| word.to_owned();
    let roles = vec![words("reader")];
    let user = ClientPrincipal::new(words("pond"), None, words("zoe"), roles, Vec::new());
    let began = now() - hours * 3600;
    let set = sessions.write_at(&user, &[], false, began).unwrap();
    set[0].split(['=', ';']).nth(1).unwrap().to_owned()
}

#[test]
fn real_sign_in_before_two_openid_connect_servers() {
    let (_pond, told) = pond();
    let url = |name: &str| told[name].as_str().unwrap().to_owned();
    let (pond, api) = (url("issuer"), url("api"));
    let (_lake, lake) = lake();
    let email = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
    let configuration = json!({
        "routes": [{"route": "/members/*", "allowedRoles": ["reader"]}],
        "auth": {
            "rolesSource": "/api/roles",
            "identityProviders": {"customOpenIdConnectProviders": {
                "pond": registration("POND", &pond, "name"),
                "lake": registration("LAKE", &lake, email),
            }}
        }
    });
    let folder = tempfile::tempdir().unwrap();
    for name in ["index.html", "members/index.html", "bye.html"] {
        let page = "<!doctype html><title>t</title><link rel=icon href=data:,>here";
        write(folder.path(), &format!("dist/{name}"), page);
    }
    let configured = "dist/staticwebapp.config.json";
    write(folder.path(), configured, configuration.to_string());
    let settings = "POND_ID=cygnet-app\nPOND_SECRET='a secret with a % and a +'\nLAKE_ID=any\nLAKE_SECRET=thing\n";
    write(folder.path(), ".env", settings);
    let state = folder.path().join("state");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["dist", "--auth", "real", "-is", &api])
        .env("CYGNET_STATE_DIR", &state);
    let emulator = Emulator::run(command, folder.path());
    let sessions = [7, 8].map(|hours| session(&state, folder.path(), hours));
    let site = emulator.url();
    let arguments = [&site, &pond, &api, &lake, &sessions[0], &sessions[1]];
    walk("sign_in.mjs", &arguments.map(Path::new));
    let said = emulator.output();
    for secret in ["a secret with", "LAKE_SECRET=thing"] {
        assert!(!said.contains(secret), "{said}");
    }
}
