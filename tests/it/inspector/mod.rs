//! The inspector at `/.cygnet/`, asked as its page asks.

mod page;
mod routes;
