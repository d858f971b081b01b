//! Which certificate a client gets: that of the listener's own host, or one for the name that it asks for, made then.
//!
//! Browsers take no `*.localhost`, so each environment's host has its own. None is made for a name that the host rules
//! refuse: such a client gets the listener's own, does not believe it, and if it goes on all the same is told by 421.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use quick_cache::sync::Cache;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use time::{Duration, OffsetDateTime};

use super::authority;
use super::store::{self, Kept, Wanted};
use crate::http::AllowedHosts;

/// Names whose certificates are kept.
const NAMES: usize = 256;
/// How long after a renewal that failed the next one is tried.
const PAUSE: Duration = Duration::HOUR;

/// How long it is not said again that a name gets no certificate.
const SILENCE: Duration = Duration::days(365);

type Clock = fn() -> OffsetDateTime;

/// Chooses certificates, and renews them in time.
#[derive(Debug)]
pub struct CertificateByName {
    wanted: Wanted,
    hosts: AllowedHosts,
    clock: Clock,
    kept: ArcSwap<Kept>,
    /// One renews; the others wait for it.
    renewing: Mutex<()>,
    /// By name, until a moment; `None` where the authority may not sign.
    made: Cache<String, (Option<Arc<CertifiedKey>>, OffsetDateTime)>,
}

impl CertificateByName {
    /// Of what is kept, for names of `hosts`.
    pub fn new(wanted: Wanted, kept: Kept, hosts: AllowedHosts) -> Self {
        Self {
            wanted,
            hosts,
            clock: OffsetDateTime::now_utc,
            kept: ArcSwap::from_pointee(kept),
            renewing: Mutex::default(),
            made: Cache::new(NAMES),
        }
    }

    fn choose(&self, name: Option<&str>) -> Arc<CertifiedKey> {
        let now = (self.clock)();
        let kept = self.kept(now);
        let own = name.and_then(|name| self.for_name(name, &kept, now));
        own.unwrap_or_else(|| Arc::clone(&kept.server))
    }

    /// What is kept, renewed first if it is time. That happens every few weeks and takes some milliseconds.
    fn kept(&self, now: OffsetDateTime) -> Arc<Kept> {
        let kept = self.kept.load_full();
        if now < kept.renewal {
            return kept;
        }
        let _alone = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.kept.load_full();
        if now < kept.renewal {
            return kept;
        }
        let renewed = store::certificate(&self.wanted, now).unwrap_or_else(|error| {
            log::warn!("the certificate of this server ends soon and cannot be renewed: {error}");
            Kept {
                renewal: now + PAUSE,
                ..(*kept).clone()
            }
        });
        if renewed.authority.cert != kept.authority.cert {
            self.made.clear();
        }
        let renewed = Arc::new(renewed);
        self.kept.store(Arc::clone(&renewed));
        renewed
    }

    /// That of a name that is not the listener's own; `None` if it gets none.
    fn for_name(&self, name: &str, kept: &Kept, now: OffsetDateTime) -> Option<Arc<CertifiedKey>> {
        let is_own = ["localhost", self.wanted.host.as_str()].contains(&name);
        if is_own || self.hosts.check(Some(name), std::iter::empty()).is_err() {
            return None;
        }
        if let Some((made, renewal)) = self.made.get(name)
            && now < renewal
        {
            return made;
        }
        let (made, renewal) = match authority::permits(&kept.hosts, name) {
            true => make(name, kept, now),
            false => {
                log::warn!(
                    hint:% = format_args!("with `--allow-host {name}` one is made that may; `cygnet certs trust` trusts it");
                    "browsers do not trust https://{name}: the local certificate authority may not sign for it"
                );
                (None, now + SILENCE)
            }
        };
        self.made.insert(name.to_owned(), (made.clone(), renewal));
        made
    }
}

fn make(
    name: &str,
    kept: &Kept,
    now: OffsetDateTime,
) -> (Option<Arc<CertifiedKey>>, OffsetDateTime) {
    match store::for_name(name, &kept.authority, now) {
        Ok((made, renewal)) => (Some(Arc::new(made)), renewal),
        Err(error) => {
            log::warn!("there is no certificate for `{name}`: {error}");
            (None, now + PAUSE)
        }
    }
}

impl ResolvesServerCert for CertificateByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.choose(hello.server_name()))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static NOW: Cell<OffsetDateTime> = Cell::new(OffsetDateTime::now_utc());
    }

    fn resolver(folder: &std::path::Path) -> CertificateByName {
        let wanted = Wanted {
            folder: folder.join("tls"),
            host: "localhost".to_owned(),
            names: vec!["app.test".to_owned()],
        };
        let names = [
            "*.app.test".parse().unwrap(),
            "*.zone.test".parse().unwrap(),
        ];
        let hosts = AllowedHosts::new("localhost", &names);
        let kept = store::certificate(&wanted, NOW.get()).unwrap();
        CertificateByName {
            clock: || NOW.get(),
            ..CertificateByName::new(wanted, kept, hosts)
        }
    }

    #[test]
    fn a_name_has_a_certificate_of_its_own_if_the_host_rules_and_the_authority_permit_it() {
        let home = tempfile::tempdir().unwrap();
        let resolver = resolver(home.path());
        let own = resolver.choose(None);
        for name in ["localhost", "evil.example", "app.test", "a.zone.test"] {
            assert!(Arc::ptr_eq(&own, &resolver.choose(Some(name))), "{name}");
        }
        for name in ["pr-12.localhost", "a.app.test"] {
            let made = resolver.choose(Some(name));
            assert!(!Arc::ptr_eq(&own, &made), "{name}");
            assert!(Arc::ptr_eq(&made, &resolver.choose(Some(name))), "kept");
        }
    }

    #[test]
    fn many_names_are_not_all_kept() {
        let home = tempfile::tempdir().unwrap();
        let resolver = resolver(home.path());
        for number in 0..NAMES * 2 {
            resolver.choose(Some(&format!("x{number}.localhost")));
        }
        assert!(resolver.made.len() <= NAMES, "{}", resolver.made.len());
    }

    #[test]
    fn what_ends_soon_is_renewed_while_it_is_served() {
        let home = tempfile::tempdir().unwrap();
        let resolver = resolver(home.path());
        let name = Some("pr-12.localhost");
        let authority = || resolver.kept.load().authority.cert.clone();
        let (own, named, first) = (resolver.choose(None), resolver.choose(name), authority());
        let after = |days| NOW.set(NOW.get() + Duration::days(days));

        after(50);
        assert!(Arc::ptr_eq(&own, &resolver.choose(None)));
        after(20);
        let renewed = resolver.choose(None);
        assert_ne!(own.cert[0], renewed.cert[0]);
        assert_ne!(named.cert[0], resolver.choose(name).cert[0]);
        assert_eq!(authority(), first, "its authority still holds");

        after(3600);
        let last = resolver.choose(name);
        assert_ne!(authority(), first);
        let issuer = resolver.choose(None).cert[1].clone();
        assert_eq!(last.cert[1], issuer, "of the new authority");
        assert!(resolver.kept.load().hosts.contains(&"app.test".to_owned()));

        // What cannot be renewed is served on.
        std::fs::remove_dir_all(home.path().join("tls")).unwrap();
        std::fs::write(home.path().join("tls"), "").unwrap();
        let before = resolver.choose(None);
        after(70);
        assert!(Arc::ptr_eq(&before, &resolver.choose(None)));
    }
}
