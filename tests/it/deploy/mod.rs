//! `cygnet deploy` and the verbs beside it: what is refused, what is made, what survives.

mod commands;
mod faults;
mod life;
mod project;
mod refusals;
