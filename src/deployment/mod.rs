//! Emulated deployments: what `cygnet deploy` makes and `cygnet serve` shows.
//!
//! 1. [`name`]: environments and their host names (EN-1…EN-5)
//! 2. [`checks`]: everything that a deployment is refused for, all at once (CF-80…CF-98, EN-6, EN-30…EN-33)
//! 3. [`objects`]: the contents of the files, each once; [`snapshot`]: one deployment as
//!    an immutable tree; `index`: what need not be read again
//! 4. [`deploy`]: the steps of a deployment, with the one atomic switch; [`failpoints`]: where tests kill it
//! 5. [`store`], [`model`]: what is remembered, on the disk
//! 6. [`password`], [`users`]: password protection, invitations; application settings are names and values in the model
//! 7. [`invitations`]: invited users at their sign-in
//! 8. [`environments`]: delete, roll back, verify

pub mod checks;
pub mod deploy;
pub mod environments;
pub mod failpoints;
mod index;
pub mod invitations;
pub mod model;
pub mod name;
pub mod objects;
pub mod password;
pub mod snapshot;
pub mod store;
pub mod users;
