//! From where something may be asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// An address, many, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerRange {
    /// `any`.
    Any,
    /// `192.168.1.7`, `192.168.1.0/24`.
    Block(IpNet),
}

impl CallerRange {
    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Block(block) => block.contains(&address),
        }
    }
}

impl FromStr for CallerRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("any") {
            return Ok(Self::Any);
        }
        let block = text.parse().ok();
        let block = block.or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)));
        block.map(Self::Block).ok_or_else(|| {
            "it is not an address, a range such as 192.168.1.0/24, or `any`".to_owned()
        })
    }
}

impl fmt::Display for CallerRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => out.write_str("any"),
            Self::Block(block) if block.prefix_len() == block.max_prefix_len() => {
                block.addr().fmt(out)
            }
            Self::Block(block) => block.fmt(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_written_as_they_are_read() {
        for (text, inside, outside) in [
            ("192.168.1.7", "192.168.1.7", "192.168.1.8"),
            ("192.168.1.0/24", "192.168.1.8", "192.168.2.8"),
            ("fd00::/8", "fd00::1", "fe00::1"),
        ] {
            let range: CallerRange = text.parse().unwrap();
            assert_eq!(range.to_string(), text);
            assert!(range.contains(inside.parse().unwrap()), "{text}");
            assert!(!range.contains(outside.parse().unwrap()), "{text}");
        }
        assert_eq!("any".parse(), Ok(CallerRange::Any));
        for bad in ["", "localhost", "1.2.3.4/33", "*"] {
            assert!(bad.parse::<CallerRange>().is_err(), "{bad}");
        }
    }
}
