//! The four sample backends of `fixtures/backends`, from link to removal, with tokens judged by libraries that know nothing
//! of Cygnet: npm `jose`, PyPI `pyjwt`.
//!
//! Needs Node.js with npm, Python, and both registries. Versions are pinned; each test installs into a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::emulator::{Emulator, cookie, eventually, eventually_within, free_port};
use crate::linked::{Site, ask, status};

const PATIENCE: Duration = Duration::from_secs(60);

/// A copy of a fixture; no install may change the repository.
fn copy(site: &Site, name: &str) -> PathBuf {
    let to = site.root.path().join("backend");
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/backends")
        .join(name);
    done(Command::new("cp").arg("-R").args([&from, &to]));
    to
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A linked backend that runs, behind an app that serves.
struct Linked {
    site: Site,
    emulator: Emulator,
    gate: String,
    _process: Process,
}

impl Linked {
    fn start(site: Site, kind: &str, mut command: Command) -> Self {
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let link = site.link(kind, &url, &["--name", "shop"]);
        let emulator = site.start(&[]);
        let process = command
            .env("PORT", port.to_string())
            .env("SWA_ORIGIN", format!("http://localhost:{}", emulator.port))
            .env("AUDIENCE", link["audience"].as_str().unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let process = Process(process);
        let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        eventually_within("the backend", PATIENCE, listens, String::new);
        let gate = link["gateUrl"].as_str().unwrap().to_owned();
        let authority = gate.strip_prefix("http://").unwrap();
        eventually("the gate", || {
            std::net::TcpStream::connect(authority).is_ok()
        });
        Self {
            site,
            emulator,
            gate,
            _process: process,
        }
    }

    fn json(&self, path: &str, headers: &[(&str, &str)]) -> Value {
        let answer = self.emulator.send("GET", path, headers, b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// What every kind with a provider does: closed, re-linked, unlinked and still closed, opened.
    fn to_the_end(&self, path: &str) {
        assert_eq!(status(&self.gate, path), 401);
        assert_eq!(status(&self.gate, "/"), 401);
        self.site.json(&["relink"]);
        assert_eq!(self.emulator.get(path).status, 200);
        assert_eq!(status(&self.gate, path), 401);
        self.site.json(&["unlink"]);
        eventually("static /api", || self.emulator.get(path).status == 404);
        assert_eq!(status(&self.gate, path), 401, "BK-12");
        self.site.json(&["unlink", "--remove-backend-auth"]);
        // The backend itself answers now, whatever it says to a call without a token.
        eventually("the open backend", || status(&self.gate, path) != 401);
    }

    /// What the samples that check the token found in it.
    fn check_token(&self) {
        let anonymous = self.json("/api/whoami", &[]);
        assert_eq!(
            anonymous["principal"]["userRoles"],
            serde_json::json!(["anonymous"]),
            "AP-37"
        );
        assert!(anonymous["claims"]["sub"].is_null());
        let signed_in = self.json("/api/whoami", &[("Cookie", &cookie(&["admin"]))]);
        let claims = &signed_in["claims"];
        assert_eq!(claims["sub"], "u1", "AP-34");
        assert_eq!(signed_in["principal"]["userDetails"], "ines", "AP-35");
        let time = |name: &str| claims[name].as_u64().unwrap();
        assert_eq!(time("exp"), time("nbf") + 300, "AP-36");
        assert!(
            claims["iss"]
                .as_str()
                .unwrap()
                .ends_with(".azurestaticapps.net/.auth"),
            "AP-32"
        );
        assert_eq!(signed_in["kid"].as_str().unwrap().len(), 40, "AP-31");
        assert!(
            signed_in["headers"]["x-ms-client-principal"].is_string(),
            "AP-22"
        );
        assert!(signed_in["headers"]["authorization"].is_null(), "AP-25");
    }
}

#[test]
fn app_service_express_validates_with_jose() {
    let site = Site::new();
    let folder = copy(&site, "app-service");
    let words = ["install", "--no-audit", "--no-fund", "--loglevel=error"];
    done(Command::new("npm").args(words).current_dir(&folder));
    let mut command = Command::new("node");
    command.arg("server.js").current_dir(&folder);
    let linked = Linked::start(site, "app-service", command);
    linked.check_token();
    linked.to_the_end("/api/whoami");
    assert!(ask(&linked.gate, "/", &[]).text().contains("own page"));
}

#[test]
fn container_app_flask_validates_with_pyjwt() {
    let site = Site::new();
    let folder = copy(&site, "container-app");
    done(
        Command::new("python3")
            .args(["-m", "venv", ".venv"])
            .current_dir(&folder),
    );
    let python = folder.join(".venv/bin/python");
    let words = [
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ];
    done(Command::new(&python).args(words).current_dir(&folder));
    let mut command = Command::new(&python);
    command.arg("app.py").current_dir(&folder);
    let linked = Linked::start(site, "container-apps", command);
    linked.check_token();
    assert_eq!(status(&linked.gate, "/health"), 401, "B5-10");
    linked.to_the_end("/api/whoami");
    assert_eq!(status(&linked.gate, "/health"), 200);
}

#[test]
fn functions_app_of_our_own_host() {
    let site = Site::new();
    copy(&site, "functions-app");
    site.app("host");
    // A call of the app comes with the name that the backend has in Azure (AP-20).
    let host = site.start_in("host", &["--api-location", "../backend"]);
    assert_eq!(host.get_once_installed("/api/hello").status, 200);
    let url = format!("http://localhost:{}", host.port);
    let words = ["link", "--kind", "functions", "--url", &url];
    let link = site.json(&[&words[..], &["--name", "shop"]].concat());
    let emulator = site.start(&[]);
    assert_eq!(
        emulator.get("/api/hello").text(),
        "hello from the functions app"
    );
    let gate = link["gateUrl"].as_str().unwrap();
    eventually("the gate", || {
        std::net::TcpStream::connect(gate.strip_prefix("http://").unwrap()).is_ok()
    });
    assert_eq!(status(gate, "/api/hello"), 401, "BK-20");
    assert_eq!(
        ask(gate, "/api/hello", &[("x-functions-key", "k")]).status,
        401
    );
    site.json(&["relink"]);
    assert_eq!(emulator.get("/api/hello").status, 200);
    site.json(&["unlink"]);
    eventually("static /api", || emulator.get("/api/hello").status == 404);
    assert_eq!(status(gate, "/api/hello"), 401);
    site.json(&["unlink", "--remove-backend-auth"]);
    eventually("the open backend", || status(gate, "/api/hello") == 200);
}

#[test]
fn orders_api_behind_api_management() {
    let site = Site::new();
    let folder = copy(&site, "orders-api");
    let mut command = Command::new("node");
    command.arg("server.js").current_dir(&folder);
    let linked = Linked::start(site, "api-management", command);
    assert_eq!(linked.emulator.get("/api/orders/1").status, 401, "B3-4");
    linked
        .site
        .json(&["apim", "add-api", "--path", "api/orders"]);
    eventually("the API", || {
        linked.emulator.get("/api/orders/1").status == 200
    });
    assert_eq!(linked.emulator.get("/api/other").status, 401);
    let sent = linked.json("/api/orders/1?x=1", &[]);
    assert_eq!(sent["path"], "/api/orders/1?x=1");
    assert!(
        sent["headers"]["ocp-apim-subscription-key"].is_string(),
        "AP-30"
    );
    assert_eq!(status(&linked.gate, "/api/orders/1"), 401, "BK-23");
    linked.site.json(&["relink"]);
    assert_eq!(linked.emulator.get("/api/orders/1").status, 200);
    linked.site.json(&["unlink"]);
    eventually("static /api", || {
        linked.emulator.get("/api/orders/1").status == 404
    });
    assert_eq!(status(&linked.gate, "/api/orders/1"), 401);
}
