//! Whose program is at the other end of a connection on loopback, which all users of a machine share. A port that a child of
//! ours is told may be taken by somebody else before it, and a port of ours may be called by somebody else.
//!
//! Linux tells the user of each socket, and which process has it open; elsewhere nothing is known, and nothing is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::process::geteuid;

/// The tables of the kernel, one line a socket: number, local and remote address, state, queues, timers, retries, user.
const TABLES: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
const LISTENS: &str = "0A";
/// Closed; what is left belongs to no process.
const TIME_WAIT: &str = "06";
/// May do everything anyway.
const ROOT: u32 = 0;

/// Whether the program that has connected from `peer` to our `local` address runs as another user.
pub(crate) fn is_strangers_connection(local: SocketAddr, peer: SocketAddr) -> bool {
    any_of_stranger(|socket| socket.local == canonical(peer) && socket.remote == canonical(local))
}

/// Whether a program of another user answers at a port of 127.0.0.1.
pub(crate) fn is_strangers_port(port: u16) -> bool {
    let answers = |address: IpAddr| address.is_unspecified() || address == Ipv4Addr::LOCALHOST;
    any_of_stranger(|socket| {
        socket.state == LISTENS && socket.local.port() == port && answers(socket.local.ip())
    })
}

/// The process and the name of a program that listens at a port, whatever the address; `None` for those whose open files
/// we may not see.
pub(crate) fn listener(port: u16) -> Option<(u32, String)> {
    let inodes: Vec<String> = tables()
        .flat_map(|table| {
            let sockets = table.lines().filter_map(Socket::read);
            let listening = sockets.filter(|it| it.state == LISTENS && it.local.port() == port);
            let links = listening.map(|it| format!("socket:[{}]", it.inode));
            links.collect::<Vec<_>>()
        })
        .collect();
    let is_one = |file: std::fs::DirEntry| {
        let link = std::fs::read_link(file.path()).unwrap_or_default();
        inodes
            .iter()
            .any(|inode| link.as_os_str() == inode.as_str())
    };
    let processes = std::fs::read_dir("/proc").ok()?.flatten();
    let mut numbered = processes.filter_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((pid, entry.path()))
    });
    let (pid, folder) = numbered.find(|(_, folder)| {
        let files = std::fs::read_dir(folder.join("fd"));
        !inodes.is_empty() && files.into_iter().flatten().flatten().any(is_one)
    })?;
    let name = std::fs::read_to_string(folder.join("comm")).ok()?;
    Some((pid, name.trim_end().to_owned()))
}

fn tables() -> impl Iterator<Item = String> {
    TABLES
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
}

fn any_of_stranger(is_meant: impl Fn(&Socket<'_>) -> bool) -> bool {
    let own = geteuid().as_raw();
    tables().any(|table| {
        let mut sockets = table.lines().filter_map(Socket::read);
        sockets.any(|socket| is_meant(&socket) && socket.is_strangers(own))
    })
}

/// One line of a table.
#[derive(Debug, PartialEq, Eq)]
struct Socket<'a> {
    local: SocketAddr,
    remote: SocketAddr,
    state: &'a str,
    user: u32,
    /// The number that the links of open files name.
    inode: u64,
}

impl<'a> Socket<'a> {
    /// `None` for the heading.
    fn read(line: &'a str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace().skip(1);
        Some(Self {
            local: address(fields.next()?)?,
            remote: address(fields.next()?)?,
            state: fields.next()?,
            user: fields.nth(3)?.parse().ok()?,
            inode: fields.nth(1)?.parse().ok()?,
        })
    }

    fn is_strangers(&self, own: u32) -> bool {
        self.state == TIME_WAIT || ![own, ROOT].contains(&self.user)
    }
}

/// `0100007F:1F90`: words of four bytes in the order of the processor.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| {
        let digits = host.get(at * 8..at * 8 + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    let ip: IpAddr = match host.len() {
        8 => Ipv4Addr::from(word(0)?).into(),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let bytes: [u8; 16] = words.concat().try_into().ok()?;
            Ipv6Addr::from(bytes).into()
        }
        _ => return None,
    };
    Some(canonical(SocketAddr::new(ip, port)))
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command, Stdio};

    use super::*;

    /// Nobody's number on every Linux.
    const NOBODY: u32 = 65_534;

    #[test]
    fn lines_are_read() {
        let line = "   1: 0100007F:1F90 0200007F:A001 0A 00000000:00000000 00:00000000 00000000  1000        0 77 1";
        let socket = Socket::read(line).unwrap();
        assert_eq!(socket.local.to_string(), "127.0.0.1:8080");
        assert_eq!(socket.remote.to_string(), "127.0.0.2:40961");
        assert_eq!((socket.state, socket.user), (LISTENS, 1000));
        assert_eq!(socket.inode, 77);
        assert!(socket.is_strangers(1001) && !socket.is_strangers(1000));
        let mapped = "0000000000000000FFFF00000100007F:0050";
        assert_eq!(address(mapped).unwrap().to_string(), "127.0.0.1:80");
        let six = "00000000000000000000000001000000:0050";
        assert_eq!(address(six).unwrap().to_string(), "[::1]:80");
        assert_eq!(Socket::read("  sl  local_address rem_address   st"), None);
    }

    #[test]
    fn what_is_ours_is_no_strangers() {
        for bind in ["127.0.0.1:0", "0.0.0.0:0"] {
            let listener = TcpListener::bind(bind).unwrap();
            let port = listener.local_addr().unwrap().port();
            assert!(!is_strangers_port(port));
            let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let (accepted, peer) = listener.accept().unwrap();
            assert!(!is_strangers_connection(
                accepted.local_addr().unwrap(),
                peer
            ));
            drop(stream);
        }
    }

    /// A connection of another user, whom only root can be.
    fn as_nobody(port: u16) -> Child {
        let connect = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; sleep 30");
        let mut command = Command::new("bash");
        command.args(["-c", &connect]).stderr(Stdio::null());
        command.uid(NOBODY).spawn().unwrap()
    }

    #[test]
    fn another_users_connection_is() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can be another user");
            return;
        }
        let mut child = as_nobody(local.port());
        let (_stream, peer) = listener.accept().unwrap();
        assert!(is_strangers_connection(local, peer));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
