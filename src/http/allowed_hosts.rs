//! Which hosts a listener answers for. A page of another site whose name is made to resolve to this machine (DNS
//! rebinding) says its own name in `Host`; to its browser, what answers there is its own site.

use std::fmt;
use std::sync::Arc;

use super::host_name::{HostName, HostPattern};

/// Says of a name whether it is allowed.
type Judge = dyn Fn(&str) -> bool + Send + Sync;

/// The hosts of a listener: `localhost` and all below it, every IP address, the machine's own name, and those of the
/// settings. Cheap to clone.
#[derive(Clone, Default)]
pub struct AllowedHosts {
    names: Arc<[HostPattern]>,
    more: Option<Arc<Judge>>,
}

impl AllowedHosts {
    /// Those of a listener at the host `own`, and `names`.
    pub fn new(own: &str, names: &[HostPattern]) -> Self {
        let machine = machine_name();
        let short = machine.split('.').next().unwrap_or_default();
        let own = [own, &machine, short].into_iter();
        let own = own.filter_map(|name| name.parse().ok());
        Self {
            names: own.chain(names.iter().cloned()).collect(),
            more: None,
        }
    }

    /// The same, and each name of which `more` says so at the time.
    #[must_use]
    pub fn and(self, more: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            more: Some(Arc::new(more)),
            ..self
        }
    }

    /// Judges a request by the authority of an absolute-form target and by the values of `Host`; all that it has must be
    /// allowed, since either may be what is read later. A request that names no host is for us.
    ///
    /// # Errors
    /// It is for another host.
    pub fn check<'a>(
        &self,
        target: Option<&'a str>,
        hosts: impl Iterator<Item = &'a [u8]>,
    ) -> Result<(), Misdirected> {
        let mut all = target.map(str::as_bytes).into_iter().chain(hosts);
        match all.find(|host| !self.allow(host)) {
            None => Ok(()),
            Some(host) => Err(Misdirected {
                host: String::from_utf8_lossy(host).into_owned(),
            }),
        }
    }

    fn allow(&self, host: &[u8]) -> bool {
        let Ok(host) = std::str::from_utf8(host) else {
            return false;
        };
        match HostName::parse(host) {
            _ if host.is_empty() => true,
            None => false,
            Some(HostName::Address(_)) => true,
            Some(parsed @ HostName::Name(name)) => {
                parsed.is_loopback()
                    || self.names.iter().any(|pattern| pattern.matches(name))
                    || self.more.as_ref().is_some_and(|more| more(name))
            }
        }
    }
}

impl fmt::Debug for AllowedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowedHosts").field(&self.names).finish()
    }
}

/// What the machine calls itself.
fn machine_name() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned();
    #[cfg(windows)]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    name
}

/// A request for a host that is not ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misdirected {
    host: String,
}

/// Longest part of a host that is repeated, in characters.
const SHOWN: usize = 100;

impl Misdirected {
    /// The next step of whoever wants the host to be answered.
    pub fn hint(&self) -> String {
        let name = match HostName::parse(&self.host) {
            Some(HostName::Name(name)) => name.to_ascii_lowercase(),
            _ => "NAME".to_owned(),
        };
        format!("if it is yours (a tunnel, a container), allow it: --allow-host {name}")
    }

    /// What the client is told.
    pub fn text(&self) -> String {
        format!("{self}\nhint: {}\n", self.hint())
    }
}

impl fmt::Display for Misdirected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.host.chars().take(SHOWN).collect();
        write!(
            f,
            "`{}` is not a host of this emulator",
            shown.escape_debug()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &AllowedHosts, host: &str) -> bool {
        hosts.check(None, [host.as_bytes()].into_iter()).is_ok()
    }

    #[test]
    fn what_means_this_machine_is_allowed_and_nothing_that_looks_like_it() {
        let hosts = AllowedHosts::new("dev.test", &[]);
        for host in [
            "",
            "localhost",
            "LocalHost:4280",
            "localhost.",
            "localhost.:80",
            "a.b.localhost:1",
            "127.0.0.1",
            "192.168.1.7:4280",
            "[::1]:4280",
            "[2001:db8::1]",
            "dev.test:99",
            &machine_name(),
        ] {
            assert!(allows(&hosts, host), "{host}");
        }
        for host in [
            "attacker.example",
            "attacker.example:4280",
            "localhost.attacker.example",
            "notlocalhost",
            ".localhost",
            "a..localhost",
            "localhost..",
            "x@localhost",
            "localhost:x",
            "localhost:1:2",
            "127.0.0.1.example",
            "127.1",
            "::1",
            "[::1",
            "[::1]x",
            "[127.0.0.1]",
            "a b.localhost",
            "localhost/..localhost",
            "dev.test.evil.example",
        ] {
            assert!(!allows(&hosts, host), "{host}");
        }
        assert!(hosts.check(None, std::iter::empty()).is_ok());
    }

    #[test]
    fn both_the_target_and_the_header_must_be_ours() {
        let hosts = AllowedHosts::default();
        let check = |target, host: &str| hosts.check(Some(target), [host.as_bytes()].into_iter());
        assert!(check("localhost:1", "localhost:1").is_ok());
        assert!(check("evil.example", "localhost").is_err());
        assert!(check("localhost", "evil.example").is_err());
        let two = [&b"localhost"[..], b"evil.example"];
        assert!(hosts.check(None, two.into_iter()).is_err());
    }

    #[test]
    fn names_are_allowed_alone_or_with_all_below() {
        let names = ["one.test:80", "*.two.test", ".three.test"].map(|name| name.parse().unwrap());
        let hosts = AllowedHosts::new("localhost", &names).and(|name| name == "four.test");
        for (host, expected) in [
            ("ONE.test:1", true),
            ("a.one.test", false),
            ("two.test", false),
            ("a.b.two.test", true),
            ("xtwo.test", false),
            ("three.test", true),
            ("a.three.test.", true),
            ("xthree.test", false),
            ("four.test:443", true),
        ] {
            assert_eq!(allows(&hosts, host), expected, "{host}");
        }
    }

    #[test]
    fn the_text_names_the_host_and_the_option() {
        let refused = AllowedHosts::default().check(None, [&b"<b>\n"[..]].into_iter());
        let text = refused.unwrap_err().text();
        assert!(text.starts_with("`<b>\\n` is not"), "{text}");
        assert!(text.contains("--allow-host NAME"), "{text}");
    }
}
