//! What is defended, a file for each subject.

mod framing;
mod identity;
