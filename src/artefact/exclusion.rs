//! What in the folder of an app is never its content, by name, and why. `start`, `serve`, `check` and `deploy` ask here.
//!
//! | what | deployed |
//! |---|---|
//! | folders of version control, `.cygnet`, installed packages | never |
//! | the folder of the API, where it lies inside | as functions, not as content |
//! | secrets: `.env*`, `local.settings.json`, `swa-cli.config.json`, private keys | never |
//! | symbolic links that lead out of the project | never, without `--follow-links` |
//! | route tests (`routes.test.jsonc`, `*.routes.test.jsonc`) | never |
//! | `staticwebapp.config.json` | as the configuration (CF-1); it is never served (CF-9) |
//! | on Windows: names that it takes for something else ([`windows_name`](super::windows_name)) | never |

use super::windows_name::is_reserved;
use crate::config::FILE_NAME;

/// Why something is never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// `.git`, `.cygnet`, …
    ToolFolder,
    /// `node_modules`, …
    Packages,
    /// The API's own folder.
    Api,
    /// `.env*`, `local.settings.json`, a private key, …
    Secret,
    /// A symbolic link that leads out of the project.
    OutsideLink,
    /// `routes.test.jsonc`, …
    RouteTests,
    /// `staticwebapp.config.json`
    Configuration,
    /// `aux.html` on Windows, where a file may have the name but is not what opens by it.
    Reserved,
}

/// Version control and our own state.
const TOOL_FOLDERS: [&str; 7] = [".git", ".hg", ".svn", ".bzr", ".jj", "_darcs", ".cygnet"];
/// What is installed anew wherever an app is built.
const PACKAGES: [&str; 3] = ["node_modules", ".venv", "__pycache__"];
/// `swa-cli.config.json` may hold a deployment token or a client secret.
const SECRETS: [&str; 6] = [
    "local.settings.json",
    "swa-cli.config.json",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
];
/// Route tests, and what the names of further ones end with after a dot.
pub const ROUTE_TESTS: &str = "routes.test.jsonc";
const SECRET_START: &str = ".env";
const SECRET_ENDS: [&str; 4] = [".pem", ".key", ".pfx", ".p12"];

impl Exclusion {
    /// Why a file or folder is never content, if so, by its path with `/`, in whatever case. What lies in an excluded folder
    /// is excluded with it.
    pub fn by_name(path: &str, is_folder: bool) -> Option<Self> {
        let (folders, last) = path.rsplit_once('/').unwrap_or(("", path));
        let is_file = !is_folder;
        folders
            .split('/')
            .find_map(Self::of_part)
            .or_else(|| Self::of_part(last))
            .or_else(|| (is_file && is_configuration(last)).then_some(Self::Configuration))
            .or_else(|| (is_file && is_secret(last)).then_some(Self::Secret))
            .or_else(|| (is_file && is_route_tests(last)).then_some(Self::RouteTests))
    }

    fn of_part(name: &str) -> Option<Self> {
        let is_one_of = |known: &[&str]| known.iter().any(|it| name.eq_ignore_ascii_case(it));
        if cfg!(windows) && is_reserved(name) {
            Some(Self::Reserved)
        } else if is_one_of(&TOOL_FOLDERS) {
            Some(Self::ToolFolder)
        } else if is_one_of(&PACKAGES) {
            Some(Self::Packages)
        } else {
            starts_with(name, SECRET_START).then_some(Self::Secret)
        }
    }

    /// The reason, for people.
    pub fn why(self) -> &'static str {
        match self {
            Self::ToolFolder => "folders of version control and of Cygnet are never content",
            Self::Packages => "installed packages are never content",
            Self::Api => "it is part of the API, not of the content",
            Self::Secret => "files of such a name hold secrets",
            Self::OutsideLink => "a symbolic link leads out of the project",
            Self::RouteTests => "route tests are for `cygnet test`",
            Self::Configuration => "the configuration is never served",
            Self::Reserved => "Windows takes its name for something else",
        }
    }

    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::OutsideLink => "use `--follow-links` if what lies there is meant to be content",
            Self::Reserved => "give it another name",
            _ => "serve the folder with the built app only; see docs/differences.md",
        }
    }

    /// Whether a deployment leaves it out.
    pub fn is_left_out(self) -> bool {
        self != Self::Configuration
    }

    /// Whether whoever deploys is told: what is deployed in another way, or made anew, is not missed.
    pub fn is_missed(self) -> bool {
        matches!(self, Self::Secret | Self::OutsideLink | Self::Reserved)
    }
}

/// Whether a path names a configuration file (CF-9): in whatever folder, and however a disk that folds case spells it.
pub fn is_configuration(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    name.eq_ignore_ascii_case(FILE_NAME)
}

/// Whether a name is that of a file of route tests.
pub fn is_route_tests(name: &str) -> bool {
    let rest = name
        .len()
        .checked_sub(ROUTE_TESTS.len())
        .and_then(|at| name.split_at_checked(at));
    rest.is_some_and(|(before, end)| {
        end.eq_ignore_ascii_case(ROUTE_TESTS) && (before.is_empty() || before.ends_with('.'))
    })
}

fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|it| name.eq_ignore_ascii_case(it))
        || SECRET_ENDS.iter().any(|end| {
            let at = name.len().checked_sub(end.len());
            at.and_then(|at| name.get(at..))
                .is_some_and(|it| it.eq_ignore_ascii_case(end))
        })
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len())
        .is_some_and(|it| it.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_reason_at_any_depth_and_in_any_case() {
        let of = |path: &str| Exclusion::by_name(path, false);
        for name in [".git", ".hg", ".svn", ".CYGNET", ".Git"] {
            for path in [
                name.to_owned(),
                format!("{name}/a/b"),
                format!("x/y/{name}/a"),
            ] {
                assert_eq!(of(&path), Some(Exclusion::ToolFolder), "{path}");
            }
        }
        assert_eq!(of("a/node_modules/b.js"), Some(Exclusion::Packages));
        for name in [
            ".env",
            ".env.local",
            ".ENVRC",
            "local.settings.json",
            "Local.Settings.json",
            "swa-cli.config.json",
            "tls.KEY",
            "ca.pem",
            "a.pfx",
            "a.p12",
            "id_rsa",
        ] {
            assert_eq!(of(name), Some(Exclusion::Secret), "{name}");
            assert_eq!(of(&format!("x/{name}")), Some(Exclusion::Secret), "{name}");
        }
        let configuration = Some(Exclusion::Configuration);
        assert_eq!(of("x/staticwebapp.config.json"), configuration);
        assert_eq!(Exclusion::by_name("x/api.key", true), None, "a folder");
        let reserved = cfg!(windows).then_some(Exclusion::Reserved);
        for path in ["x/aux.js", "con/index.html"] {
            assert_eq!(of(path), reserved, "{path}");
        }
        for path in ["routes.test.jsonc", "x/Admin.routes.test.JSONC"] {
            assert_eq!(of(path), Some(Exclusion::RouteTests), "{path}");
        }
        for path in [
            "index.html",
            "myroutes.test.jsonc",
            "environment.js",
            ".well-known/security.txt",
            ".gitignore",
            ".github/x",
            "key.txt",
            "a.key/index.html",
            "target/x.js",
            "gît.js",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
