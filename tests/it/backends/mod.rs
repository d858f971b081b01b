//! Linked backends through the real binary: `cygnet backends`, the front door, the gate.

mod api_management;
mod commands;
mod locks;
mod providers;
