//! What outlives a run, on the disk.
//!
//! | file | what |
//! |---|---|
//! | [`atomic_file`] | files that are written whole or not at all |
//! | [`state_dir`] | where Cygnet keeps what outlives a run |

pub mod atomic_file;
pub mod state_dir;
