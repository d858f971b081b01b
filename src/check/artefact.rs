//! The folder that is deployed (CF-84, CF-85), in Azure's words (CF-95, CF-96).

use crate::artefact::Artefact;
use crate::artefact::exclusion::Exclusion;
use crate::finding::{Finding, Place};
use crate::link::model::Plan;

/// Most files of a deployment.
pub const MAX_FILES: u64 = 15_000;
/// Largest content on the Free plan, in bytes.
pub const MAX_BYTES_FREE: u64 = 262_144_000;
/// Largest content on the Standard plan, in bytes.
pub const MAX_BYTES_STANDARD: u64 = 524_288_000;

/// Checks the files that are deployed. Without a `plan`, what only the Free plan refuses is a warning.
pub fn check(artefact: &Artefact, plan: Option<Plan>) -> Vec<Finding> {
    let mut found = Vec::new();
    if !artefact.has_at_root("index.html") {
        if artefact.has_at_root("Index.html") {
            let message = "`Index.html` passes the deployment, but is not served at `/`";
            let warning = Finding::warning("CF-11", Place::Nowhere, message);
            found.push(warning.hint("name it `index.html`"));
        } else {
            let message = "Failed to find a default file in the app artifacts folder (/). Valid default files: index.html,Index.html.";
            let refused = Finding::refused("CF-95", Place::Nowhere, message);
            found.push(refused.hint("build the app first, or name the folder that is deployed"));
        }
    }
    if artefact.has_at_root("routes.json") {
        let message = "`routes.json` is deprecated: Azure ignores it as soon as there is a staticwebapp.config.json, and it is not read here";
        let warning = Finding::warning("CF-5", Place::Nowhere, message);
        found.push(warning.hint("move its rules to staticwebapp.config.json and delete it"));
    }
    found.extend(left_out(artefact));
    found.extend(limits(
        artefact.entries.len() as u64,
        artefact.bytes(),
        plan,
    ));
    found
}

/// RS-36: one finding for each reason.
fn left_out(artefact: &Artefact) -> Vec<Finding> {
    let mut found = Vec::new();
    for exclusion in [
        Exclusion::Secret,
        Exclusion::OutsideLink,
        Exclusion::Reserved,
    ] {
        let all = artefact.left_out.iter();
        let mut all = all.filter(|it| it.exclusion == exclusion);
        let Some(first) = all.next() else { continue };
        let others = match all.count() {
            0 => "is".to_owned(),
            1 => "and another one are".to_owned(),
            others => format!("and {others} others are"),
        };
        let message = format!(
            "`{}` {others} never served nor deployed: {}",
            first.relative.escape_debug(),
            exclusion.why()
        );
        let warning = Finding::warning("RS-36", Place::Nowhere, message);
        found.push(warning.hint(exclusion.hint()));
    }
    found
}

fn limits(files: u64, bytes: u64, plan: Option<Plan>) -> Vec<Finding> {
    let mut found = Vec::new();
    let too_large = |limit: u64| {
        format!(
            "The size of the app content was too large. The limit for this Static Web App is {limit} bytes. (It has {bytes}.)"
        )
    };
    if files > MAX_FILES {
        let message =
            format!("The number of static files was too large. ({files} of {MAX_FILES}.)");
        let refused = Finding::refused("CF-96", Place::Nowhere, message);
        found.push(refused.hint("deploy the built app only, or move media to a storage account"));
    }
    let hint = "move large files to a storage account";
    if bytes > MAX_BYTES_STANDARD {
        let message = too_large(MAX_BYTES_STANDARD);
        let refused = Finding::refused("CF-96", Place::Nowhere, message);
        found.push(refused.hint(hint));
    } else if bytes > MAX_BYTES_FREE && plan == Some(Plan::Free) {
        let message = too_large(MAX_BYTES_FREE);
        let refused = Finding::refused("CF-96", Place::Nowhere, message);
        found.push(refused.hint("use the Standard plan, or move large files to a storage account"));
    } else if bytes > MAX_BYTES_FREE && plan.is_none() {
        let message = format!("on the Free plan: {}", too_large(MAX_BYTES_FREE));
        let warning = Finding::warning("CF-96", Place::Nowhere, message);
        found.push(warning.hint("use the Standard plan, or move large files to a storage account"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artefact::content_folder::ContentFolder;
    use crate::finding::Severity::{self, Refused, Warning};

    fn seen(found: &[Finding]) -> Vec<(Severity, &str)> {
        found
            .iter()
            .map(|found| (found.severity, found.code))
            .collect()
    }

    #[test]
    fn cf_84_95_a_default_page() {
        let with = |names: &[&str]| {
            let folder = tempfile::tempdir().unwrap();
            for name in names {
                std::fs::write(folder.path().join(name), "").unwrap();
            }
            let content = ContentFolder::of(folder.path().to_path_buf());
            check(&Artefact::scan(&content).unwrap(), None)
        };
        assert_eq!(seen(&with(&[])), [(Refused, "CF-95")]);
        assert_eq!(seen(&with(&["Index.html"])), [(Warning, "CF-11")]);
        // The first name stays where the disk takes both for one.
        assert_eq!(with(&["index.html", "Index.html"]), []);
    }

    #[test]
    fn cf_5_a_deprecated_file_of_routes_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(folder.path().join(name), "{}").unwrap();
        write("index.html");
        write("routes.json");
        let content = ContentFolder::of(folder.path().to_path_buf());
        let found = check(&Artefact::scan(&content).unwrap(), None);
        assert_eq!(seen(&found), [(Warning, "CF-5")]);
    }

    #[test]
    fn cf_85_96_limits() {
        assert_eq!(limits(15_000, 262_144_000, Some(Plan::Free)), []);
        assert_eq!(seen(&limits(15_001, 1, None)), [(Refused, "CF-96")]);
        let large = |plan| limits(1, 262_144_001, plan);
        assert_eq!(seen(&large(None)), [(Warning, "CF-96")]);
        assert_eq!(seen(&large(Some(Plan::Free))), [(Refused, "CF-96")]);
        assert_eq!(large(Some(Plan::Standard)), []);
        let too_large = limits(1, 524_288_001, Some(Plan::Standard));
        assert_eq!(seen(&too_large), [(Refused, "CF-96")]);
    }
}
