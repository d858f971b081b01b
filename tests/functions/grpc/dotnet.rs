//! Apps that are built into their worker, as .NET (isolated) is: `worker.config.json`, `functions.metadata` and `host.json`
//! in one folder. There is no .NET SDK here; a `dotnet` of the test's own copies the folder in place of building it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use super::support::{PATIENCE, Site, gone, pid, python, worker};
use crate::emulator::{Emulator, eventually_within, write};

/// What a build leaves: the worker is a program in its folder, and does not index.
fn output(site: &Site, dir: &Path) {
    let description = json!({"language": "dotnet-isolated", "extensions": [".dll"], "defaultExecutablePath": "{WorkerRoot}App"});
    write(
        dir,
        "worker.config.json",
        json!({"description": description}).to_string(),
    );
    write(dir, "host.json", r#"{"version": "2.0"}"#);
    write(dir, "app.json", site.app.to_string());
    metadata(site, dir, |_| {});
    let program = format!(
        "#!/bin/sh\nexec {} {}/worker.py \"$@\"\n",
        python().display(),
        worker()
    );
    let program = write(dir, "App", program);
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn metadata(site: &Site, dir: &Path, edit: impl FnOnce(&mut Value)) {
    let listed = site.app["functions"].as_array().unwrap().iter().map(|function| {
        json!({"name": function["name"], "scriptFile": "App.dll", "entryPoint": "App.Functions.Run", "language": "dotnet-isolated",
            "properties": {"IsCodeless": false, "note": "of the file"}, "bindings": function["bindings"]})
    });
    let mut listed: Value = listed.collect();
    edit(&mut listed);
    write(dir, "functions.metadata", listed.to_string());
}

#[test]
fn build_output_is_run_as_it_is_and_reloads() {
    // FR-13.
    let site = Site::new();
    output(&site, &site.api());
    let emulator = Emulator::run(site.command(), site.dir.path());
    emulator.wait_for_output(
        "in dotnet-isolated because worker.config.json and functions.metadata are there",
    );
    emulator.wait_for_output_within("[api] functions:", PATIENCE);
    assert_eq!(emulator.get("/api/hello").text(), "hello from gRPC");
    let seen: Value = serde_json::from_slice(&emulator.get("/api/echo/7").body).unwrap();
    assert_eq!(seen["params"]["id"], "7");
    assert_eq!(seen["loaded"]["note"], json!({"note": "of the file"}));
    emulator.wait_for_output("invalid trigger of type 'timerTrigger'");
    let old = pid(&emulator);
    metadata(&site, &site.api(), |listed| {
        listed[0]["bindings"][0]["route"] = json!("renamed")
    });
    eventually_within(
        "the new route",
        PATIENCE,
        || emulator.get("/api/renamed").status == 200,
        || emulator.output(),
    );
    assert_eq!(emulator.get("/api/hello").status, 404);
    gone(old);
}

#[test]
fn a_broken_list_is_said() {
    let site = Site::new();
    output(&site, &site.api());
    write(&site.api(), "functions.metadata", "{}");
    let emulator = Emulator::run(site.command(), site.dir.path());
    emulator.wait_for_output_within("functions.metadata` is not a list", PATIENCE);
}

/// A project, and a `dotnet` that can build it.
fn project(site: &Site) -> std::path::PathBuf {
    let package = r#"<Project><ItemGroup><PackageReference Include="Microsoft.Azure.Functions.Worker" /></ItemGroup></Project>"#;
    write(&site.api(), "App.csproj", package);
    write(&site.api(), "Program.cs", "// first");
    output(site, &site.dir.path().join("built"));
    let tool = format!(
        "#!/bin/sh\n[ \"$*\" = 'build App.csproj --output bin/output' ] || exit 9\nif grep -q broken Program.cs; then echo 'Program.cs(1,1): error CS0103'; exit 1; fi\necho \"dotnet builds\"\nmkdir -p bin/output obj\ncp {}/* bin/output/\ntouch obj/App.dll\n",
        site.dir.path().join("built").display()
    );
    let tool = write(site.dir.path(), "tools/dotnet", tool);
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    format!("{}:{path}", tool.parent().unwrap().display()).into()
}

#[test]
fn a_project_is_built_first_and_again_when_it_changes() {
    // FR-13: built into `bin/output`.
    let site = Site::new();
    let path = project(&site);
    let mut command = site.command();
    command.env("PATH", path);
    let emulator = Emulator::run(command, site.dir.path());
    emulator.wait_for_output("in dotnet-isolated because App.csproj is there");
    emulator.wait_for_output_within("[api] functions:", PATIENCE);
    emulator.wait_for_output("running `dotnet build App.csproj --output bin/output`");
    emulator.wait_for_output("[api] dotnet builds");
    let first = pid(&emulator);
    assert_eq!(emulator.get("/api/hello").text(), "hello from gRPC");
    write(&site.api(), "Program.cs", "broken");
    emulator.wait_for_output_within("[api] Program.cs(1,1): error CS0103", PATIENCE);
    emulator.wait_for_output_within("the functions keep running as they were", PATIENCE);
    assert_eq!(pid(&emulator), first);
    write(&site.api(), "Program.cs", "// mended");
    eventually_within(
        "the new worker",
        PATIENCE,
        || pid(&emulator) != first,
        || emulator.output(),
    );
    // What the build writes is no change: three builds, for three states of the source.
    gone(first);
    assert_eq!(
        emulator.output().matches("running `dotnet build").count(),
        3,
        "{}",
        emulator.output()
    );
}

#[test]
fn without_dotnet_or_leave_to_build_it_is_said_what_to_do() {
    let site = Site::new();
    project(&site);
    let emulator = Emulator::run(site.command(), site.dir.path());
    emulator.wait_for_output_within(
        "`App.csproj` must be built, but `dotnet` is not on the PATH",
        PATIENCE,
    );
    emulator.wait_for_output("hint: install the .NET SDK");
    drop(emulator);

    let mut command = site.command();
    command.arg("--no-install");
    let emulator = Emulator::run(command, site.dir.path());
    emulator.wait_for_output_within(
        "`App.csproj` is not built, and `--no-install` switches the build off",
        PATIENCE,
    );
    drop(emulator);

    output(&site, &site.api().join("bin/output"));
    let mut command = site.command();
    command.arg("--no-install");
    let emulator = Emulator::run(command, site.dir.path());
    emulator.wait_for_output_within("[api] functions:", PATIENCE);
    assert_eq!(emulator.get("/api/hello").status, 200);
    drop(emulator);

    write(
        &site.api(),
        "App.csproj",
        r#"<PackageReference Include="Microsoft.NET.Sdk.Functions" />"#,
    );
    let emulator = Emulator::run(site.command(), site.dir.path());
    emulator.wait_for_output_within(
        "is written for in-process .NET (App.csproj is there)",
        PATIENCE,
    );
}
