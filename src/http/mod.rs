//! HTTP as the emulator speaks it itself; nothing in here knows Azure.
//!
//! What forwards a request (to a backend, a dev server, a worker of the Functions host, a custom handler):
//!
//! 1. [`origin`]: where to
//! 2. [`client`]: takes an idle connection of the [`pool`], sends one request and takes the head of its response; once
//!    more if the connection was stale;
//!    it is polled [`in_place`]
//! 3. [`connector`]: opens connections, plain by [`dialer`] or over [`tls`]; [`read_after_write_error`] makes an early
//!    answer survive on them
//! 4. [`hop_by_hop`]: the headers that end at this hop; [`body`]: what rooms hand to one another
//!
//! What listens: [`allowed_hosts`] says which hosts it answers for (named by [`host_name`]), [`listen`] takes a port of all addresses;
//! [`cross_site`] knows what the pages of other sites send.
//!
//! [`event_stream`] tells pages what happens; [`chunked_bytes`] sends a response body that is in memory.
//!
//! What reads a request body whole does so by [`read_body`]; what passes one on as it comes limits the pauses in it by
//! [`idle_timeout`].
//!
//! Not awc, which corrupts or slows what is forwarded: it reads no answer before its request is written, takes a
//! truncated body for a whole one and does not say whether a request was sent. It carries the emulator's own small
//! calls: [`own_calls`].

pub mod allowed_hosts;
pub mod body;
mod chunked_bytes;
mod client;
mod connector;
pub(crate) mod cross_site;
mod dialer;
pub(crate) mod error;
pub(crate) mod event_stream;
mod header_copy;
mod hop_by_hop;
pub mod host_name;
mod idle_timeout;
mod in_place;
pub(crate) mod listen;
mod origin;
mod own_calls;
mod pool;
mod read_after_write_error;
mod read_body;
mod tls;

pub use allowed_hosts::{AllowedHosts, Misdirected};
pub(crate) use chunked_bytes::ChunkedBytes;
pub(crate) use client::{Client, ClientBody, of_thread};
pub(crate) use connector::Connection;
pub(crate) use error::ClientError;
pub use header_copy::HeaderCopy;
pub(crate) use hop_by_hop::HopByHop;
pub use host_name::{HostName, HostPattern};
pub(crate) use idle_timeout::{IdleLimited, IdleTimeout, MAX_IDLE};
pub(crate) use origin::Origin;
pub(crate) use own_calls::{OwnCall, Posted};
pub(crate) use pool::{Lease, Leased, Sweep};
pub(crate) use read_body::{BodyError, BodyLimit, read_body};
