//! Single keys of the terminal, as they are pressed: `unix`. On other systems there are none, and nothing is asked.

#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub use unix::{Keyboard, before, is_there, put_back, restore};

/// Elsewhere.
#[cfg(not(unix))]
mod none {
    /// The keys of the terminal; there is none of it.
    #[derive(Debug)]
    pub struct Keyboard(std::convert::Infallible);

    impl Keyboard {
        /// `None`.
        pub fn open() -> Option<Self> {
            None
        }

        /// The next key.
        pub async fn key(&mut self) -> char {
            match self.0 {}
        }
    }

    /// Whether there is a terminal to read keys from.
    pub fn is_there() -> bool {
        false
    }

    /// Puts the terminal back as it was.
    pub fn restore() {}
}

#[cfg(not(unix))]
pub use none::{Keyboard, is_there, restore};
