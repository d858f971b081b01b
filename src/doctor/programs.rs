//! The programs that apps are built and run with, and the one that opens pages.

use std::path::Path;

use super::check::{Check, Looking, State, look};
use super::patient::Patient;
use crate::data_api::builder;
use crate::detect::package_manager_of;
use crate::functions::{FoundTool, HostError, Tool};
use crate::process::{Guard, program};
use crate::settings::DataApiSetting;

/// What each is called, and what it is for where nothing here needs it.
const TOOLS: [(Tool, &str, &str); 5] = [
    (
        Tool::Node,
        "Node.js",
        "functions in JavaScript and TypeScript",
    ),
    (Tool::Npm, "npm", "packages of Node.js"),
    (Tool::Python, "Python", "functions in Python"),
    (
        Tool::Dotnet,
        ".NET",
        "functions in C# and F#, and Data API Builder",
    ),
    (
        Tool::CoreTools,
        "Core Tools",
        "`--api-host func`, which runs functions by Azure's own host",
    ),
];

/// Installs packages of Python, when it is there.
const UV: &str = "uv";

pub(super) fn checks(patient: &Patient) -> Vec<Looking<'_>> {
    let mut all: Vec<Looking<'_>> = TOOLS
        .into_iter()
        .map(|(tool, name, purpose)| look(name, one(patient, tool, (name, purpose))))
        .collect();
    all.push(look(
        UV,
        by_name(
            UV,
            UV,
            "packages of Python, which pip installs too",
            patient.guard(),
        ),
    ));
    if let Some(other) = manager(patient).filter(|name| *name != "npm") {
        all.push(look(other, needed_by_name(other, patient.guard())));
    }
    let data_api = patient.settings().map(|settings| &settings.data_api.value);
    if let Some(DataApiSetting::Folder { .. }) = data_api {
        all.push(look("Data API Builder", data_api_builder(patient.guard())));
    }
    all.push(look("browser", async { browser() }));
    all
}

/// The program that installs the packages of the app, if it is a project of Node.js.
fn manager(patient: &Patient) -> Option<&'static str> {
    let location = match patient.settings() {
        Some(settings) => &settings.app.location.value,
        None => &patient.folder,
    };
    let is_project = location.join("package.json").is_file();
    is_project.then(|| package_manager_of(location))
}

async fn one(patient: &Patient, tool: Tool, (name, purpose): (&str, &str)) -> Check {
    let needed = match &patient.functions {
        Some(Ok(choice)) if tool.is_needed(choice) => Some("the functions"),
        _ => match (tool, manager(patient)) {
            (Tool::Node, Some(_)) | (Tool::Npm, Some("npm")) => Some("package.json"),
            _ => None,
        },
    };
    match tool.find(&patient.host).await {
        Ok(FoundTool { program, version }) => found(name, program.as_deref(), &version),
        Err(HostError { message, hint, .. }) => {
            missing(name, (needed, purpose), message).hint(hint)
        }
    }
}

/// One that only makes things better.
async fn by_name(name: &str, program: &str, purpose: &str, guard: &Guard) -> Check {
    match program::version(program, guard).await {
        Ok((path, version)) => found(name, Some(&path), &version),
        Err(why) => missing(name, (None, purpose), why),
    }
}

async fn needed_by_name(name: &str, guard: &Guard) -> Check {
    match program::version(name, guard).await {
        Ok((path, version)) => found(name, Some(&path), &version),
        Err(why) => missing(name, (Some("its lock file or package.json"), ""), why)
            .hint(format!("npm install --global {name}")),
    }
}

async fn data_api_builder(guard: &Guard) -> Check {
    let name = "Data API Builder";
    match program::version(builder::PROGRAM, guard).await {
        Ok((path, version)) => found(name, Some(&path), &version),
        Err(why) => missing(name, (Some("the database connection"), ""), why)
            .hint("dotnet tool install -g Microsoft.DataApiBuilder"),
    }
}

fn found(name: &str, program: Option<&Path>, version: &str) -> Check {
    let path = program.map(|path| path.display().to_string());
    let at = path.as_ref().map(|path| format!(" ({path})"));
    Check::new(
        name,
        State::Ok,
        format!("{version}{}", at.unwrap_or_default()),
    )
    .fact("version", version)
    .fact("path", path)
}

fn missing(name: &str, (needed, purpose): (Option<&str>, &str), why: String) -> Check {
    match needed {
        Some(by) => Check::new(name, State::Problem, format!("{why}; {by} needs it")),
        None => Check::new(
            name,
            State::Note,
            format!("none that works; only for {purpose}"),
        ),
    }
    .fact("why", why)
}

/// The first of the programs that a start with `--open` tries.
fn browser() -> Check {
    let tried = open::commands("http://localhost");
    let names = tried.iter().map(|command| command.get_program());
    match names.into_iter().find_map(program::find) {
        Some(opener) => Check::new("browser", State::Ok, format!("opened by {}", opener.display()))
            .fact("path", opener.display().to_string()),
        None => Check::new("browser", State::Note, "no program here opens one: `--open` and the key `o` do nothing")
            .hint("open the URL that a start prints; Debian and Ubuntu have xdg-open in the package xdg-utils"),
    }
}
