//! One line a request on standard output: method, path, status, milliseconds, and what decided.
//!
//! Workers put lines into a buffer of their own, which goes to a writer thread a few milliseconds later: a request
//! never waits for a terminal. When the reader of the output is too slow, lines are lost and counted.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::pipeline::record::AccessRecord;

/// How long a line may lie in its worker's buffer.
const DELAY: Duration = Duration::from_millis(4);
/// A buffer of this size, in bytes, goes at once.
const FULL: usize = 16 * 1024;
/// Buffers that may wait for the writer.
const WAITING: usize = 256;

/// The log; cheap to clone. Each worker makes its own [`Lines`] from it.
#[derive(Debug, Clone)]
pub struct RequestLog(Option<Arc<Writer>>);

#[derive(Debug)]
struct Writer {
    sender: Mutex<Option<SyncSender<Vec<u8>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    color: bool,
}

impl RequestLog {
    /// Starts the writer; without `says` nothing is ever written.
    pub fn start(says: bool) -> Self {
        if !says {
            return Self(None);
        }
        let (sender, lines) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("request-log".into())
            .spawn(move || write(&lines))
            .ok();
        let color = std::io::stdout().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self(Some(Arc::new(Writer {
            sender: Mutex::new(Some(sender)),
            thread: Mutex::new(thread),
            color,
        })))
    }

    /// The buffer of one worker.
    pub fn lines(&self) -> Lines {
        let sender = self
            .0
            .as_ref()
            .and_then(|writer| writer.sender.lock().ok()?.clone());
        Lines(Rc::new(Buffer {
            color: self.0.as_ref().is_some_and(|writer| writer.color),
            text: RefCell::default(),
            lost: Cell::new(0),
            is_due: Cell::new(false),
            sender,
        }))
    }

    /// Writes what the workers gave, once they are gone.
    pub fn close(&self) {
        let Some(writer) = &self.0 else { return };
        if let Ok(mut sender) = writer.sender.lock() {
            sender.take();
        }
        let thread = writer
            .thread
            .lock()
            .ok()
            .and_then(|mut thread| thread.take());
        // Workers that still finish a request hold a sender; what they say after this moment is not waited for.
        if let Some(thread) = thread.filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}

fn write(lines: &Receiver<Vec<u8>>) {
    let mut out = std::io::stdout();
    while let Ok(text) = lines.recv() {
        if out.write_all(&text).and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

/// One worker's lines.
#[derive(Clone)]
pub struct Lines(Rc<Buffer>);

struct Buffer {
    color: bool,
    text: RefCell<String>,
    lost: Cell<usize>,
    is_due: Cell<bool>,
    sender: Option<SyncSender<Vec<u8>>>,
}

impl Lines {
    /// Adds a request, with its host where one emulator has several.
    pub fn add(
        &self,
        method: &str,
        (host, path): (&str, &str),
        status: u16,
        took: Duration,
        record: &AccessRecord,
    ) {
        let buffer = &self.0;
        if buffer.sender.is_none() {
            return;
        }
        let length = {
            let mut text = buffer.text.borrow_mut();
            let (on, off) = if buffer.color {
                (style(status), "\x1b[0m")
            } else {
                ("", "")
            };
            let micros = took.as_micros();
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{method} {host}{path} {on}{status}{off} {}.{} ms  {record}",
                micros / 1000,
                micros % 1000 / 100
            );
            text.len()
        };
        if length >= FULL {
            buffer.send();
        } else if !buffer.is_due.replace(true) {
            let buffer = Rc::clone(buffer);
            actix_web::rt::spawn(async move {
                tokio::time::sleep(DELAY).await;
                buffer.is_due.set(false);
                buffer.send();
            });
        }
    }
}

impl Buffer {
    fn send(&self) {
        let mut text = std::mem::take(&mut *self.text.borrow_mut());
        if text.is_empty() {
            return;
        }
        let lost = self.lost.take();
        if lost > 0 {
            let _ = writeln!(
                text,
                "… {lost} request lines were lost: the output is read too slowly"
            );
        }
        let count = text.bytes().filter(|&byte| byte == b'\n').count();
        if let Some(sender) = &self.sender
            && let Err(TrySendError::Full(_)) = sender.try_send(text.into_bytes())
        {
            self.lost.set(lost + count);
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.send();
    }
}

fn style(status: u16) -> &'static str {
    match status {
        200..300 => "\x1b[32m",
        300..400 => "\x1b[36m",
        400..500 => "\x1b[33m",
        _ => "\x1b[31m",
    }
}
