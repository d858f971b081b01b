//! The inspector at `/.cygnet/`, asked as its page asks.

mod api;
mod page;
