//! A program that runs beside the emulator: what it prints goes to a sink line by line, its end is told after its last
//! words, and it is stopped as a whole.
//!
//! Whoever waits for it itself holds the [`Service`]; one that only runs in the background is a [`Supervised`].

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::{GroupChild, Guard, describe};
use crate::terminal::Stream;

/// Output that is still in the pipe when a program has ended; a grandchild may hold the pipe open for longer.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A running program and its descendants. Dropping it kills them at once; [`Service::stop`] is the kind way.
#[derive(Debug)]
pub(crate) struct Service {
    child: GroupChild,
    /// Held so that the program's input stays open, if it was piped.
    _input: Option<ChildStdin>,
    printed: JoinHandle<()>,
}

impl Service {
    /// Starts `command` in a process group of its own; `sink` gets every line that it prints, from its first moment. Must be
    /// called on a runtime with a `LocalSet` (actix's).
    pub(crate) fn start(
        command: &mut Command,
        guard: &Guard,
        sink: impl Fn(Stream, String) + 'static,
    ) -> io::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = GroupChild::spawn(command, guard)?;
        let (stdout, stderr) = child.pipes();
        let printed = tokio::task::spawn_local(async move {
            tokio::join!(
                each_line(stdout, |line| sink(Stream::Stdout, line)),
                each_line(stderr, |line| sink(Stream::Stderr, line)),
            );
        });
        Ok(Self {
            _input: child.input(),
            child,
            printed,
        })
    }

    /// Waits for its end. Cancel safe.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Waits for its end and for everything that it prints.
    pub(crate) async fn finish(mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        let _ = self.printed.await;
        status
    }

    /// Waits until it is ready.
    ///
    /// # Errors
    /// It ended before, as [`Service::ended`] says it.
    pub(crate) async fn until<T>(&mut self, ready: impl Future<Output = T>) -> Result<T, String> {
        let status = tokio::select! {
            biased;
            ready = ready => return Ok(ready),
            status = self.child.wait() => status,
        };
        self.last_words().await;
        Err(how(status))
    }

    /// How it ended, after its last words are out: `exit code 1`. `None` if it has not, and does not at this moment.
    pub(crate) async fn ended(&mut self) -> Option<String> {
        let status = tokio::time::timeout(LAST_WORDS, self.child.wait()).await;
        self.last_words().await;
        status.ok().map(how)
    }

    async fn last_words(&mut self) {
        if !self.printed.is_finished() {
            let _ = tokio::time::timeout(LAST_WORDS, &mut self.printed).await;
        }
    }

    /// Ends it and all its descendants: TERM to the group, two seconds, KILL; on Windows at once.
    pub(crate) async fn stop(self) {
        self.child.stop().await;
    }

    /// Lets it run in the background until it is stopped or the last handle is dropped. `ready` resolves when it can be
    /// used.
    pub(crate) fn supervise(self, ready: impl Future<Output = ()> + 'static) -> Supervised {
        let (stops, inbox) = mpsc::unbounded_channel();
        let (state, states) = watch::channel(ServiceState::Starting);
        tokio::task::spawn_local(run(self, ready, state, inbox));
        Supervised {
            stops: Some(stops),
            state: states,
        }
    }
}

/// What has become of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceState {
    /// It runs, but cannot be used yet.
    Starting,
    /// It can be used.
    Ready,
    /// It has ended, as told here: `exit code 1`. Processes that it left behind may still run.
    Ended(String),
    /// It could not be started.
    NotStarted {
        /// There is no such program.
        is_missing: bool,
        /// What the system says.
        why: String,
    },
}

/// A handle on a service that runs in the background; cheap to clone.
#[derive(Debug, Clone)]
pub struct Supervised {
    stops: Option<mpsc::UnboundedSender<oneshot::Sender<()>>>,
    state: watch::Receiver<ServiceState>,
}

impl Supervised {
    /// One that could not be started.
    pub(crate) fn not_started(error: &io::Error) -> Self {
        let (_, state) = watch::channel(ServiceState::NotStarted {
            is_missing: error.kind() == io::ErrorKind::NotFound,
            why: error.to_string(),
        });
        Self { stops: None, state }
    }

    /// What has become of it; `changed` of the receiver wakes on each change.
    pub fn state(&self) -> watch::Receiver<ServiceState> {
        self.state.clone()
    }

    /// Ends it and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if let Some(stops) = &self.stops
            && stops.send(done).is_ok()
        {
            let _ = stopped.await;
        }
    }
}

async fn run(
    mut service: Service,
    ready: impl Future<Output = ()>,
    state: watch::Sender<ServiceState>,
    mut stops: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
) {
    let ready = async {
        ready.await;
        state.send_replace(ServiceState::Ready);
        std::future::pending::<()>().await;
    };
    let stop = tokio::select! {
        stop = stops.recv() => stop,
        status = service.child.wait() => {
            service.last_words().await;
            state.send_replace(ServiceState::Ended(how(status)));
            if !service.child.is_alive() {
                return;
            }
            // What it left in the background goes on until we end.
            stops.recv().await
        }
        () = ready => None,
    };
    if let Some(done) = stop {
        service.stop().await;
        let _ = done.send(());
    }
}

