//! Directories to classified changes.
