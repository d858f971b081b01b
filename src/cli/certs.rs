//! `cygnet certs`: the authority of `--ssl`, and where it is trusted.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::exit::ExitCode;
use super::report::{self, Failure};
use crate::server::StartError;
use crate::server::tls::store::{self, Wanted};
use crate::server::tls::trust::{Changed, TrustContext, TrustStore};
use crate::server::tls::{FOLDER, TlsError, authority};
use crate::store::state_dir::state_dir;

/// What was typed after `cygnet certs`.
#[derive(Debug, Clone, Args)]
pub struct CertsArgs {
    #[command(subcommand)]
    command: CertsCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum CertsCommand {
    /// Make browsers and this system trust the certificates that are made here
    Trust(JsonArgs),
    /// Take that back
    Untrust(JsonArgs),
    /// Print the path of the authority's certificate, for NODE_EXTRA_CA_CERTS and the like; it is made if need be
    Path(JsonArgs),
    /// Say which names the authority may sign for, and where it is trusted
    Show(JsonArgs),
}

#[derive(Debug, Clone, Args)]
struct JsonArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub fn run(args: &CertsArgs) -> Result<ExitCode, Failure> {
    let file = authority_file()?;
    match &args.command {
        CertsCommand::Path(args) => {
            match args.json {
                true => report::json(json!({ "authority": file })),
                false => report::data(&format!("{}\n", file.display())),
            }
            Ok(ExitCode::Stopped)
        }
        CertsCommand::Trust(args) => change(file, args.json, "trusted", TrustStore::trust),
        CertsCommand::Untrust(args) => change(file, args.json, "removed", TrustStore::untrust),
        CertsCommand::Show(args) => show(file, args.json),
    }
}

/// The authority, made if there is none yet.
fn authority_file() -> Result<PathBuf, StartError> {
    let wanted = Wanted {
        folder: state_dir().ok_or(TlsError::NoStateDir)?.join(FOLDER),
        host: "localhost".to_owned(),
        names: Vec::new(),
    };
    Ok(store::certificate(&wanted, OffsetDateTime::now_utc())?.path)
}

fn context() -> Result<TrustContext, Failure> {
    TrustContext::of_process().ok_or_else(|| Failure {
        message: "the home folder is not known".to_owned(),
        hint: Some("set HOME".to_owned()),
        code: ExitCode::CannotStart,
        ..Failure::default()
    })
}

fn change(
    file: PathBuf,
    is_json: bool,
    done: &str,
    change: impl Fn(&TrustStore, &TrustContext) -> Changed,
) -> Result<ExitCode, Failure> {
    let context = context()?;
    let outcomes: Vec<(String, Changed)> = context
        .stores(&file)
        .into_iter()
        .map(|store| {
            let changed = change(&store, &context);
            (store.name, changed)
        })
        .collect();
    let is_done = |(_, changed): &(String, Changed)| *changed == Changed::Done;
    let code = match outcomes.iter().any(is_done) {
        true => ExitCode::Stopped,
        false => ExitCode::CannotStart,
    };
    if is_json {
        let stores: Value = outcomes
            .iter()
            .map(|(name, changed)| outcome_json(name, changed, done))
            .collect();
        report::json(json!({ "authority": file, "stores": stores }));
        return Ok(code);
    }
    for (name, changed) in &outcomes {
        tell(name, changed, done);
    }
    report::data(&format!(
        "\nauthority  {file}\nNode.js    NODE_EXTRA_CA_CERTS={file}\n",
        file = file.display()
    ));
    Ok(code)
}

fn tell(name: &str, changed: &Changed, done: &str) {
    match changed {
        Changed::Done => report::data(&format!("{done:<9}  {name}\n")),
        Changed::ByHand(commands) => {
            let mut text = format!("by hand    {name}\n");
            for command in commands {
                text.push_str(&format!("             {command}\n"));
            }
            report::data(&text);
        }
        Changed::Failed(why) => report::PRINTER.warning(format!("{name}: {why}"), None),
        Changed::Missing(how) => report::PRINTER.warning(
            format!("{name}: the program that changes it is not installed"),
            Some(how),
        ),
    }
}

fn outcome_json(name: &str, changed: &Changed, done: &str) -> Value {
    match changed {
        Changed::Done => json!({ "name": name, "state": done }),
        Changed::ByHand(commands) => json!({ "name": name, "state": "by hand", "run": commands }),
        Changed::Failed(why) => json!({ "name": name, "state": "failed", "why": why }),
        Changed::Missing(how) => json!({ "name": name, "state": "failed", "why": how }),
    }
}

fn show(file: PathBuf, is_json: bool) -> Result<ExitCode, Failure> {
    let context = context()?;
    let stores = context.stores(&file);
    let stores = stores.iter().map(|store| (&store.name, store.has_it()));
    // Just read or written; damage since then shows as no names.
    let pem = std::fs::read_to_string(&file).unwrap_or_default();
    let hosts = authority::hosts(&pem, OffsetDateTime::now_utc()).unwrap_or_default();
    if is_json {
        let stores: Value = stores
            .map(|(name, has_it)| json!({ "name": name, "trusted": has_it }))
            .collect();
        report::json(json!({ "authority": file, "names": hosts, "stores": stores }));
        return Ok(ExitCode::Stopped);
    }
    let mut text = format!(
        "authority  {}\nnames      {}, and those below them\n",
        file.display(),
        hosts.join(", ")
    );
    for (name, has_it) in stores {
        let word = match has_it {
            Some(true) => "trusted",
            Some(false) => "not yet",
            None => "unknown",
        };
        text.push_str(&format!("{word:<9}  {name}\n"));
    }
    report::data(&text);
    Ok(ExitCode::Stopped)
}
