//! `cygnet serve`: every deployed environment at its host, through the front door of the real binary.

mod guests;
mod hosts;
mod https;
mod password;
