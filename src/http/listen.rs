//! One port on several addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// What `localhost` means: clients try either first.
pub(crate) const LOCALHOST: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// How often a port that is free on one address only is given back for another, with port 0.
const TRIES: usize = 16;

/// Listens at a port of the first address, and of the others that this machine has; port 0 picks a free one. The sockets
/// do not block.
///
/// # Errors
/// Another program has the port on one of them: it would get a part of the requests.
pub(crate) fn bind(addresses: &[IpAddr], port: u16) -> io::Result<(Vec<TcpListener>, u16)> {
    let taken = || io::Error::from(io::ErrorKind::AddrInUse);
    let [address, others @ ..] = addresses else {
        return Err(io::ErrorKind::AddrNotAvailable.into());
    };
    for _ in 0..TRIES {
        let first = bind_one(SocketAddr::new(*address, port))?;
        let found = first.local_addr()?.port();
        let mut sockets = vec![first];
        let mut is_taken = false;
        for &address in others {
            match bind_one(SocketAddr::new(address, found)) {
                Ok(socket) => sockets.push(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => is_taken = true,
                Err(error) => log::info!("not listening on {address}: {error}"),
            }
        }
        match is_taken {
            false => return Ok((sockets, found)),
            true if port != 0 => return Err(taken()),
            true => {}
        }
    }
    Err(taken())
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

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn small_pieces_of_an_answer_are_not_held_back() {
        let (sockets, port) = bind(&LOCALHOST[..1], 0).unwrap();
        let _client = TcpStream::connect((LOCALHOST[0], port)).unwrap();
        sockets[0].set_nonblocking(false).unwrap();
        let (accepted, _) = sockets[0].accept().unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
