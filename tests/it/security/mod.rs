//! What is defended, a file for each subject.

mod bodies;
mod certificates;
mod identity;
mod links;
mod never_content;
