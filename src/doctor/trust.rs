//! Whether browsers believe what `--ssl` serves.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

use super::check::{Check, Looking, PATIENCE, State, look};
use super::patient::Patient;
use crate::process::ask;
use crate::server::tls::FOLDER;
use crate::server::tls::store::authority_file;
use crate::server::tls::trust::{TrustContext, TrustStore};
use crate::settings::TlsSetting;
use crate::store::state_dir::state_dir;

const NAME: &str = "HTTPS";

pub(super) fn checks(patient: &Patient) -> Vec<Looking<'_>> {
    vec![look(NAME, https(patient))]
}

async fn https(patient: &Patient) -> Check {
    let tls = patient
        .settings()
        .map(|settings| &settings.server.tls.value);
    if let Some(TlsSetting::Files { cert, .. }) = tls {
        return Check::new(
            NAME,
            State::Ok,
            format!("the certificate {}", cert.display()),
        );
    }
    let wanted = matches!(tls, Some(TlsSetting::SelfMade));
    let authority = state_dir().map(|folder| authority_file(&folder.join(FOLDER)));
    let Some(authority) = authority.filter(|file| file.is_file()) else {
        return Check::new(NAME, State::Note, "no authority was made yet").hint(
            "`cygnet certs trust` makes one and lets browsers believe it; `--ssl` serves by it",
        );
    };
    let Some(context) = TrustContext::of_process() else {
        return Check::new(NAME, State::Warning, "the home folder is not known").hint("set HOME");
    };
    let stores = context.stores(&authority);
    let asked = stores.iter().map(|store| trusts(store, patient));
    let asked = futures_util::future::join_all(asked).await;
    let told = stores.iter().zip(&asked);
    let facts: Value = told
        .map(|(store, trusts)| serde_json::json!({ "name": store.name, "trusted": trusts }))
        .collect();
    let check = match asked.contains(&Some(true)) {
        true => {
            let trusting = stores
                .iter()
                .zip(&asked)
                .filter(|(_, trusts)| **trusts == Some(true));
            let names: Vec<&str> = trusting.map(|(store, _)| store.name.as_str()).collect();
            Check::new(NAME, State::Ok, format!("trusted by {}", names.join(", ")))
        }
        false => {
            let state = if wanted { State::Warning } else { State::Note };
            Check::new(
                NAME,
                state,
                "nothing here trusts the certificates of `--ssl`",
            )
            .hint("cygnet certs trust")
        }
    };
    shown(check, &authority).fact("stores", facts)
}

fn shown(check: Check, authority: &Path) -> Check {
    check.fact("path", authority.display().to_string())
}

/// As [`TrustStore::has_it`], with an end.
async fn trusts(store: &TrustStore, patient: &Patient) -> Option<bool> {
    let (program, words) = store.query().split_first()?;
    let mut command = Command::new(program);
    let asked = ask(command.args(words), patient.guard(), PATIENCE).await;
    asked.ok().map(|output| output.status.success())
}
