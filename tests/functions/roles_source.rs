//! `auth.rolesSource` with the function of the sample app.

use std::path::Path;

use crate::common::sign_in::{roles, sign_in};
use crate::emulator::{Emulator, copy_tree, write};
use crate::support::packages;

#[test]
fn the_sample_apps_own_function_gives_its_roles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app");
    let copy = tempfile::tempdir().unwrap();
    copy_tree(&root, copy.path());
    std::os::unix::fs::symlink(packages(), copy.path().join("api/node_modules")).unwrap();
    write(copy.path(), ".env", "CYGNET_TEST_VALUE=from the file\n");
    let probe = "const { app } = require('@azure/functions');\napp.http('probe', { handler: () => ({ body: String(process.env.CYGNET_TEST_VALUE) }) });\n";
    write(copy.path(), "api/src/functions/probe.js", probe);
    let args = ["public", "--api-location", "api", "--no-install"];
    let emulator = Emulator::start(copy.path(), &args);
    // Its start is awaited here, not within the ten seconds of the sign-in.
    assert_eq!(
        emulator.get("/api/probe").text(),
        "from the file",
        "a child sees `.env`"
    );
    let admin = sign_in(
        &emulator,
        "/.auth/login/github",
        r#"{"userDetails":"admin-ines"}"#,
    );
    assert_eq!(roles(&admin), ["anonymous", "authenticated", "admin"]);
    let cookie = admin
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    assert_eq!(
        emulator
            .send("GET", "/admin/", &[("Cookie", cookie)], b"")
            .status,
        200
    );
    let other = sign_in(&emulator, "/.auth/login/aad", r#"{"userDetails":"ada"}"#);
    assert_eq!(roles(&other), ["anonymous", "authenticated"]);
    assert_eq!(emulator.send("POST", "/api/roles", &[], b"{}").status, 404);
}
