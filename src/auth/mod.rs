//! Who the caller is, and the `/.auth` endpoints: mock sign-in, and on demand the real one.
//!
//! 1. [`cookie`]: the request's `Cookie` headers → [`CookieReading`] → [`ClientPrincipal`]
//! 2. [`providers`]: which `/.auth/login/<provider>` names this app has
//! 3. `endpoint`: which one a path names; [`endpoints`]: one `/.auth/…` request → one answer, without I/O;
//!    [`exchange`] has the plain data on both sides
//! 4. [`sign_in`]: the body of `POST /.auth/login/<provider>` → a principal, or why not
//!    [`personas`]: users that the project names, to be signed in as; [`persona_file`]: the file that names them
//! 5. [`redirect`]: where the browser goes after signing in or out
//! 6. [`pages`]: the HTML of the sign-in and purge pages
//! 7. [`real`]: the sign-in at the provider itself, which alone of this room asks others
//! 8. [`identity_headers`]: which headers of a request nobody but the platform may write

pub mod cookie;
mod endpoint;
pub mod endpoints;
pub mod exchange;
pub mod identity_headers;
pub mod pages;
pub mod persona_file;
pub mod personas;
pub mod principal;
pub mod providers;
pub mod real;
pub mod redirect;
pub mod sign_in;

pub use cookie::CookieReading;
pub use endpoints::answer;
pub use exchange::{Answer, AuthBody, AuthRequest, AuthResponse};
pub use identity_headers::is_identity_header;
pub use personas::{Invited, Persona, Picker};
pub use principal::{Claim, ClientPrincipal};
pub use providers::{ConfiguredAuth, Lookup, Providers};
