//! Records of the `log` crate and panics look like every other message. A record's next step is its value `hint`:
//! `log::warn!(hint = "use --poll"; "changes are not noticed")`.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use log::kv::Key;
use log::{Level, Log, Metadata, Record};

use super::queue::WRITER;
use super::{FLUSH, Printer, Quiet, message};

/// The logger: env_logger decides what is said (`RUST_LOG` has the last word), the printer says it.
struct Logger {
    filter: env_logger::Logger,
    printer: Printer,
}

/// Takes over the log and the panics of this process. `filter` is in the syntax of `RUST_LOG`, which wins over it.
pub fn start(filter: &str, printer: Printer) {
    // The library that watches files warns of each folder that is deleted.
    let filter = format!("{filter},notify=error");
    let environment = env_logger::Env::default().default_filter_or(filter);
    let filter = env_logger::Builder::from_env(environment).build();
    let most = filter.filter();
    // A second start in one process (tests) keeps the first logger.
    if log::set_boxed_logger(Box::new(Logger { filter, printer })).is_ok() {
        log::set_max_level(most);
        // The default hook waits for standard error, which nobody may read.
        std::panic::set_hook(Box::new(move |panic| {
            let backtrace = Backtrace::capture();
            let backtrace = match backtrace.status() {
                BacktraceStatus::Captured => format!("\n{backtrace}"),
                _ => String::new(),
            };
            end_if_vital(printer, &format!("{panic}{backtrace}"));
        }));
    }
}

/// Threads without which an emulator would go on half dead: the one of all services and signals, the one that writes, the
/// one that accepts. A worker of actix is none of them: it loses one connection, and a worker that ends is replaced.
const VITAL: [&str; 3] = ["main", WRITER, "actix-server acceptor"];
/// The code of a Rust program that a panic ended.
const FAILED: i32 = 101;

/// Whether this process is an emulator.
static ENDS: AtomicBool = AtomicBool::new(false);

/// From now on a panic in a vital thread ends the process, whoever would have caught it.
pub fn end_with_vital_threads() {
    ENDS.store(true, Ordering::Relaxed);
}

/// Says a panic of this thread, and ends the process if the thread is vital: processes of ours end with it, as the guard
/// sees to.
fn end_if_vital(printer: Printer, panic: &str) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or_default();
    let ends = ENDS.load(Ordering::Relaxed) && VITAL.contains(&name);
    if !ends {
        printer.error(panic, None);
        return;
    }
    let hint = "this is a bug of Cygnet: please report it with the lines above";
    let text = format!("the emulator ends, since its thread `{name}` has failed: {panic}");
    // Without the writer nobody else takes what is queued.
    let printer = match name == WRITER {
        true => Printer::direct(Quiet::No),
        false => printer,
    };
    // From a thread of its own, which is not waited for long: this one may hold the locks of the printer.
    let (said, is_said) = mpsc::channel();
    let says = std::thread::Builder::new().spawn(move || {
        printer.error(text, Some(hint));
        printer.flush();
        let _ = said.send(());
    });
    if says.is_ok() {
        let _ = is_said.recv_timeout(2 * FLUSH);
    }
    super::keyboard::restore();
    #[allow(clippy::exit, reason = "unwinding ends the task, not the process")]
    std::process::exit(FAILED)
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.filter.matches(record) {
            return;
        }
        let (text, target) = (record.args(), record.target());
        let hint = record.key_values().get(Key::from_str("hint"));
        let hint = hint
            .map(|hint| hint.to_string())
            .filter(|hint| !hint.is_empty());
        let hint = hint.as_deref();
        match record.level() {
            Level::Error => self.printer.repeatable(message::error(text, hint)),
            Level::Warn => self.printer.repeatable(message::warning(text, hint)),
            Level::Info => self.say("info", text, hint),
            Level::Debug => self.say("debug", &format_args!("{target}: {text}"), hint),
            Level::Trace => self.say("trace", &format_args!("{target}: {text}"), hint),
        }
    }

    fn flush(&self) {
        self.printer.flush();
    }
}

impl Logger {
    fn say(&self, label: &str, text: &dyn std::fmt::Display, hint: Option<&str>) {
        let text = message::dimmed(label, text, hint);
        self.printer.write(super::Stream::Stderr, &text);
    }
}
