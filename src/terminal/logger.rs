//! Records of the `log` crate and panics look like every other message. A record's next step is its value `hint`:
//! `log::warn!(hint = "use --poll"; "changes are not noticed")`.

use std::backtrace::{Backtrace, BacktraceStatus};

use log::kv::Key;
use log::{Level, Log, Metadata, Record};

use super::{Printer, message};

/// The logger: env_logger decides what is said (`RUST_LOG` has the last word), the printer says it.
struct Logger {
    filter: env_logger::Logger,
    printer: Printer,
}

/// Takes over the log and the panics of this process. `filter` is in the syntax of `RUST_LOG`, which wins over it.
pub fn start(filter: &str, printer: Printer) {
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
            printer.error(format_args!("{panic}{backtrace}"), None);
        }));
    }
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
