//! What is defended, a file for each subject.
