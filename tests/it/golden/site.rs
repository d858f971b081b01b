//! The site on disk and the emulator that serves it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::case::Case;
use super::echo::Echo;
use super::expand::Vars;

/// Until the emulator must have said that it started; generous because helpers share the machine.
const START: Duration = Duration::from_secs(15);

/// How old the site's files are: a date only validates a file that did not change within its second.
const AGE: Duration = Duration::from_secs(3600);

/// A running emulator; killed when dropped.
pub(crate) struct Running {
    child: Child,
    pub(crate) port: u16,
    output: Arc<Mutex<String>>,
    echo: Option<Echo>,
    #[allow(dead_code, reason = "one of the two runners looks into it")]
    pub(crate) folder: TempDir,
}

/// Writes the site and starts the emulator on a free port.
pub(crate) fn start(case: &Case) -> Result<Running, String> {
    start_with(case, Command::new(env!("CARGO_BIN_EXE_cygnet")))
}

/// The same with a program of another build or in another environment.
pub(crate) fn start_with(case: &Case, mut command: Command) -> Result<Running, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let site = folder.path().join("site");
    write_site(case, &site).map_err(|e| format!("cannot write the site: {e}"))?;
    let echo = case
        .echo
        .then(Echo::start)
        .transpose()
        .map_err(|e| e.to_string())?;

    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SWA_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder.path());
    command
        .arg("start")
        .arg(&site)
        .args(["--host", "localhost", "--port", "0", "--no-watch"])
        // As in Azure, whoever asks for an app has found it.
        .args(["--allow-host", ".test"]);
    command.args(&case.flags);
    if let Some(echo) = &echo {
        command
            .arg("--api-devserver-url")
            .arg(format!("http://{}", echo.address));
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| e.to_string())?;

    let output = Arc::new(Mutex::new(String::new()));
    let (started, port) = mpsc::channel();
    drain(child.stdout.take(), output.clone(), started.clone());
    drain(child.stderr.take(), output.clone(), started);
    let mut running = Running {
        child,
        port: 0,
        output,
        echo,
        folder,
    };
    running.port = port.recv_timeout(START).map_err(|_| {
        format!(
            "no line `… emulator started at …`; its output:\n{}",
            running.output()
        )
    })?;
    Ok(running)
}

impl Running {
    /// The placeholders that are known before the first exchange.
    pub(crate) fn vars(&self) -> Vars {
        let api = self.echo.as_ref().map(|echo| echo.address.to_string());
        Vars::new(self.port, api)
    }

    /// How the emulator ended, if it did.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it printed so far, indented.
    pub(crate) fn output(&self) -> String {
        let output = self.output.lock().expect("output");
        output
            .lines()
            .map(|line| format!("    | {line}\n"))
            .collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write_site(case: &Case, site: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(site)?;
    for folder in &case.folders {
        std::fs::create_dir_all(site.join(folder))?;
    }
    for (path, content) in &case.files {
        let path = site.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(site))?;
        let mut file = std::fs::File::create(path)?;
        file.write_all(content.as_bytes())?;
        file.set_modified(SystemTime::now() - AGE)?;
    }
    Ok(())
}

/// Keeps reading, so that the emulator never blocks on a full pipe, and reports the port once seen.
fn drain(
    stream: Option<impl Read + Send + 'static>,
    output: Arc<Mutex<String>>,
    started: Sender<u16>,
) {
    let Some(stream) = stream else { return };
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(port) = started_port(&line) {
                let _ = started.send(port);
            }
            let mut output = output.lock().expect("output");
            output.push_str(&line);
            output.push('\n');
        }
    });
}

fn started_port(line: &str) -> Option<u16> {
    line.strip_prefix("Azure Static Web Apps emulator started at http://localhost:")?
        .strip_suffix(". Press CTRL+C to exit.")?
        .parse()
        .ok()
}
