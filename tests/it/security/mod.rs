//! What is defended, a file for each subject.

mod bodies;
mod certificates;
mod cross_site;
mod documented;
mod framing;
mod functions_app;
#[cfg(unix)]
mod functions_port;
mod half_dead;
mod hosts;
mod identity;
mod inspector;
#[cfg(unix)]
mod links;
mod network;
mod never_content;
mod paths;
#[cfg(unix)]
mod store;
