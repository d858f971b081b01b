//! Keys of the terminal while the emulator runs.

use super::{Started, open_browser};
use crate::backend::Backend;
use crate::terminal::Printer;
use crate::terminal::keyboard::Keyboard;

const HELP: &str = "\
  h  this help
  o  open the app in the browser
  r  restart the API, and reload open pages
  q  quit";

/// Does what the keys say, until one of them asks for the end. Without a terminal nothing ever does.
pub(super) async fn until_quit(started: &Started<'_>, printer: Printer) {
    let keyboard = (!printer.is_quiet()).then(Keyboard::open).flatten();
    let Some(mut keyboard) = keyboard else {
        return std::future::pending().await;
    };
    printer.note("press h for help, q to quit");
    loop {
        match keyboard.key().await.to_ascii_lowercase() {
            'h' | '?' => printer.note(HELP),
            'o' => open_browser(&started.url),
            'r' => restart(started, printer),
            'q' => return,
            _ => {}
        }
    }
}

fn restart(started: &Started<'_>, printer: Printer) {
    let has_api = match started.needed.backend {
        Backend::Managed(host) => {
            host.restart("a key asked for it");
            true
        }
        _ => false,
    };
    if let Some(hub) = started.live {
        hub.reload();
    }
    printer.note(match has_api {
        true => "restarting the API; open pages reload",
        false => "open pages reload",
    });
}
