//! The dev server and the command of `--run` that the settings name, and what is said about them.

use crate::devserver::{DevServer, Phase, Run, probe};
use crate::process::ServiceState;
use crate::settings::{AppSettings, ProjectSettings};
use crate::terminal::Printer;

use super::{StartError, report};

/// Starts the command of `--run`; nothing waits for it.
pub fn run(app: &AppSettings, project: &ProjectSettings, printer: Printer) -> Option<Run> {
    app.run.as_ref().map(|command| {
        Run::start(
            command,
            &app.location,
            &project.base_dir,
            &project.child_env,
            report::output_of("run", printer),
        )
    })
}

/// Makes the dev server.
pub fn of(app: &AppSettings, run: Option<&Run>) -> Result<Option<DevServer>, StartError> {
    let Some(url) = &app.devserver_url else {
        return Ok(None);
    };
    let patience = app.devserver_timeout.value;
    Ok(Some(DevServer::new(url, patience, run.cloned())?))
}

/// Looks out for the dev server, and says what becomes of it and of the command, until the emulator ends.
pub fn follow(server: Option<DevServer>, run: Option<Run>, printer: Printer) {
    if let Some(server) = server {
        actix_web::rt::spawn(probe(server.clone()));
        actix_web::rt::spawn(tell_server(server, printer));
    }
    if let Some(run) = run {
        actix_web::rt::spawn(tell_run(run, printer));
    }
}

async fn tell_server(server: DevServer, printer: Printer) {
    let url = server.url();
    let mut phases = server.phase();
    // Since when it has been said to be awaited.
    let mut awaited = None;
    let mut complained = false;
    loop {
        let phase = phases.borrow_and_update().clone();
        match phase {
            Phase::Down(down) => {
                if let (Some(error), None) = (&down.error, awaited) {
                    awaited = Some(down.since);
                    printer.note(format_args!("[dev server] waiting for {url}: {error}"));
                }
                if down.overdue && !complained {
                    complained = true;
                    printer.warning(
                        format_args!(
                            "the dev server at {url} has not answered for {} s",
                            down.since.elapsed().as_secs()
                        ),
                        Some("start it, or correct its URL; requests keep waiting for it"),
                    );
                }
            }
            Phase::Up => {
                if let Some(since) = awaited.take() {
                    let seconds = since.elapsed().as_secs_f32();
                    printer.note(format_args!(
                        "[dev server] {url} answers after {seconds:.1} s"
                    ));
                }
                complained = false;
            }
        }
        if phases.changed().await.is_err() {
            return;
        }
    }
}

async fn tell_run(run: Run, printer: Printer) {
    let mut states = run.state();
    loop {
        match &*states.borrow_and_update() {
            ServiceState::Starting | ServiceState::Ready => {}
            ServiceState::Ended(how) => {
                printer.note(format_args!(
                    "[run] `{}` ended with {how}; the emulator keeps running",
                    run.text()
                ));
            }
            ServiceState::NotStarted { why, .. } => {
                let message = format!("`{}` cannot be started: {why}", run.text());
                printer.error(message, Some("change --run; everything else keeps running"));
            }
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}
