//! Names and addresses of hosts, as requests and settings write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// What a request is for, without its port and a final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostName<'a> {
    /// An IP address.
    Address(IpAddr),
    /// A name, as it was written.
    Name(&'a str),
}

impl<'a> HostName<'a> {
    /// Reads an authority such as `localhost:4280` or `[::1]`; `None` if it is none.
    pub fn parse(authority: &'a str) -> Option<Self> {
        let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(rest) = authority.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            let address = address.parse::<Ipv6Addr>().ok().filter(|_| is_whole)?;
            return Some(Self::Address(address.into()));
        }
        let (name, port) = authority.split_once(':').unwrap_or((authority, ""));
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Ok(address) = name.parse::<Ipv4Addr>() {
            return is_port(port).then_some(Self::Address(address.into()));
        }
        let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(of_name);
        (is_port(port) && name.split('.').all(is_label)).then_some(Self::Name(name))
    }

    /// Whether it means the machine that asks, whoever resolves it: `localhost`, `*.localhost` (RFC 6761, 6.3), or an
    /// address of loopback.
    pub fn is_loopback(self) -> bool {
        match self {
            Self::Address(address) => address.to_canonical().is_loopback(),
            Self::Name(name) => {
                name.eq_ignore_ascii_case("localhost") || is_below(name, "localhost")
            }
        }
    }
}

/// Whether `name` ends in `.domain`.
fn is_below(name: &str, domain: &str) -> bool {
    let cut = name.len().checked_sub(domain.len());
    cut.and_then(|cut| name.split_at_checked(cut))
        .is_some_and(|(rest, end)| rest.ends_with('.') && end.eq_ignore_ascii_case(domain))
}

/// A name that is allowed, or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// `tunnel.example.org`.
    Exactly(String),
    /// `*.example.org`: all names below it.
    Below(String),
    /// `.example.org`: it, and all names below it.
    Domain(String),
}

impl HostPattern {
    /// The name without what stands for those below it.
    pub fn name(&self) -> &str {
        match self {
            Self::Exactly(name) | Self::Below(name) | Self::Domain(name) => name,
        }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exactly(own) => name.eq_ignore_ascii_case(own),
            Self::Below(own) => is_below(name, own),
            Self::Domain(own) => name.eq_ignore_ascii_case(own) || is_below(name, own),
        }
    }
}

impl FromStr for HostPattern {
    type Err = String;

    /// Takes a name with a port too, which says nothing: hosts are allowed at every port.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" || text == "." {
            return Err("it would let every web page in; name the host".to_owned());
        }
        let (make, name): (fn(String) -> Self, &str) = if let Some(name) = text.strip_prefix("*.") {
            (Self::Below, name)
        } else if let Some(name) = text.strip_prefix('.') {
            (Self::Domain, name)
        } else {
            (Self::Exactly, text)
        };
        match HostName::parse(name) {
            Some(HostName::Name(name)) => Ok(make(name.to_ascii_lowercase())),
            Some(HostName::Address(address)) => Ok(Self::Exactly(address.to_string())),
            None => Err("it is not a host name".to_owned()),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(name) => f.write_str(name),
            Self::Below(name) => write!(f, "*.{name}"),
            Self::Domain(name) => write!(f, ".{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_written_as_they_are_read() {
        for text in ["one.test", "*.two.test", ".three.test", "192.0.2.1"] {
            assert_eq!(text.parse::<HostPattern>().unwrap().to_string(), text);
        }
        assert_eq!(
            "ONE.test:80".parse(),
            Ok(HostPattern::Exactly("one.test".to_owned()))
        );
        for bad in ["*", ".", "", "http://x", "a b", "*.*", "a.*"] {
            assert!(bad.parse::<HostPattern>().is_err(), "{bad}");
        }
    }
}
