//! Making certificates: an authority for this user, and one for the emulator that it signs.
//!
//! Browsers take a server's certificate when its authority is trusted and it names the host (SAN) and is made for servers
//! (EKU `serverAuth`); a certificate that is its own authority, as the official CLI makes it, cannot be trusted in
//! every system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
    string::Ia5String,
};
use time::{Duration, OffsetDateTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::pem::parse_x509_pem;

/// The authority's name, by which it is found among others.
pub const NAME: &str = "Cygnet local development authority";
/// Clocks of virtual machines and containers are now and then behind.
const BACKDATED: Duration = Duration::DAY;
/// How long an authority holds: trusting it is work, so that is seldom asked for.
const AUTHORITY_DAYS: i64 = 3650;
/// How long a server's certificate holds.
const SERVER_DAYS: i64 = 90;
/// What ends sooner than this is made anew.
const RENEWED_BEFORE: Duration = Duration::days(30);

/// A certificate with its key, both as PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub cert: String,
    /// Its private key (PKCS#8).
    pub key: String,
}

/// Makes an authority for [`server`]s on these hosts and on no others: whoever gets hold of its key can stand in for this
/// machine's own names only.
///
/// # Errors
/// When the system gives no random numbers, or a host cannot stand in a certificate.
pub fn authority(hosts: &[String], now: OffsetDateTime) -> Result<Pair, rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, NAME);
    params.distinguished_name.push(
        DnType::OrganizationName,
        "Cygnet (made on this machine, for this user)",
    );
    // It signs servers, and no further authorities.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted(hosts),
        excluded_subtrees: Vec::new(),
    });
    valid_for(&mut params, AUTHORITY_DAYS, now);
    let cert = params.self_signed(&key)?;
    Ok(Pair {
        cert: cert.pem(),
        key: key.serialize_pem(),
    })
}

/// `localhost` and the names below it, every loopback address, and the hosts.
fn permitted(hosts: &[String]) -> Vec<GeneralSubtree> {
    let addresses = |address: IpAddr, bits| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
    };
    let mut permitted = vec![addresses(Ipv4Addr::new(127, 0, 0, 0).into(), 8)];
    let hosts = hosts.iter().map(String::as_str);
    for name in std::iter::once("localhost").chain(hosts).flat_map(names) {
        let tree = match name {
            Name::Dns(name) => GeneralSubtree::DnsName(name),
            Name::Address(IpAddr::V4(address)) if address.is_loopback() => continue,
            Name::Address(address) => addresses(address, if address.is_ipv4() { 32 } else { 128 }),
        };
        if !permitted.contains(&tree) {
            permitted.push(tree);
        }
    }
    permitted
}

/// Makes a certificate for `localhost`, its addresses and `host`, signed by an authority.
///
/// # Errors
/// When the authority cannot be read, or the host cannot stand in a certificate.
pub fn server(authority: &Pair, host: &str, now: OffsetDateTime) -> Result<Pair, rcgen::Error> {
    sign(authority, names(host), now)
}

/// Makes a certificate for one name.
///
/// # Errors
/// As [`server`].
pub fn leaf(authority: &Pair, name: &str, now: OffsetDateTime) -> Result<Pair, rcgen::Error> {
    sign(authority, vec![Name::of(name)], now)
}

fn sign(authority: &Pair, names: Vec<Name>, now: OffsetDateTime) -> Result<Pair, rcgen::Error> {
    let issuer = Issuer::from_ca_cert_pem(&authority.cert, KeyPair::from_pem(&authority.key)?)?;
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.subject_alt_names = names
        .into_iter()
        .map(|name| match name {
            Name::Dns(name) => Ok(SanType::DnsName(Ia5String::try_from(name)?)),
            Name::Address(address) => Ok(SanType::IpAddress(address)),
        })
        .collect::<Result<_, rcgen::Error>>()?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid_for(&mut params, SERVER_DAYS, now);
    let cert = params.signed_by(&key, &issuer)?;
    Ok(Pair {
        cert: cert.pem(),
        key: key.serialize_pem(),
    })
}

fn valid_for(params: &mut CertificateParams, days: i64, now: OffsetDateTime) {
    params.not_before = now - BACKDATED;
    params.not_after = now + Duration::days(days);
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Dns(String),
    Address(IpAddr),
}

impl Name {
    fn of(host: &str) -> Self {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match host.parse() {
            Ok(address) => Self::Address(address),
            Err(_) => Self::Dns(host.to_ascii_lowercase()),
        }
    }
}

/// What the certificate of a listener at `host` is for.
fn names(host: &str) -> Vec<Name> {
    let mut names = vec![
        Name::Dns("localhost".to_owned()),
        Name::Address(Ipv4Addr::LOCALHOST.into()),
        Name::Address(Ipv6Addr::LOCALHOST.into()),
    ];
    let own = Name::of(host);
    if !names.contains(&own) {
        names.push(own);
    }
    names
}

/// The hosts beyond loopback that an authority may sign for. `None` when it cannot be read, ends soon, or may sign for any
/// host, as those of earlier versions may.
pub fn hosts(pem: &str, now: OffsetDateTime) -> Option<Vec<String>> {
    let (_, block) = parse_x509_pem(pem.as_bytes()).ok()?;
    let cert = block.parse_x509().ok().filter(|cert| holds(cert, now))?;
    let constraints = cert.name_constraints().ok()??.value;
    let trees = constraints.permitted_subtrees.as_deref()?.iter();
    let named = trees.filter_map(|tree| match tree.base {
        GeneralName::DNSName(name) => Some(name.to_owned()),
        GeneralName::IPAddress(bytes) => {
            let (network, _) = bytes.split_at(bytes.len() / 2);
            address(network).map(|address| address.to_string())
        }
        _ => None,
    });
    Some(named.collect())
}

