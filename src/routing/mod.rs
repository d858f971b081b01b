//! Route rules, compiled, and the pure decision about a request (production's steps 1–11). No I/O, no HTTP types.
//!
//! 1. [`path`]: raw request path → what answers is sent → what rules see; which paths belong to `/api` and `/.auth`
//! 2. [`index`]: patterns → the smallest matching position, at a cost that does not grow with their number
//! 3. [`rules`]: a configuration compiled
//! 4. [`facts`]: what is known of a request
//! 5. [`decide()`]: facts → [`Decision`]; the server, the tests, the benchmark and the trace call this one function
//! 6. [`trace`]: each rule, whether it matched and why not, on demand
//! 7. [`url`]: paths and texts escaped for a URL

mod decide;
pub mod facts;
pub mod index;
pub mod path;
pub mod rules;
pub mod trace;
pub mod url;

pub use decide::{Decision, ErrorCause, Outcome, Refusal, Target, decide, refusal};
pub use facts::{Caller, Method, Origin, RequestFacts};
pub use rules::{Override, Rules};
