//! What in the folder of an app is never its content, and why.
//!
//! | what | deployed |
//! |---|---|
//! | folders of tools: version control, installed packages, caches, `.cygnet` | never |
//! | the folder of the API, where it lies inside | as functions, not as content |
//! | secrets: `.env*`, `local.settings.json`, private keys | as they lie there |
//! | `staticwebapp.config.json` | as the configuration (CF-1); it is never served (CF-9) |

use std::path::Path;

use crate::config::FILE_NAME;
use crate::watch::is_ignored;

/// Why something is never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// `.git`, `node_modules`, `.cygnet`, …
    ToolFolder,
    /// The API's own folder.
    Api,
    /// `.env*`, `local.settings.json`, a private key.
    Secret,
    /// `staticwebapp.config.json`
    Configuration,
}

impl Exclusion {
    /// Why a file or folder at `path` is never content, if so; `api` is the folder of the API, written in the same way. What
    /// lies in an excluded folder is excluded with it.
    pub fn of(path: &Path, is_folder: bool, api: Option<&Path>) -> Option<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match is_folder {
            true if Some(path) == api => Some(Self::Api),
            true => is_ignored(&name).then_some(Self::ToolFolder),
            false if name == FILE_NAME => Some(Self::Configuration),
            false => is_secret(&name).then_some(Self::Secret),
        }
    }

    /// Whether a deployment leaves it out of the content. Only folders are left out.
    pub fn is_left_out(self) -> bool {
        matches!(self, Self::ToolFolder | Self::Api)
    }
}

fn is_secret(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "local.settings.json",
        ".env",
        "id_rsa",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
    ];
    const ENDS: [&str; 4] = [".pem", ".key", ".pfx", ".p12"];
    let name = name.to_ascii_lowercase();
    NAMES.contains(&&*name)
        || name.starts_with(".env.")
        || ENDS.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_reason() {
        let api = Path::new("/app/api");
        let of = |path: &str, is_folder| Exclusion::of(Path::new(path), is_folder, Some(api));
        for folder in [".git", ".hg", ".svn", "node_modules", ".cygnet"] {
            let path = format!("/app/a/{folder}");
            assert_eq!(of(&path, true), Some(Exclusion::ToolFolder));
            assert_eq!(of(&path, false), None, "a file of that name is content");
        }
        assert_eq!(of("/app/api", true), Some(Exclusion::Api));
        assert_eq!(of("/app/x/api", true), None);
        for file in [
            ".env",
            ".env.local",
            "local.settings.json",
            "a/tls.KEY",
            "ca.pem",
            "id_rsa",
        ] {
            assert_eq!(
                of(&format!("/app/{file}"), false),
                Some(Exclusion::Secret),
                "{file}"
            );
        }
        assert_eq!(
            of("/app/x/staticwebapp.config.json", false),
            Some(Exclusion::Configuration)
        );
        for file in ["index.html", "environment.js", ".environment", "key.txt"] {
            assert_eq!(of(&format!("/app/{file}"), false), None, "{file}");
        }
    }
}
