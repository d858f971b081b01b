//! Where a project's own files say another port or another output folder than the usual one. They are programs; only
//! what stands in them as a plain value is seen.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::frameworks::Framework;
use super::project::Project;

/// `--port 3001`, `--port=3001`, `-p 3001`, `--web-port 8080`.
static PORT_ARGUMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s)(?:--(?:[a-z]+-)?port|-p)[= ](?<value>[0-9]{2,5})\b").ok()
});
/// `port: 3001`.
static PORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bport["']?\s*[:=]\s*(?<value>[0-9]{2,5})\b"#).ok());
/// The names that frameworks give to the folder that they write.
static OUTPUT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\b(?:outDir|outputDir|publishDir|site_dir|OUTPUT_PATH|output_dir)["']?\s*[:=]\s*["'](?<value>[^"'\n]+)["']"#).ok()
});

/// The port that the dev server's command or the framework's configuration names.
pub(super) fn port(framework: &Framework, project: &Project) -> Option<u16> {
    let command = framework
        .dev
        .script(project)
        .and_then(|name| project.script(name));
    let typed = command.and_then(|command| value(&PORT_ARGUMENT, command));
    typed
        .or_else(|| value(&PORT, &configuration(framework, project)?))
        .and_then(|port| port.parse().ok())
}

/// The output folder that the framework's configuration names, relative to the project.
pub(super) fn output(framework: &Framework, project: &Project) -> Option<String> {
    let folder = match framework.config {
        ["angular.json"] => of_angular(&project.text("angular.json")?),
        _ => value(&OUTPUT, &configuration(framework, project)?),
    }?;
    let folder = folder.trim_start_matches("./").trim_end_matches('/');
    // A folder elsewhere is as good as none: it need not be this app's.
    let is_inside = !folder.is_empty() && !folder.starts_with(['/', '.']) && !folder.contains("..");
    (is_inside || folder.starts_with(".output")).then(|| folder.to_owned())
}

fn configuration(framework: &Framework, project: &Project) -> Option<String> {
    project.text(&project.first_of(framework.config)?)
}

fn value(pattern: &LazyLock<Option<Regex>>, text: &str) -> Option<String> {
    let found = pattern.as_ref()?.captures(text)?;
    Some(found["value"].to_owned())
}

/// `outputPath` of the first project that is an application, with the folder of what browsers get.
fn of_angular(text: &str) -> Option<String> {
    let file: Value = serde_json::from_str(text).ok()?;
    let projects = file.get("projects")?.as_object()?;
    let builds = projects.iter().filter_map(|(name, project)| {
        let targets = project
            .get("architect")
            .or_else(|| project.get("targets"))?;
        Some((name, targets.get("build")?))
    });
    let (name, build) = builds.into_iter().next()?;
    let builder = build.get("builder").and_then(Value::as_str).unwrap_or("");
    let output = build
        .get("options")
        .and_then(|options| options.get("outputPath"));
    // The builder of new projects writes what browsers get into a folder of its own.
    let usual = match builder.ends_with(":application") {
        true => "browser",
        false => "",
    };
    let (base, browser) = match output {
        Some(Value::String(base)) => (base.clone(), usual),
        Some(Value::Object(output)) => (
            output.get("base")?.as_str()?.to_owned(),
            output
                .get("browser")
                .and_then(Value::as_str)
                .unwrap_or(usual),
        ),
        _ => (format!("dist/{name}"), usual),
    };
    Some(match browser {
        "" => base,
        browser => format!("{}/{browser}", base.trim_end_matches('/')),
    })
}
