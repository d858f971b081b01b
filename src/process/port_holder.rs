//! Which program listens at a port: by the tables of the kernel where there are any, else by the tool that the system has
//! for it.

use std::fmt;
use std::time::Duration;

use tokio::process::Command;

use super::{Guard, ask, socket_owner};

/// How long a tool of the system may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// A program that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Its process.
    pub(crate) pid: u32,
    /// The name of its program.
    pub(crate) name: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (process {})", self.name, self.pid)
    }
}

/// The one at a port of this machine; `None` where that cannot be told, as of another user's.
pub(crate) async fn port_holder(port: u16, guard: &Guard) -> Option<Holder> {
    if cfg!(target_os = "linux") {
        let (pid, name) = socket_owner::listener(port)?;
        return Some(Holder { pid, name });
    }
    let told = async |program: &str, words: &[&str]| {
        let output = ask(Command::new(program).args(words), guard, PATIENCE).await;
        Some(String::from_utf8_lossy(&output.ok()?.stdout).into_owned())
    };
    if cfg!(windows) {
        let pid = of_netstat(&told("netstat", &["-ano", "-p", "TCP"]).await?, port)?;
        let filter = format!("PID eq {pid}");
        let tasks = told("tasklist", &["/FO", "CSV", "/NH", "/FI", &filter]).await?;
        let name = tasks.split('"').nth(1)?.to_owned();
        return Some(Holder { pid, name });
    }
    let filter = format!("-iTCP:{port}");
    of_lsof(&told("lsof", &["-nP", &filter, "-sTCP:LISTEN", "-Fpc"]).await?)
}

/// `p123`, `cnode`, `f21`, a line each.
fn of_lsof(text: &str) -> Option<Holder> {
    let line = |first: char| text.lines().find_map(|line| line.strip_prefix(first));
    Some(Holder {
        pid: line('p')?.parse().ok()?,
        name: line('c')?.to_owned(),
    })
}

/// `TCP 127.0.0.1:4280 0.0.0.0:0 LISTENING 123`, where the word for the state is in the language of the system.
fn of_netstat(text: &str, port: u16) -> Option<u32> {
    let listens = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, remote, .., pid] = words[..] else {
            return None;
        };
        let (_, at) = local.rsplit_once(':')?;
        (at.parse() == Ok(port) && remote.ends_with(":0")).then(|| pid.parse().ok())?
    };
    text.lines().find_map(listens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_of_other_systems_are_understood() {
        let holder = of_lsof("p4711\ncnode\nf21\nf22\n").unwrap();
        assert_eq!(holder.to_string(), "`node` (process 4711)");
        assert_eq!(of_lsof(""), None);
        let table = "\r\nAktive Verbindungen\r\n\r\n  Proto  Lokale Adresse  Remoteadresse  Status  PID\r\n  \
            TCP    127.0.0.1:4280   127.0.0.1:50000   HERGESTELLT   1\r\n  \
            TCP    0.0.0.0:42801    0.0.0.0:0         ABHÖREN       2\r\n  \
            TCP    [::1]:4280       [::]:0            ABHÖREN       4711\r\n";
        assert_eq!(of_netstat(table, 4280), Some(4711));
        assert_eq!(of_netstat(table, 50_000), None);
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn who_listens_is_named() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let guard = Guard::new(Some("true".into()));
        let holder = port_holder(port, &guard).await.unwrap();
        assert_eq!(holder.pid, std::process::id());
        drop(listener);
        assert_eq!(port_holder(port, &guard).await, None);
    }
}
