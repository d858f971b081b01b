//! The sockets. `localhost` means 127.0.0.1 and ::1, so that every client finds the emulator whichever it tries first.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use super::StartError;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How often a port that is free on one address only is given back for another, with `--port 0`.
const TRIES: usize = 16;

/// Sockets that listen, on one port.
#[derive(Debug)]
pub struct Listeners {
    /// The sockets.
    pub sockets: Vec<TcpListener>,
    /// The port.
    pub port: u16,
    /// Whether they speak HTTPS.
    pub secure: bool,
    host: String,
}

impl Listeners {
    /// `localhost:4280`
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The same sockets, with TLS on top or without.
    #[must_use]
    pub fn with_tls(self, secure: bool) -> Self {
        Self { secure, ..self }
    }

    /// `http://localhost:4280`
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.authority())
    }
}

/// Listens on a host name or address; port 0 picks a free one.
///
/// # Errors
/// When the port is taken or not allowed, or the host is not of this machine.
pub fn bind(host: &str, port: u16) -> Result<Listeners, StartError> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let failed = |source: io::Error| explain(host, port, source);
    let addresses = addresses(host).map_err(|source| StartError::Host {
        host: host.to_string(),
        source,
    })?;
    for _ in 0..TRIES {
        let first = bind_one(SocketAddr::new(addresses[0], port)).map_err(failed)?;
        let port_found = first.local_addr().map_err(failed)?.port();
        let mut sockets = vec![first];
        let mut taken = false;
        for &address in &addresses[1..] {
            match bind_one(SocketAddr::new(address, port_found)) {
                Ok(socket) => sockets.push(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    // Another program on the second address would get half of the browser's requests.
                    taken = true;
                    if port != 0 {
                        return Err(failed(error));
                    }
                }
                Err(error) => log::info!("not listening on {address}: {error}"),
            }
        }
        if !taken {
            return Ok(Listeners {
                sockets,
                port: port_found,
                secure: false,
                host: host.to_string(),
            });
        }
    }
    Err(failed(io::Error::from(io::ErrorKind::AddrInUse)))
}

fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    if let Ok(address) = host.parse() {
        return Ok(vec![address]);
    }
    let mut found: Vec<IpAddr> = (host, 0)
        .to_socket_addrs()?
        .map(|address| address.ip())
        .collect();
    found.dedup();
    if found.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the name does not resolve to an address",
        ));
    }
    Ok(found)
}

fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Lets a restart take the port while old connections linger; on Windows it would let two servers share it.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    // What is accepted inherits it: the second piece of an answer is not held back until the first is acknowledged (40 ms).
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

fn explain(host: &str, port: u16, source: io::Error) -> StartError {
    let host = host.to_string();
    match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { host, port },
        io::ErrorKind::PermissionDenied => StartError::NotAllowed { host, port, source },
        _ => StartError::Host { host, source },
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn small_pieces_of_an_answer_are_not_held_back() {
        let listeners = bind("127.0.0.1", 0).unwrap();
        let _client = TcpStream::connect(("127.0.0.1", listeners.port)).unwrap();
        listeners.sockets[0].set_nonblocking(false).unwrap();
        let (accepted, _) = listeners.sockets[0].accept().unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