/// Whether an authority that may sign for these hosts may do so for `host`: for a name that is one of them or below one, and
/// for an address that is.
pub fn permits(hosts: &[String], host: &str) -> bool {
    let wanted = Name::of(host);
    if let Name::Address(address) = &wanted
        && address.is_loopback()
    {
        return true;
    }
    let localhost = std::iter::once("localhost");
    let mut hosts = hosts.iter().map(String::as_str).chain(localhost);
    hosts.any(|own| match (Name::of(own), &wanted) {
        (Name::Dns(own), Name::Dns(name)) => {
            let above = name.strip_suffix(&own);
            above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        }
        (own, wanted) => own == *wanted,
    })
}

/// Whether a server's certificate holds for a while, was signed by `authority` and names `host`.
pub fn serves(pem: &str, authority: &str, host: &str, now: OffsetDateTime) -> bool {
    let (Ok((_, cert)), Ok((_, signer))) = (
        parse_x509_pem(pem.as_bytes()),
        parse_x509_pem(authority.as_bytes()),
    ) else {
        return false;
    };
    let (Ok(cert), Ok(signer)) = (cert.parse_x509(), signer.parse_x509()) else {
        return false;
    };
    let signed = cert.verify_signature(Some(signer.public_key())).is_ok();
    let Ok(Some(listed)) = cert.subject_alternative_name() else {
        return false;
    };
    let named = names(host).into_iter().all(|name| {
        listed.value.general_names.iter().any(|known| match known {
            GeneralName::DNSName(text) => name == Name::Dns((*text).to_owned()),
            GeneralName::IPAddress(bytes) => {
                address(bytes).map(Name::Address) == Some(name.clone())
            }
            _ => false,
        })
    });
    signed && named && holds(&cert, now)
}

/// When a certificate is made anew; `None` when it cannot be read.
pub fn renewal(pem: &str) -> Option<OffsetDateTime> {
    let (_, block) = parse_x509_pem(pem.as_bytes()).ok()?;
    Some(renewed_at(&block.parse_x509().ok()?))
}

fn renewed_at(cert: &X509Certificate<'_>) -> OffsetDateTime {
    cert.validity().not_after.to_datetime() - RENEWED_BEFORE
}

fn holds(cert: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
    cert.validity().not_before.to_datetime() <= now && now < renewed_at(cert)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match *bytes {
        [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).into()),
        _ => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_certificate_serves_its_host_under_its_authority_only() {
        let now = OffsetDateTime::now_utc();
        let made = || authority(&["app.test".to_owned()], now).unwrap();
        let (own, other) = (made(), made());
        let made = server(&own, "app.test", now).unwrap();
        let serves = |cert: &str, authority: &str, host: &str| serves(cert, authority, host, now);
        assert!(serves(&made.cert, &own.cert, "app.test"));
        assert!(serves(&made.cert, &own.cert, "localhost"));
        assert!(!serves(&made.cert, &own.cert, "other.test"));
        assert!(!serves(&made.cert, &other.cert, "app.test"));
        assert!(!serves("", &own.cert, "app.test"));
    }

    #[test]
    fn the_certificate_is_for_servers_and_names_every_loopback_address() {
        let now = OffsetDateTime::now_utc();
        let own = authority(&[], now).unwrap();
        let made = server(&own, "[::1]", now).unwrap();
        let (_, block) = parse_x509_pem(made.cert.as_bytes()).unwrap();
        let cert = block.parse_x509().unwrap();
        let usage = cert.extended_key_usage().unwrap().unwrap();
        assert!(usage.value.server_auth && !usage.value.client_auth);
        let names = cert.subject_alternative_name().unwrap().unwrap();
        assert_eq!(names.value.general_names.len(), 3);
        let days = cert.validity().not_after.timestamp() - cert.validity().not_before.timestamp();
        assert!(days / 86_400 < 100, "{days}");
    }

    #[test]
    fn what_ends_soon_is_not_good() {
        let now = OffsetDateTime::now_utc();
        let hosts = |pem: &str| hosts(pem, now);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        let made = |params: &CertificateParams| params.self_signed(&key).unwrap().pem();
        valid_for(&mut params, AUTHORITY_DAYS, now);
        assert_eq!(hosts(&made(&params)), None, "for any host");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: permitted(&["app.test".to_owned()]),
            excluded_subtrees: Vec::new(),
        });
        assert!(hosts(&made(&params)).is_some());
        valid_for(&mut params, RENEWED_BEFORE.whole_days() - 1, now);
        assert_eq!(hosts(&made(&params)), None);
    }

    #[test]
    fn an_authority_tells_which_hosts_it_was_made_for() {
        let wanted = ["app.test", "192.168.0.7", "[fe80::1]"].map(str::to_owned);
        let now = OffsetDateTime::now_utc();
        let known = hosts(&authority(&wanted, now).unwrap().cert, now).unwrap();
        for host in [
            "localhost",
            "127.0.0.1",
            "127.1.2.3",
            "[::1]",
            "App.Test",
            "a.b.app.test",
            "pr-12.localhost",
            "192.168.0.7",
        ] {
            assert!(permits(&known, host), "{host}");
        }
        for host in [
            "example.com",
            "xapp.test",
            "test",
            "notlocalhost",
            "192.168.0.8",
            "0.0.0.0",
        ] {
            assert!(!permits(&known, host), "{host}");
        }
        let again = hosts(&authority(&known, now).unwrap().cert, now).unwrap();
        assert_eq!(again, known);
    }
}
