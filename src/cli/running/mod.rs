//! `cygnet status`, `wait` and `stop`: the emulators of a project that run elsewhere, in the background or in another
//! terminal. [`ask`] is what they are asked, [`view`] how they look.

mod ask;
pub(super) mod serving;
mod view;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use super::deployments::ProjectArgs;
use super::exit::ExitCode;
use super::report::Failure;
use crate::store::locator::{Found, Locator, Running};
use ask::Status;

/// Between two looks whether an emulator has started; nothing tells.
const INTERVAL: Duration = Duration::from_millis(50);

/// Which emulators are meant.
#[derive(Debug, Clone, Args)]
pub struct WhichArgs {
    /// The one at this port only
    // Not the `port` of `start`: clap would hand down one value for both.
    #[arg(id = "at-port", long = "port", value_name = "PORT")]
    port: Option<u16>,

    #[command(flatten)]
    project: ProjectArgs,
}

/// What was typed after `cygnet wait`.
#[derive(Debug, Clone, Args)]
pub struct WaitArgs {
    /// Seconds after which it is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    timeout: u64,

    #[command(flatten)]
    which: WhichArgs,
}

/// What was typed after `cygnet stop`.
#[derive(Debug, Clone, Args)]
pub struct StopArgs {
    /// All emulators of the project
    #[arg(long, conflicts_with = "at-port")]
    all: bool,

    /// Seconds after which it is given up
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,

    #[command(flatten)]
    which: WhichArgs,
}

impl WhichArgs {
    fn found(&self) -> Result<Vec<Found>, Failure> {
        let mut found = Running::of_user()?.of_project(&self.project.base()?)?;
        found.retain(|found| self.port.is_none_or(|port| found.locator.port == port));
        Ok(found)
    }

    fn none(&self) -> Failure {
        let at = match self.port {
            Some(port) => format!(" at port {port}"),
            None => String::new(),
        };
        // It was found already.
        let folder = self.project.base().unwrap_or_default();
        Failure {
            message: format!("no emulator runs{at} for {}", folder.display()),
            hint: Some("start one there: `cygnet start` or `cygnet serve`".to_owned()),
            code: ExitCode::NotRunning,
            ..Failure::default()
        }
    }

    /// Prints what is known of them, and says how that ends the program.
    fn tell(&self, all: &[(Found, Status)]) -> Result<ExitCode, Failure> {
        if all.is_empty() {
            let none = self.none().with_json("running", false);
            return Err(none.with_json("emulators", json!([])));
        }
        let value: Value = all.iter().map(view::json).collect();
        let value = json!({ "running": true, "emulators": value });
        self.project
            .say(&all.iter().map(view::text).collect::<String>(), value);
        match all {
            all if all.iter().all(|(_, status)| status.ready) => Ok(ExitCode::Stopped),
            _ => Ok(ExitCode::NotReady),
        }
    }
}

/// `cygnet status`: says what runs.
///
/// # Errors
/// Nothing does.
pub fn status(args: &WhichArgs) -> Result<ExitCode, Failure> {
    let all = args.found()?.into_iter();
    let all = all.map(|found| {
        let status = ask::status(&found.locator, Duration::ZERO);
        (found, status)
    });
    args.tell(&all.collect::<Vec<_>>())
}

/// `cygnet wait`: waits until one runs, and all of them are ready.
///
/// # Errors
/// Nothing runs by then.
pub fn wait(args: &WaitArgs) -> Result<ExitCode, Failure> {
    let end = Instant::now() + Duration::from_secs(args.timeout);
    loop {
        let all = args.which.found()?.into_iter();
        let asked = all.map(|found| {
            let rest = end.saturating_duration_since(Instant::now());
            let status = ask::status(&found.locator, rest);
            (found, status)
        });
        let all: Vec<_> = asked.collect();
        let is_ready = !all.is_empty() && all.iter().all(|(_, status)| status.ready);
        let is_hopeless = all.iter().any(|(_, status)| status.failed.is_some());
        if is_ready || is_hopeless || Instant::now() >= end {
            return args.which.tell(&all);
        }
        std::thread::sleep(INTERVAL);
    }
}

/// `cygnet stop`: asks them to end as by a signal, and waits until their processes are gone.
///
/// # Errors
/// Nothing runs, several do and none was named, or one does not end.
pub fn stop(args: &StopArgs) -> Result<ExitCode, Failure> {
    let all = args.which.found()?;
    if all.is_empty() {
        return Err(args.which.none().with_json("stopped", json!([])));
    }
    if all.len() > 1 && !args.all {
        let ports: Vec<String> = all.iter().map(|it| it.locator.port.to_string()).collect();
        return Err(Failure {
            message: format!(
                "several emulators run here, at the ports {}",
                ports.join(", ")
            ),
            hint: Some(format!("--port {} ends one, --all ends all", ports[0])),
            code: ExitCode::Usage,
            ..Failure::default()
        });
    }
    let mut urls = Vec::new();
    for found in all {
        urls.push(found.locator.url.clone());
        end(found, Duration::from_secs(args.timeout))?;
    }
    let text = urls.iter().map(|url| format!("{url} has ended\n"));
    args.which
        .project
        .say(&text.collect::<String>(), json!({ "stopped": urls }));
    Ok(ExitCode::Stopped)
}

fn end(found: Found, patience: Duration) -> Result<(), Failure> {
    let locator = found.locator.clone();
    let asked = ask::stop(&locator);
    let (ended, is_ended) = mpsc::channel();
    std::thread::spawn(move || ended.send(found.ended()));
    let patience = match &asked {
        Ok(()) => patience,
        // It ends just now, or does not listen to us.
        Err(_) => Duration::from_secs(1),
    };
    let why = match is_ended.recv_timeout(patience) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => asked.err(),
    };
    let why = why.map(|why| format!(": {why}"));
    let Locator { pid, url, .. } = locator;
    Err(Failure {
        message: format!(
            "the emulator at {url} (process {pid}) does not end{}",
            why.unwrap_or_default()
        ),
        hint: Some(match cfg!(windows) {
            true => format!("taskkill /T /F /PID {pid}"),
            false => format!("kill {pid}"),
        }),
        ..Failure::default()
    })
}
