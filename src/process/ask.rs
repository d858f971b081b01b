//! A short question to a program, such as for its version: nothing of it is left behind, however long it would take.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use super::{GroupChild, Guard};

/// The most that is read of an answer, in bytes; more is none.
const LONGEST: u64 = 1 << 20;

/// Runs a command to its end, and gives what it printed.
///
/// # Errors
/// It cannot be started, or does not end in time: then it was ended, with all that it had started.
pub(crate) async fn ask(
    command: &mut Command,
    guard: &Guard,
    patience: Duration,
) -> io::Result<Output> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = GroupChild::spawn(command, guard)?;
    let (stdout, stderr) = child.pipes();
    let answer = async {
        let (status, stdout, stderr) = tokio::join!(child.wait(), all_of(stdout), all_of(stderr));
        Ok(Output {
            status: status?,
            stdout: stdout?,
            stderr: stderr?,
        })
    };
    match tokio::time::timeout(patience, answer).await {
        Ok(output) => output,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("it does not end within {} s", patience.as_secs()),
        )),
    }
}

async fn all_of(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LONGEST).read_to_end(&mut all).await?;
    }
    Ok(all)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn guard() -> Guard {
        // Not this test program, which is no guard: `true` reads nothing and ends.
        Guard::new(Some("true".into()))
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn what_it_prints_is_the_answer() {
        let mut command = shell("echo one; echo two >&2; exit 3");
        let patience = Duration::from_secs(20);
        let output = ask(&mut command, &guard(), patience).await.unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert_eq!(output.stdout, b"one\n");
        assert_eq!(output.stderr, b"two\n");
    }

    /// What holds the pipe open is not what was started, but what that started.
    #[tokio::test]
    async fn who_does_not_answer_is_ended_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let mut command = shell("sleep 1000 & echo $! > pid; wait");
        command.current_dir(folder.path());
        let asked = Instant::now();
        let answer = ask(&mut command, &guard(), Duration::from_millis(500)).await;
        assert_eq!(answer.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(asked.elapsed() < Duration::from_secs(10));
        let sleeper = std::fs::read_to_string(pid).unwrap();
        let runs = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim()));
            stat.is_ok_and(|stat| !stat.contains(") Z "))
        };
        while runs() {
            assert!(asked.elapsed() < Duration::from_secs(10), "it runs on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
