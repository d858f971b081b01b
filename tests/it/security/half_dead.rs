//! An emulator that has lost a part of itself ends, and says so.

use std::process::Command;

use crate::emulator::{Emulator, site};

/// `CYGNET_FAULT` is known to debug builds only.
#[cfg(debug_assertions)]
#[test]
fn a_service_that_fails_ends_the_emulator() {
    let folder = site(None);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.env("CYGNET_FAULT", "service");
    let mut emulator = Emulator::run(command, folder.path());
    assert_eq!(emulator.wait().code(), Some(101));
    emulator.wait_for_output("the emulator ends, since its thread `main` has failed");
    emulator.wait_for_output("please report it");
}
