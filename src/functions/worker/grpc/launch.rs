//! The process of a worker: its command line, its environment, what it prints (FR-10, FR-12).

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::functions::app::runtime::SETTING;
use crate::functions::app::worker_config::{VERSION_SETTING, WorkerConfig};
use crate::functions::output::{Level, Line, Output, Stream};
use crate::functions::worker::launch::LaunchContext;

/// Before lines of a worker about itself.
const OWN_LINE: &str = "LanguageWorkerConsoleLog";
/// What the host of Azure gives Python apps in place of a few threads.
const PYTHON_THREADS: (&str, &str) = ("PYTHON_THREADPOOL_THREAD_COUNT", "1000");

/// What a worker needs to find us.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Callback<'a> {
    pub(crate) port: u16,
    pub(crate) worker_id: &'a str,
}

/// The command line, as the host of Azure writes it: every worker reads its own half of the names. `root` is the folder of
/// the app as the worker sees it.
pub(crate) fn command(
    config: &WorkerConfig,
    root: &Path,
    callback: Callback<'_>,
    context: LaunchContext<'_>,
) -> Command {
    let Callback { port, worker_id } = callback;
    let port = port.to_string();
    let uri = format!("http://127.0.0.1:{port}/");
    let request_id = uuid::Uuid::new_v4().to_string();
    let most = i32::MAX.to_string();
    let mut command = Command::new(&config.executable);
    command
        .args(&config.arguments)
        .args(&config.worker_path)
        .args([
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--workerId",
            worker_id,
            "--requestId",
            &request_id,
            "--grpcMaxMessageLength",
            &most,
            "--functions-uri",
            &uri,
            "--functions-worker-id",
            worker_id,
            "--functions-request-id",
            &request_id,
            "--functions-grpc-max-message-length",
            &most,
        ]);
    crate::functions::worker::launch::surround(&mut command, context);
    command
        .current_dir(root)
        .env("AzureWebJobsScriptRoot", root)
        .env("FUNCTIONS_APPLICATION_DIRECTORY", root)
        .env("FUNCTIONS_WORKER_DIRECTORY", &config.dir)
        .env(SETTING, &config.language)
        .stdin(Stdio::null());
    if let Some(version) = &config.runtime_version {
        command.env(VERSION_SETTING, version);
    }
    let (name, value) = PYTHON_THREADS;
    let given = context
        .app
        .settings
        .with_environment()
        .any(|(each, _)| each == name);
    if config.language == "python" && !given {
        command.env(name, value);
    }
    command
}

/// Takes what the process prints.
pub(crate) fn printed(output: &Output) -> impl Fn(Stream, String) + 'static {
    let output = output.clone();
    move |stream, line| {
        if let Some(line) = shown(stream, line) {
            output.say(line);
        }
    }
}

/// A line as the terminal shows it; what a worker says of itself shows when something is wrong.
fn shown(stream: Stream, line: String) -> Option<Line> {
    let Some(own) = line.strip_prefix(OWN_LINE) else {
        return Some(Line::printed(stream, line));
    };
    let own = own.trim_start();
    let levels = [("[warn] ", Level::Warning), ("[error] ", Level::Error)];
    for (prefix, level) in levels {
        if let Some(text) = own.strip_prefix(prefix) {
            return Some(Line::logged(level, text));
        }
    }
    log::debug!("a worker says: {own}");
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_says_of_itself_is_told_apart() {
        let of =
            |line: &str| shown(Stream::Stdout, line.to_owned()).map(|line| (line.level, line.text));
        assert_eq!(of("mine"), Some((Level::Information, "mine".to_owned())));
        assert_eq!(of("LanguageWorkerConsoleLog starting"), None);
        assert_eq!(
            of("LanguageWorkerConsoleLog[error] no"),
            Some((Level::Error, "no".to_owned()))
        );
    }
}
