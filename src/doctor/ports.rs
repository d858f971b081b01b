//! The ports that a start takes, and the servers that it sends requests to.

use http::Uri;
use tokio::net::TcpStream;

use super::check::{Check, Looking, State, look};
use super::patient::Patient;
use crate::functions::Port;
use crate::process::{Guard, port_holder};
use crate::server::StartError;
use crate::server::listen;
use crate::settings::descriptor::Opt;
use crate::settings::{ApiSetting, options};
use crate::store::locator::{Found, Running};

/// Where nobody has said otherwise.
const HOST: &str = "localhost";

pub(super) fn checks(patient: &Patient) -> Vec<Looking<'_>> {
    let settings = patient.settings();
    let default = |option: &Opt<u16>| option.default_value().unwrap_or_default();
    let (host, port) = match settings {
        Some(it) => (it.server.host.value.clone(), it.server.port.value),
        None => (HOST.to_owned(), default(&options::PORT)),
    };
    let own = settings.map_or_else(|| default(&options::API_PORT), |it| it.api.port.value);
    let mut all = vec![
        look("port", async move {
            front_door(&host, port, patient.guard()).await
        }),
        look("API port", async move {
            of_functions(own, patient.guard()).await
        }),
    ];
    let Some(settings) = settings else { return all };
    if let ApiSetting::Url { url, .. } = &settings.api.target.value {
        all.push(look("API", answers("API", url)));
    }
    if let Some(url) = &settings.app.devserver_url {
        all.push(look("dev server", answers("dev server", &url.value)));
    }
    all
}

/// The port of the emulator itself.
async fn front_door(host: &str, port: u16, guard: &Guard) -> Check {
    let name = format!("port {port}");
    match listen::bind(host, port) {
        Ok(_) if port == 0 => Check::new(&name, State::Ok, "a free one is taken"),
        Ok(_) => Check::new(&name, State::Ok, format!("free on {host}")),
        Err(error @ StartError::PortTaken { .. }) => {
            let free = "choose another one with `--port`; `--port 0` takes a free one";
            let check = taken(&name, port, State::Problem, guard).await;
            match check.hint {
                Some(_) => check,
                None => check.hint(format!("stop it, or {free}")),
            }
            .fact("error", error.to_string())
        }
        Err(error) => {
            use crate::finding::Advice as _;
            let hint = error.hint().unwrap_or_default().into_owned();
            Check::new(&name, State::Problem, error.to_string()).hint(hint)
        }
    }
    .fact("port", port)
}

/// The port at which functions can be called directly, which a start can do without.
async fn of_functions(port: u16, guard: &Guard) -> Check {
    let name = format!("port {port}");
    match Port::bind(port) {
        Ok(_) => Check::new(&name, State::Ok, "free for the functions' own port"),
        Err(_) => {
            let check = taken(&name, port, State::Warning, guard).await;
            let found = format!("{}: functions answer at the front door only", check.found);
            let hint = "stop it, or choose another one with `--api-port`";
            let hint = check.hint.clone().unwrap_or_else(|| hint.to_owned());
            Check { found, ..check }.hint(hint)
        }
    }
    .fact("port", port)
}

/// A port that somebody has: an emulator of this user is told by what it serves.
async fn taken(name: &str, port: u16, state: State, guard: &Guard) -> Check {
    if let Some(found) = emulator_at(port) {
        let locator = found.locator;
        let what = format!(
            "the emulator of {} answers there (process {})",
            locator.project.display(),
            locator.pid
        );
        let hint = "it is this one that you want, or `cygnet stop` in its folder ends it";
        return Check::new(name, State::Warning, what)
            .hint(hint)
            .fact("pid", locator.pid)
            .fact("program", "cygnet");
    }
    match port_holder(port, guard).await {
        Some(holder) => Check::new(name, state, format!("{holder} has it"))
            .fact("pid", holder.pid)
            .fact("program", holder.name),
        None => Check::new(name, state, "a program has it, perhaps another user's"),
    }
}

fn emulator_at(port: u16) -> Option<Found> {
    let all = Running::of_user().and_then(|running| running.all()).ok()?;
    all.into_iter().find(|found| found.locator.port == port)
}

/// Whether a server that somebody else starts is there.
async fn answers(name: &'static str, url: &Uri) -> Check {
    let url = url.clone();
    let default = if url.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let host = url
        .host()
        .unwrap_or(HOST)
        .trim_matches(['[', ']'])
        .to_owned();
    let port = url.port_u16().unwrap_or(default);
    let check = match connect(host, port).await {
        Ok(()) => Check::new(name, State::Ok, format!("{url} accepts connections")),
        Err(why) => Check::new(
            name,
            State::Warning,
            format!("nothing answers at {url}: {why}"),
        )
        .hint("start it; `cygnet` waits for it"),
    };
    check.fact("url", url.to_string())
}

async fn connect(host: String, port: u16) -> Result<(), String> {
    // Names are asked of the system, which takes its time without a network.
    let addresses = tokio::net::lookup_host((host, port)).await;
    let mut last = "the name does not resolve to an address".to_owned();
    for address in addresses.map_err(|error| error.to_string())? {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}
