//! The sockets. `localhost` means 127.0.0.1 and ::1, so that every client finds the emulator whichever it tries first.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};

use super::StartError;
use crate::http::listen::{self, LOCALHOST};
use crate::terminal::Printer;

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

    /// The host that was asked for.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Says what it means that others than this machine's programs can call.
    pub fn announce(&self, printer: Printer) {
        let mut addresses = self.sockets.iter().map(TcpListener::local_addr);
        let is_open = |address: io::Result<SocketAddr>| {
            address.is_ok_and(|address| !address.ip().to_canonical().is_loopback())
        };
        if addresses.any(is_open) {
            printer.warning(
                format_args!(
                    "{} is open to the network: anyone who reaches it can sign in as anyone, with any role, and call the API",
                    self.authority()
                ),
                Some("--host localhost serves this machine only; editors forward its ports by themselves"),
            );
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
    let (sockets, port) = listen::bind(&addresses, port).map_err(failed)?;
    Ok(Listeners {
        sockets,
        port,
        secure: false,
        host: host.to_string(),
    })
}

fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(LOCALHOST.to_vec());
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

fn explain(host: &str, port: u16, source: io::Error) -> StartError {
    let host = host.to_string();
    match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { host, port },
        io::ErrorKind::PermissionDenied => StartError::NotAllowed { host, port, source },
        _ => StartError::Host { host, source },
    }
}