/// A port that is free now. Whoever is told of it binds it himself, so another one may take it in between.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn how(status: io::Result<ExitStatus>) -> String {
    status.map_or_else(|error| error.to_string(), describe)
}

/// Calls `line` for each line of `pipe` until it ends; bytes that are not UTF-8 are replaced.
async fn each_line(pipe: Option<impl AsyncRead + Unpin>, line: impl Fn(String)) {
    let Some(pipe) = pipe else { return };
    let mut reader = BufReader::new(pipe);
    let mut buffer = Vec::new();
    while let Ok(1..) = reader.read_until(b'\n', &mut buffer).await {
        let text = String::from_utf8_lossy(&buffer);
        let text = text.trim_end_matches(['\n', '\r']);
        let shown = plain(text);
        // Nothing is left of a line that only cleared the screen.
        if !shown.is_empty() || text.is_empty() {
            line(shown);
        }
        buffer.clear();
    }
}

/// A line of a program that believes to have the terminal for itself: what would move the cursor or clear what others wrote
/// is taken out, colours stay. Of a line that is written over and over (`\r`), the last state.
fn plain(line: &str) -> String {
    let last = line.rsplit('\r').next().unwrap_or(line);
    let mut out = String::with_capacity(last.len());
    let mut rest = last;
    while let Some((before, sequence)) = rest.split_once('\u{1b}') {
        out.push_str(before);
        let end = match sequence.chars().next() {
            // Up to its final character; `m` colours.
            Some('[') => {
                let end = sequence[1..].find(|c: char| ('@'..='~').contains(&c));
                let end = end.map_or(sequence.len(), |end| end + 2);
                if sequence[..end].ends_with('m') {
                    out.push('\u{1b}');
                    out.push_str(&sequence[..end]);
                }
                end
            }
            // A title or a link, up to its own end.
            Some(']') => match (sequence.find('\u{7}'), sequence.find("\u{1b}\\")) {
                (Some(bell), _) => bell + 1,
                (None, Some(end)) => end + 2,
                (None, None) => sequence.len(),
            },
            Some(other) => other.len_utf8(),
            None => 0,
        };
        rest = &sequence[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use tokio::task::LocalSet;

    use super::*;

    type Lines = Rc<RefCell<Vec<(Stream, String)>>>;

    fn start(script: &str) -> (Service, Lines) {
        let lines = Lines::default();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdin(Stdio::null());
        // Not this test program, which is no guard: `true` reads nothing and ends.
        let guard = Guard::new(Some("/bin/true".into()));
        let sink = Rc::clone(&lines);
        let service = Service::start(&mut command, &guard, move |pipe, line| {
            sink.borrow_mut().push((pipe, line));
        });
        (service.unwrap(), lines)
    }

    #[test]
    fn a_line_neither_clears_the_screen_nor_moves_the_cursor() {
        for (line, expected) in [
            ("\u{1b}[2J\u{1b}[3J\u{1b}[Hnow", "now"),
            ("\u{1b}cnow", "now"),
            (
                "\u{1b}[1A\u{1b}[2K\u{1b}[31mred\u{1b}[0m",
                "\u{1b}[31mred\u{1b}[0m",
            ),
            ("10 %\r20 %\r100 %", "100 %"),
            ("\u{1b}]0;title\u{7}a\u{1b}]8;;x\u{1b}\\b", "ab"),
            ("cut \u{1b}[3", "cut "),
            ("é\u{1b}é", "é"),
            ("plain", "plain"),
        ] {
            assert_eq!(plain(line), expected, "{line:?}");
        }
    }

    #[tokio::test]
    async fn its_end_is_told_after_its_last_words() {
        let test = async {
            let (mut service, lines) = start("echo a; printf 'b\\r\\nc' >&2; exit 3");
            let never = std::future::pending::<()>();
            assert_eq!(service.until(never).await, Err("exit code 3".to_owned()));
            let mut lines = lines.take();
            lines.sort_by_key(|(_, line)| line.clone());
            let expected = [
                (Stream::Stdout, "a"),
                (Stream::Stderr, "b"),
                (Stream::Stderr, "c"),
            ];
            let expected = expected.map(|(pipe, line)| (pipe, line.to_owned()));
            assert_eq!(lines, expected);
            assert_eq!(service.ended().await.as_deref(), Some("exit code 3"));
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn a_supervised_one_is_ready_and_stopped_with_what_it_started() {
        let test = async {
            let (service, lines) = start("sleep 1000 & echo up; wait");
            let printed = Rc::clone(&lines);
            let ready = async move {
                while printed.borrow().is_empty() {
                    tokio::task::yield_now().await;
                }
            };
            let supervised = service.supervise(ready);
            let mut states = supervised.state();
            let ready = states.wait_for(|state| *state == ServiceState::Ready);
            ready.await.unwrap();
            supervised.stop().await;
            // The task that held the process is over.
            assert!(states.changed().await.is_err());
        };
        LocalSet::new().run_until(test).await;
    }

    #[tokio::test]
    async fn the_last_handle_ends_it() {
        let test = async {
            let (service, _) = start("sleep 1000");
            let supervised = service.supervise(async {});
            let mut states = supervised.state();
            drop(supervised);
            // The sender goes with the task that held the process.
            while states.changed().await.is_ok() {}
        };
        LocalSet::new().run_until(test).await;
    }
}
