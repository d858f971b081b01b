//! What outlives a run, on the disk.
//!
//! | file | what |
//! |---|---|
//! | [`atomic_file`] | files that are written whole or not at all |
//! | [`file_version`] | which state of a file was read |
//! | [`state_dir`] | where Cygnet keeps what outlives a run |

pub mod atomic_file;
pub mod file_version;
pub mod state_dir;
