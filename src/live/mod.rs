//! Live reload and the overlay: open pages learn what changed.
//!
//! 1. [`debounce`]: changed files → one batch of URL paths, once the disk is quiet
//! 2. [`problems`]: an invalid configuration or an API that fails, as the overlay shows it
//! 3. [`hub`]: what is wrong now and when content last changed; tells every open page
//! 4. [`endpoint`]: `/.cygnet/live`, the stream of server-sent events, and `/.cygnet/live.js`, the client
//! 5. [`inject`]: the client's tag in HTML for a browser's document request, as the policy ([`csp`]) allows it
//!
//! The client in the browser is `client.js` (stream, reload, style sheets) with `overlay.js` and `overlay.css`. It is a
//! file of its own, never inline, and its style is a constructed sheet in a shadow root: both work under a
//! `default-src 'self'` of the app.

pub mod csp;
pub mod debounce;
pub mod endpoint;
pub mod hub;
pub mod inject;
pub mod problems;

pub use hub::Hub;
