//! A question that one key answers.

use crate::server::StartError;
use crate::server::control::StopRequest;
use crate::server::signals::ShutdownSignals;
use crate::terminal::keyboard::Keyboard;

use super::report::Failure;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer<T> {
    /// This.
    Is(T),
    /// Nothing: the next key is waited for.
    Unknown,
}

/// Waits for a key that `means` something. `None`: q, Escape, Ctrl-C, or the terminal has gone.
///
/// # Errors
/// The system gives no event loop.
pub(super) fn key<T>(means: impl Fn(char) -> Answer<T>) -> Result<Option<T>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StartError::Server)?;
    Ok(runtime.block_on(async {
        let mut signals = ShutdownSignals::listen(StopRequest::default());
        let mut keyboard = Keyboard::open()?;
        loop {
            let key = tokio::select! {
                key = keyboard.key() => key.to_ascii_lowercase(),
                _ = signals.wait() => return None,
            };
            match means(key) {
                Answer::Is(answer) => return Some(answer),
                // Ctrl-D is the end of the input.
                Answer::Unknown if matches!(key, 'q' | '\u{1b}' | '\u{4}') => return None,
                Answer::Unknown => {}
            }
        }
    }))
}
