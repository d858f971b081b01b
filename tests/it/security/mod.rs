//! What is defended, a file for each subject.

mod bodies;
mod certificates;
mod framing;
mod identity;
