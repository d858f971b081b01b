//! The folder that keeps the authority and the server's certificate between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use super::authority::{self, Pair};
use super::error::TlsError;
use super::pem;
use crate::store::atomic_file::write_whole;
use crate::store::{FileLock, StoreError};

/// What somebody has to do about a new authority.
const TRUST_AGAIN: &str =
    "where the former one was trusted, `cygnet certs trust` trusts the new one in its place";

/// What certificates are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The folder that keeps them.
    pub folder: PathBuf,
    /// The host that is listened on.
    pub host: String,
    /// Other names that the authority must be able to sign for.
    pub names: Vec<String>,
}

/// Where the authority's certificate lies, if one was made.
pub fn authority_file(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

/// What the folder gave.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The server's certificate with the authority's behind it, and its key.
    pub server: Arc<CertifiedKey>,
    /// Signs further ones.
    pub authority: Pair,
    /// The hosts that it may sign for.
    pub hosts: Vec<String>,
    /// Where its certificate lies, for whoever wants to trust it.
    pub path: PathBuf,
    /// Whether it was made just now.
    pub is_new_authority: bool,
    /// When both are to be asked for again.
    pub renewal: OffsetDateTime,
}

/// The kept certificates while they are good, else new ones. Emulators that start at the same time wait for each other.
///
/// # Errors
/// When the folder cannot be written.
pub fn certificate(wanted: &Wanted, now: OffsetDateTime) -> Result<Kept, TlsError> {
    let (folder, host) = (&wanted.folder, &wanted.host);
    let base = folder.parent().unwrap_or(folder);
    let _lock = FileLock::acquire(base, &folder.join("lock"), || {})?;
    let (root, root_key) = (authority_file(folder), folder.join("authority-key.pem"));
    let (cert, key) = (
        folder.join("localhost.pem"),
        folder.join("localhost-key.pem"),
    );
    let kept_root = load(&root, &root_key);
    let known = kept_root
        .as_ref()
        .and_then(|pair| authority::hosts(&pair.cert, now));
    if let (Some(_), None) = (&kept_root, &known) {
        log::warn!(
            hint = TRUST_AGAIN;
            "the local certificate authority is made anew: the former one is damaged, ends soon, or was not limited to the names of this machine"
        );
    }
    let mut kept_root = kept_root.filter(|_| known.is_some());
    let mut hosts = known.unwrap_or_default();
    for name in std::iter::once(host).chain(&wanted.names) {
        if authority::permits(&hosts, name) {
            continue;
        }
        if kept_root.take().is_some() {
            log::warn!(
                hint = TRUST_AGAIN;
                "the local certificate authority is made anew: the former one was not made for `{name}`"
            );
        }
        hosts.push(name.clone());
    }
    let mut is_new_authority = kept_root.is_none();
    let mut owner = match kept_root {
        Some(pair) => pair,
        None => make_authority(&hosts, (&root, &root_key), now)?,
    };
    let kept = load(&cert, &key)
        .filter(|pair| !is_new_authority && authority::serves(&pair.cert, &owner.cert, host, now));
    if kept.is_none() {
        let made = match authority::server(&owner, host, now) {
            Ok(made) => made,
            // The key of the authority was damaged or exchanged: that authority can sign nothing any more.
            Err(error) if !is_new_authority => {
                log::warn!(hint = TRUST_AGAIN; "the local certificate authority is made anew: {error}");
                owner = make_authority(&hosts, (&root, &root_key), now)?;
                is_new_authority = true;
                authority::server(&owner, host, now)?
            }
            Err(error) => return Err(error.into()),
        };
        save(&key, &made.key)?;
        save(&cert, &made.cert)?;
    }
    let text = fs::read_to_string(&cert).unwrap_or_default();
    let ends = [&text, &owner.cert].map(|pem| authority::renewal(pem).unwrap_or(now));
    let (chain, key) = pem::read(&cert, &key)?;
    Ok(Kept {
        server: Arc::new(certified(chain, key, &owner)?),
        authority: owner,
        hosts,
        path: root,
        is_new_authority,
        renewal: ends[0].min(ends[1]),
    })
}

/// A certificate for one name, signed just now.
///
/// # Errors
/// When the authority cannot sign it.
pub fn for_name(
    name: &str,
    authority: &Pair,
    now: OffsetDateTime,
) -> Result<(CertifiedKey, OffsetDateTime), TlsError> {
    let made = authority::leaf(authority, name, now)?;
    let (chain, key) = pem::parse(&made)?;
    let renewal = authority::renewal(&made.cert).unwrap_or(now);
    Ok((certified(chain, key, authority)?, renewal))
}

fn certified(
    mut chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authority: &Pair,
) -> Result<CertifiedKey, TlsError> {
    chain.extend(pem::parse(authority)?.0);
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(TlsError::Unusable)
}

fn make_authority(
    hosts: &[String],
    (root, root_key): (&Path, &Path),
    now: OffsetDateTime,
) -> Result<Pair, TlsError> {
    let pair = authority::authority(hosts, now)?;
    save(root_key, &pair.key)?;
    save(root, &pair.cert)?;
    Ok(pair)
}

fn load(cert: &Path, key: &Path) -> Option<Pair> {
    let readable = |path: &Path| fs::read_to_string(path).ok();
    Some(Pair {
        cert: readable(cert)?,
        key: readable(key)?,
    })
}

fn save(path: &Path, text: &str) -> Result<(), TlsError> {
    let written = write_whole(path, text.as_bytes());
    Ok(written.map_err(StoreError::io("writing", path))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_good_and_renews_what_is_not() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("deep/tls");
        let asked = |host: &str, names: &[&str]| {
            let wanted = Wanted {
                folder: folder.clone(),
                host: host.to_owned(),
                names: names.iter().map(|&name| name.to_owned()).collect(),
            };
            certificate(&wanted, OffsetDateTime::now_utc()).unwrap()
        };
        let first = asked("localhost", &[]);
        assert!(first.is_new_authority);
        let again = asked("localhost", &[]);
        assert!(!again.is_new_authority);
        assert_eq!(first.server.cert, again.server.cert);

        let elsewhere = asked("app.test", &["other.test"]);
        assert!(elsewhere.is_new_authority, "one that may sign for both");
        let back = asked("localhost", &["a.other.test", "pr-1.localhost"]);
        assert!(!back.is_new_authority);
        assert_eq!(elsewhere.server.cert, back.server.cert, "good for both");

        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let files = fs::read_dir(&folder).unwrap();
            let files = files.map(|entry| entry.unwrap().metadata().unwrap());
            for found in files.chain([fs::metadata(&folder).unwrap()]) {
                let mode = found.permissions().mode();
                assert_eq!(mode & 0o077, 0, "{mode:o}");
            }
        }

        fs::write(folder.join("localhost-key.pem"), "garbage").unwrap();
        fs::write(folder.join("localhost.pem"), "garbage").unwrap();
        assert!(!asked("localhost", &[]).is_new_authority);
        fs::write(folder.join("authority.pem"), "garbage").unwrap();
        assert!(asked("localhost", &[]).is_new_authority);
        fs::write(folder.join("authority-key.pem"), "garbage").unwrap();
        fs::write(folder.join("localhost.pem"), "garbage").unwrap();
        assert!(asked("localhost", &[]).is_new_authority);
    }
}
