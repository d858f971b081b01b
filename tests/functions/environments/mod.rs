//! Managed functions of deployed environments, by `cygnet serve`.

mod lasting;
mod life;
mod own_copies;
