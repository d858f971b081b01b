//! The folder that keeps the authority and the server's certificate between runs.

use std::fs;
use std::path::{Path, PathBuf};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::authority::{self, Pair};
use super::{TlsError, pem};
use crate::store::atomic_file::write_whole;
use crate::store::{FileLock, StoreError};

/// A certificate from the folder.
#[derive(Debug)]
pub struct Kept {
    /// The server's certificate and the authority's.
    pub chain: Vec<CertificateDer<'static>>,
    /// The server's key.
    pub key: PrivateKeyDer<'static>,
    /// Where the authority's certificate lies, for whoever wants to trust it.
    pub authority: PathBuf,
    /// Whether the authority was made just now.
    pub is_new_authority: bool,
}

/// Where the authority's certificate lies, if one was made.
pub fn authority_file(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

/// The certificate for `host`: the kept one while it is good, else a new one. Emulators that start at the same time wait
/// for each other.
///
/// # Errors
/// When the folder cannot be written.
pub fn certificate(folder: &Path, host: &str) -> Result<Kept, TlsError> {
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
        .and_then(|pair| authority::hosts(&pair.cert));
    if let (Some(_), None) = (&kept_root, &known) {
        log::warn!(
            hint = "where the former one was trusted, trust the new one in its place";
            "the local certificate authority is made anew: the former one is damaged, ends soon, or was not limited to the names of this machine"
        );
    }
    let mut hosts = known.clone().unwrap_or_default();
    let mut kept_root = kept_root.filter(|_| known.is_some());
    if !authority::permits(&hosts, host) {
        if kept_root.take().is_some() {
            log::warn!(
                hint = "where the former one was trusted, trust the new one in its place";
                "the local certificate authority is made anew: the former one was not made for `{host}`"
            );
        }
        hosts.push(host.to_owned());
    }
    let is_new_authority = kept_root.is_none();
    let mut owner = match kept_root {
        Some(pair) => pair,
        None => make_authority(&hosts, &root, &root_key)?,
    };
    let kept = load(&cert, &key)
        .filter(|pair| !is_new_authority && authority::serves(&pair.cert, &owner.cert, host));
    let mut renewed = is_new_authority;
    if kept.is_none() {
        let made = match authority::server(&owner, host) {
            Ok(made) => made,
            // The key of the authority was damaged or exchanged: that authority can sign nothing any more.
            Err(error) if !is_new_authority => {
                log::warn!("the local certificate authority is made anew: {error}");
                owner = make_authority(&hosts, &root, &root_key)?;
                renewed = true;
                authority::server(&owner, host)?
            }
            Err(error) => return Err(error.into()),
        };
        save(&key, &made.key)?;
        save(&cert, &made.cert)?;
    }
    let (mut chain, key) = pem::read(&cert, &key)?;
    chain.extend(pem::read(&root, &root_key)?.0);
    Ok(Kept {
        chain,
        key,
        authority: root,
        is_new_authority: renewed,
    })
}

fn make_authority(hosts: &[String], root: &Path, root_key: &Path) -> Result<Pair, TlsError> {
    let pair = authority::authority(hosts)?;
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
        let first = certificate(&folder, "localhost").unwrap();
        assert!(first.is_new_authority);
        let again = certificate(&folder, "localhost").unwrap();
        assert!(!again.is_new_authority);
        assert_eq!(first.chain, again.chain);

        let elsewhere = certificate(&folder, "app.test").unwrap();
        assert!(elsewhere.is_new_authority, "one that may sign for it");
        let back = certificate(&folder, "localhost").unwrap();
        assert!(!back.is_new_authority);
        assert_eq!(elsewhere.chain, back.chain, "good for both");

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
        assert!(!certificate(&folder, "localhost").unwrap().is_new_authority);
        fs::write(folder.join("authority.pem"), "garbage").unwrap();
        assert!(certificate(&folder, "localhost").unwrap().is_new_authority);
        fs::write(folder.join("authority-key.pem"), "garbage").unwrap();
        fs::write(folder.join("localhost.pem"), "garbage").unwrap();
        assert!(certificate(&folder, "localhost").unwrap().is_new_authority);
    }
}
