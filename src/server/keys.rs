//! Keys of the terminal while the emulator runs.

use crate::backend::Backend;
use crate::environment::State;
use crate::pipeline::AppState;
use crate::terminal::Printer;
use crate::terminal::keyboard::Keyboard;

use super::readiness::Readiness;
use super::start::{Started, open_browser};

const HELP: &str = "\
  h  this help
  o  open the app in the browser
  r  restart the API, and reload open pages
  q  quit";

/// Does what the keys say, until one of them asks for the end. Without a terminal nothing ever does.
pub(super) async fn until_quit(started: &Started, printer: Printer) {
    let keyboard = printer.is_for_people().then(Keyboard::open).flatten();
    let Some(mut keyboard) = keyboard else {
        return std::future::pending().await;
    };
    // If we are killed we cannot put the terminal back ourselves.
    #[cfg(unix)]
    let _guard = crate::process::TerminalGuard::start();
    printer.note("press h for help, q to quit");
    loop {
        match keyboard.key().await.to_ascii_lowercase() {
            'h' | '?' => printer.note(HELP),
            'o' => open_browser(&started.url),
            'r' => {
                if let Readiness::App { app, .. } = &started.readiness {
                    restart(app, printer);
                }
            }
            'q' => return,
            _ => {}
        }
    }
}

fn restart(app: &AppState, printer: Printer) {
    let state = app.current.load_full();
    let has_functions = match &*state {
        State::Serving(environment) => match &environment.backend {
            Backend::Managed(host) => {
                host.restart("the API");
                true
            }
            Backend::None | Backend::BringYourOwn(_) => false,
        },
        State::Broken(_) => false,
    };
    if let Some(hub) = &app.live {
        hub.reload();
    }
    printer.note(match has_functions {
        true => "restarting the API; open pages reload",
        false => "open pages reload",
    });
}
