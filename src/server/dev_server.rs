//! The dev server and the command of `--run` that the settings name, and what is said about them.

use std::cell::Cell;

use crate::devserver::{DevServer, Phase, Printed, Run, probe};
use crate::process::ServiceState;
use crate::settings::{AppSettings, ProjectSettings};
use crate::terminal::Printer;

use super::{StartError, report};

/// Starts the command of `--run`; nothing waits for it. With it, what it prints, if that is to say where the dev server
/// listens.
pub fn run(
    app: &AppSettings,
    project: &ProjectSettings,
    printer: Printer,
) -> Option<(Run, Option<Printed>)> {
    let command = app.run.as_ref()?;
    let printed = app.finds_dev_server.then(Printed::default);
    let (says, collects) = (report::output_of("run", printer), printed.clone());
    let sink = move |stream, line: String| {
        if let Some(printed) = &collects {
            printed.add(&line);
        }
        says(stream, line);
    };
    let (location, base) = (&app.location, &project.base_dir);
    let run = Run::start(command, location, base, &project.child_env, sink);
    Some((run, printed))
}

/// Makes the dev server.
pub fn of(app: &AppSettings, run: Option<&Run>) -> Result<Option<DevServer>, StartError> {
    let patience = app.devserver_timeout.value;
    if app.finds_dev_server {
        return Ok(Some(DevServer::awaited(patience, run.cloned())));
    }
    let Some(url) = &app.devserver_url else {
        return Ok(None);
    };
    Ok(Some(DevServer::new(url, patience, run.cloned())?))
}

/// Looks out for the dev server, and says what becomes of it and of the command, until the emulator ends.
pub fn follow(server: Option<DevServer>, run: Option<(Run, Option<Printed>)>, printer: Printer) {
    let (run, printed) = run.unzip();
    if let Some(server) = server {
        let printed = printed.flatten();
        actix_web::rt::spawn(async move {
            if let Some(printed) = printed {
                find(&server, &printed, printer).await;
            }
            actix_web::rt::spawn(probe(server.clone()));
            tell_server(server, printer).await;
        });
    }
    if let Some(run) = run {
        actix_web::rt::spawn(tell_run(run, printer));
    }
}

/// Waits until the command has printed the dev server's URL, however long that takes.
async fn find(server: &DevServer, printed: &Printed, printer: Printer) {
    let Some(run) = server.run() else { return };
    let command = run.text();
    server.explain_down(&format!("`{command}` has not printed its URL yet"), false);
    let has_complained = Cell::new(false);
    let complain = |why: String| {
        if has_complained.replace(true) {
            return;
        }
        server.explain_down(&why, true);
        let lines = printed.last_lines();
        let said = match lines.is_empty() {
            true => "it has printed nothing".to_owned(),
            false => format!("its last lines:\n  {}", lines.replace('\n', "\n  ")),
        };
        let hint = format!(
            "name the URL: cygnet http://localhost:PORT --run \"{command}\"; or a folder: cygnet FOLDER --run \"{command}\""
        );
        printer.error(format_args!("{why}; {said}"), Some(&hint));
    };
    let mut states = run.state();
    let over = async {
        let ended = states.wait_for(|state| match state {
            ServiceState::Starting | ServiceState::Ready => false,
            ServiceState::Ended(_) | ServiceState::NotStarted { .. } => true,
        });
        let how = match ended.await.as_deref() {
            Ok(ServiceState::Ended(how)) => format!("ended with {how}"),
            _ => "could not be started".to_owned(),
        };
        complain(format!(
            "`{command}` {how} and has printed no URL of a dev server"
        ));
        std::future::pending::<()>().await;
    };
    let overdue = async {
        let Some(patience) = server.patience() else {
            return std::future::pending().await;
        };
        tokio::time::sleep(patience).await;
        let seconds = patience.as_secs();
        complain(format!(
            "`{command}` has printed no URL of a dev server in {seconds} s"
        ));
        std::future::pending::<()>().await;
    };
    let url = tokio::select! {
        url = printed.url() => url,
        () = over => return,
        () = overdue => return,
    };
    match server.found(&url) {
        Ok(()) => printer.note(format_args!("[dev server] {command} listens at {url}")),
        Err(error) => printer.error(error, None),
    }
}

async fn tell_server(server: DevServer, printer: Printer) {
    let Some(url) = server.url() else { return };
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
