//! The real binary at a terminal of its own.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::emulator::{PATIENCE, end_of, eventually_within};

/// A program at a terminal of 80 columns, ended with the test.
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    /// Held so that the terminal's modes can be read when the program has ended.
    line: OwnedFd,
}

impl Terminal {
    /// Starts `cygnet ARGS` in a folder.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        Self::start_with_path(folder, args, std::env::var_os("PATH").unwrap_or_default())
    }

    /// Starts it as a child of a shell that does nothing for its terminal. When it ends, the shell says so, and waits.
    pub fn start_in_shell(folder: &Path, args: &[&str]) -> Self {
        let script = "\"$0\" \"$@\"; echo it has ended; read line";
        let words = [&["sh", "-c", script, env!("CARGO_BIN_EXE_cygnet")], args].concat();
        Self::launch(folder, &words, std::env::var_os("PATH").unwrap_or_default())
    }

    /// The same with another `PATH`.
    pub fn start_with_path(folder: &Path, args: &[&str], path: impl AsRef<OsStr>) -> Self {
        let words = [&[env!("CARGO_BIN_EXE_cygnet")], args].concat();
        Self::launch(folder, &words, path)
    }

    fn launch(folder: &Path, words: &[&str], path: impl AsRef<OsStr>) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let line = rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let size = Winsize {
            ws_row: 40,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).unwrap();
        // Of util-linux: makes the terminal that of a session of its own, without a process in between.
        let child = Command::new("setsid")
            .arg("--ctty")
            .args(words)
            .current_dir(folder)
            .env("CYGNET_STATE_DIR", folder.join(".state"))
            .env("TERM", "xterm")
            .env("PATH", path)
            .env_remove("RUST_LOG")
            .env_remove("NO_COLOR")
            .env_remove("CI")
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap())
            .spawn()
            .expect("setsid of util-linux runs");
        let screen = Arc::<Mutex<String>>::default();
        let (mut output, shown) = (File::from(master.try_clone().unwrap()), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The end is an error on Linux.
            while let Ok(1..) = output.read(&mut bytes).inspect(|&length| {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                shown.lock().unwrap().push_str(&text);
            }) {}
        });
        Self {
            child,
            keyboard: File::from(master),
            screen,
            line,
        }
    }

    /// All that was shown so far, with its colours.
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap().replace("\r\n", "\n")
    }

    /// The same without colours.
    pub fn text(&self) -> String {
        anstream::adapter::strip_str(&self.screen()).to_string()
    }

    pub fn wait_for(&self, text: &str) {
        let what = format!("{text:?} on the screen");
        eventually_within(
            &what,
            PATIENCE,
            || self.text().contains(text),
            || self.text(),
        );
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Whether the terminal is as a shell leaves it: lines are edited by it, and keys are shown.
    pub fn is_cooked(&self) -> bool {
        let modes = tcgetattr(&self.line).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// The child of the shell.
    pub fn pid_in_shell(&self) -> Pid {
        let shell = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
        let child = children.unwrap().trim().parse().unwrap();
        Pid::from_raw(child).unwrap()
    }

    /// `R`, `S`, `T` (stopped) …, as `/proc` has it.
    pub fn state(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        fields[..1].to_owned()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        end_of(&mut self.child, || self.screen.lock().unwrap().clone())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Errors mean that it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
