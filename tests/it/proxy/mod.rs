//! The hop to a backend, as raw sockets on both sides see it.

mod buffering;
mod faults;
mod framing;
mod headers;
mod latency;
mod pool;
mod smuggling;
mod tls;
mod upload;
mod volume;
