//! `cygnet certs trust`: Chromium believes the certificate of `--ssl` from then on, and no longer after `untrust`.

use std::path::Path;
use std::process::Command;

use crate::emulator::{Emulator, write};

struct User<'a> {
    home: &'a Path,
    state: &'a Path,
}

impl User<'_> {
    fn certs(&self, verb: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command.args(["certs", verb, "--json"]);
        let output = self.surround(&mut command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}{told}");
        said
    }

    fn surround<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        // The store of the system belongs to everybody: nobody's test changes it.
        let paths = format!("{}/programs", self.home.display());
        command
            .env("HOME", self.home)
            .env("CYGNET_STATE_DIR", self.state)
            .env("PATH", paths)
    }

    fn opens(&self, url: &str) -> String {
        let output = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/certs.mjs"))
            .args([url.as_ref(), self.home.as_os_str()])
            .output()
            .expect("node runs; hint: install Node 20 or newer, tests/run.sh says how");
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}{told}");
        said
    }
}

/// The programs that the user has, by links: all that `certs` needs, and not those that change the system.
fn give_programs(home: &Path) {
    std::fs::create_dir(home.join("programs")).unwrap();
    for program in ["certutil", "mkdir", "cmp"] {
        let own = Path::new("/usr/bin").join(program);
        assert!(
            own.exists(),
            "{program} is missing; tests/run.sh installs it"
        );
        std::os::unix::fs::symlink(own, home.join("programs").join(program)).unwrap();
    }
}

#[test]
fn chromium_believes_the_made_certificate_once_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (home, state) = (folder.path().join("home"), folder.path().join("state"));
    std::fs::create_dir(&home).unwrap();
    give_programs(&home);
    write(
        folder.path(),
        "app/index.html",
        "<!doctype html><title>t</title><p>by HTTPS",
    );
    let user = User {
        home: &home,
        state: &state,
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.arg("--ssl").env("CYGNET_STATE_DIR", &state);
    let emulator = Emulator::run(command, &folder.path().join("app"));
    let url = format!("https://localhost:{}/", emulator.port);

    assert_eq!(user.opens(&url), "ERR_CERT_AUTHORITY_INVALID");
    let trusted = user.certs("trust");
    assert!(trusted.contains(r#""state": "trusted""#), "{trusted}");
    assert_eq!(user.opens(&url), "trusted");
    let environment = url.replace("localhost", "pr-12.localhost");
    assert_eq!(user.opens(&environment), "trusted");
    let shown = user.certs("show");
    assert!(shown.contains(r#""trusted": true"#), "{shown}");
    // Twice is once.
    user.certs("trust");
    user.certs("untrust");
    assert_eq!(user.opens(&url), "ERR_CERT_AUTHORITY_INVALID");
}
