//! The log of the process, for tests to look at.

use std::sync::{Mutex, Once};

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

impl ::log::Log for Listener {
    fn enabled(&self, metadata: &::log::Metadata<'_>) -> bool {
        metadata.target().starts_with("cygnet")
    }

    fn log(&self, record: &::log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let hint = record.key_values().get("hint".into());
            let hint = hint
                .map(|hint| format!("\nhint: {hint}"))
                .unwrap_or_default();
            LOG.lock().unwrap().push(format!("{}{hint}", record.args()));
        }
    }

    fn flush(&self) {}
}

pub fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        ::log::set_logger(&Listener).unwrap();
        ::log::set_max_level(::log::LevelFilter::Info);
    });
}

/// How many lines of the log contain `part`.
pub fn logged(part: &str) -> usize {
    let log = LOG.lock().unwrap();
    log.iter().filter(|line| line.contains(part)).count()
}
