//! Programs that are told a port and answer over HTTP when they are ready.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::functions::error::HostError;
use crate::functions::output::{Line, Output, Stream};
use crate::process::{GroupChild, describe, each_line};

/// Between two looks at a port that does not answer yet.
const LOOK: Duration = Duration::from_millis(25);
/// Output that is still in the pipe when a program has ended.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A port that is free now. The program binds it itself, so another one may take it in between; then it says so and ends.
pub(crate) fn free_port() -> Result<u16, HostError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    bound.map(|address| address.port()).map_err(|error| {
        HostError::new(
            format!("cannot find a free port for the app: {error}"),
            "close programs that hold ports",
        )
    })
}

/// Waits until something answers over HTTP at the port.
pub(crate) async fn until_ready(
    mut child: GroupChild,
    port: u16,
    patience: Duration,
    output: &Output,
) -> Result<GroupChild, HostError> {
    let printed = relay(&mut child, output);
    let answers = async {
        let client = awc::Client::builder().timeout(patience).finish();
        while client
            .get(format!("http://127.0.0.1:{port}/"))
            .send()
            .await
            .is_err()
        {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = answers => return Ok(child),
        _ = child.wait() => {}
        () = tokio::time::sleep(patience) => {
            return Err(HostError::new(
                format!("the app did not answer at port {port} within {} s", patience.as_secs_f64()),
                "it must listen at the port of FUNCTIONS_CUSTOMHANDLER_PORT; customHandler.initializationTimeout in host.json gives it more time",
            ));
        }
    }
    let status = child.wait().await;
    let _ = tokio::time::timeout(LAST_WORDS, printed).await;
    let how = status.map_or_else(|error| error.to_string(), describe);
    Err(HostError::new(
        format!("the app ended with {how} before it answered"),
        "what it said is above; correct it and save, the app then starts again",
    ))
}

fn relay(child: &mut GroupChild, output: &Output) -> JoinHandle<()> {
    let (stdout, stderr) = child.pipes();
    let output = output.clone();
    tokio::task::spawn_local(async move {
        let first = async {
            if let Some(pipe) = stdout {
                each_line(pipe, |line| output.say(Line::printed(Stream::Stdout, line))).await;
            }
        };
        let second = async {
            if let Some(pipe) = stderr {
                each_line(pipe, |line| output.say(Line::printed(Stream::Stderr, line))).await;
            }
        };
        tokio::join!(first, second);
    })
}
