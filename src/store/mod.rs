//! What outlives a run, on the disk.
//!
//! | file | what |
//! |---|---|
//! | [`file_version`] | which state of a file was read |
//! | [`state_dir`] | where Cygnet keeps what outlives a run |
//! | [`folder`] | folders for their owner alone, never through a symbolic link |
//! | [`lock`] | advisory locks between processes |
//! | [`atomic_file`] | files that are written whole or not at all |
//! | [`json_store`] | one value in one file: versioned, replaced whole, never replaced when damaged |
//! | [`locator`] | which emulators run, and how to reach them |
//! | [`timestamp`] | moments, as they are kept and shown |
//! | [`error`] | why state cannot be read or written |
//!
//! Everything here takes the folder that the user chose, the `base`: a project, or the user's state folder. It may be, or
//! lie behind, a symbolic link; nothing below it may, because a repository can carry links and Cygnet removes old files.

pub mod atomic_file;
pub mod error;
pub mod file_version;
pub mod folder;
pub mod json_store;
pub mod locator;
pub mod lock;
pub mod state_dir;
pub mod timestamp;

pub use error::StoreError;
pub use json_store::{JsonStore, Stored};
pub use lock::FileLock;
pub use timestamp::now;
