//! Single keys of the terminal, as they are pressed. Ctrl-C and Ctrl-Z stay what they are, and whatever ends the program
//! leaves the terminal as it was.
//!
//! The terminal has one reader, a thread: a read cannot be taken back. It never reads while the program is in the
//! background, where that would stop the program.

use std::io::{IsTerminal as _, stdin, stdout};
use std::os::fd::AsFd;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, getpgrp, getpid, kill_process};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};
use tokio::sync::mpsc;

/// How the terminal was, while it is otherwise.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
/// Who gets the keys.
static LISTENER: Mutex<Option<mpsc::UnboundedSender<char>>> = Mutex::new(None);
/// Wakes the reader when the program may have come to the foreground; guards nothing.
static RESUMED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// The keys of the terminal. There is one of it at a time; the one that was opened last gets the keys.
#[derive(Debug)]
pub struct Keyboard {
    keys: mpsc::UnboundedReceiver<char>,
    suspends: Signals,
    resumes: Signals,
}

/// Whether there is a terminal to read keys from, and to say something at.
pub fn is_there() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

impl Keyboard {
    /// Takes the keyboard; `None` where there is no terminal to read from and to write to. Must be called on a tokio
    /// runtime, and then be asked for [`Keyboard::key`] all the time: that is what answers Ctrl-Z.
    pub fn open() -> Option<Self> {
        if !is_there() {
            return None;
        }
        let listen = |kind: Signal| signal(SignalKind::from_raw(kind.as_raw())).ok();
        let (suspends, resumes) = (listen(Signal::TSTP)?, listen(Signal::CONT)?);
        let (sender, keys) = mpsc::unbounded_channel();
        *lock(&LISTENER) = Some(sender);
        static READER: OnceLock<bool> = OnceLock::new();
        let start = || {
            let thread = std::thread::Builder::new().name("keyboard".into());
            thread.spawn(read).is_ok()
        };
        if !READER.get_or_init(start) {
            return None;
        }
        take();
        Some(Self {
            keys,
            suspends,
            resumes,
        })
    }

    /// The next key. Cancel safe.
    pub async fn key(&mut self) -> char {
        loop {
            tokio::select! {
                Some(key) = self.keys.recv() => return key,
                _ = self.suspends.recv() => {
                    restore();
                    // An error would mean that we do not exist.
                    let _ = kill_process(getpid(), Signal::STOP);
                }
                _ = self.resumes.recv() => take(),
            }
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        restore();
    }
}

/// Puts the terminal back as it was; may be called at any time, and more than once.
pub fn restore() {
    let before = lock(&BEFORE).take();
    if let Some(before) = before.filter(|_| is_in_foreground()) {
        // A terminal that has gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

/// Lets keys come without a line break and unseen, and wakes the reader. In the background, nothing.
fn take() {
    if !is_in_foreground() {
        return;
    }
    if let Ok(terminal) = tcgetattr(stdin()) {
        let mut single = terminal.clone();
        single.local_modes.remove(LINES);
        for (code, value) in CODES.into_iter().zip(SINGLE) {
            single.special_codes[code] = value;
        }
        lock(&BEFORE).get_or_insert(terminal);
        let _ = tcsetattr(stdin(), OptionalActions::Now, &single);
    }
    drop(lock(&RESUMED.0));
    RESUMED.1.notify_all();
}

/// The settings that [`take`] has changed, as they were, for [`put_back`]; `None` if it has changed nothing.
pub fn before() -> Option<String> {
    let before = lock(&BEFORE);
    let before = before.as_ref()?;
    let codes = CODES.map(|code| before.special_codes[code].to_string());
    let modes = (before.local_modes & LINES).bits();
    Some(format!("{modes} {}", codes.join(" ")))
}

/// Restores the settings that [`before`] returned, if the terminal is still as [`take`] left it. Otherwise somebody else has
/// it by now, such as a shell.
pub fn put_back(terminal: impl AsFd, before: &str) {
    let mut words = before.split(' ');
    let modes = words.next().and_then(|word| word.parse().ok());
    let codes: Vec<u8> = words.filter_map(|word| word.parse().ok()).collect();
    let (Some(modes), Ok(mut now)) = (modes, tcgetattr(&terminal)) else {
        return;
    };
    let is_as_left =
        !now.local_modes.intersects(LINES) && CODES.map(|code| now.special_codes[code]) == SINGLE;
    if is_as_left && codes.len() == CODES.len() {
        let modes = LocalModes::from_bits_truncate(modes) & LINES;
        now.local_modes.insert(modes);
        for (code, value) in CODES.into_iter().zip(codes) {
            now.special_codes[code] = value;
        }
        // A terminal that has gone needs nothing.
        let _ = tcsetattr(&terminal, OptionalActions::Now, &now);
    }
}

/// The modes that [`take`] removes: input comes by the line, and is shown.
const LINES: LocalModes = LocalModes::ICANON.union(LocalModes::ECHO);
/// The codes that [`take`] changes. `VQUIT` too: after it nobody could restore the terminal.
const CODES: [SpecialCodeIndex; 3] = [
    SpecialCodeIndex::VMIN,
    SpecialCodeIndex::VTIME,
    SpecialCodeIndex::VQUIT,
];
/// The values of [`CODES`] for single keys.
const SINGLE: [u8; 3] = [1, 0, DISABLED];
/// `_POSIX_VDISABLE`.
const DISABLED: u8 = if cfg!(target_os = "linux") { 0 } else { 0xff };

fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}

/// The reader's life; it ends with the terminal.
fn read() {
    let mut byte = [0];
    loop {
        let mut guard = lock(&RESUMED.0);
        while !is_in_foreground() {
            guard = RESUMED
                .1
                .wait(guard)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(guard);
        let input = stdin();
        let mut waits = [PollFd::new(&input, PollFlags::IN)];
        let came = poll(&mut waits, None);
        // What came may be for the shell.
        if !is_in_foreground() {
            continue;
        }
        match came.and_then(|_| rustix::io::read(&input, &mut byte)) {
            Ok(1) => {
                if let Some(listener) = &*lock(&LISTENER) {
                    // Whoever listened may have gone.
                    let _ = listener.send(char::from(byte[0]));
                }
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Ok(_) | Err(_) => return,
        }
    }
}

fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
