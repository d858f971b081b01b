//! The beginning of a body, and how long it was.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// Most bytes that are kept of a body.
const KEPT: usize = 64 * 1024;

/// The beginning of a body.
#[derive(Debug, Default, Clone)]
pub struct BodyCopy {
    kept: Vec<u8>,
    length: u64,
}

/// A body as the page shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BodyView {
    /// What is kept, if it is text.
    pub text: Option<String>,
    /// What is kept, if it is not.
    pub base64: Option<String>,
    /// The length of the whole.
    pub bytes: u64,
    /// Whether there is more than what is kept.
    pub truncated: bool,
    /// As its message says.
    pub content_type: Option<String>,
}

impl BodyCopy {
    /// Takes a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let room = KEPT.saturating_sub(self.kept.len());
        self.kept
            .extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    /// What is kept.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Whether there is more than what is kept.
    pub fn is_truncated(&self) -> bool {
        self.length > self.kept.len() as u64
    }

    /// Bytes in memory.
    pub fn size(&self) -> usize {
        self.kept.capacity()
    }

    /// As the page shows it. Text that was cut in the middle of a character loses that.
    pub fn view(&self, content_type: Option<String>) -> BodyView {
        let text = match std::str::from_utf8(&self.kept) {
            Ok(text) => Some(text),
            Err(error) if self.is_truncated() && error.error_len().is_none() => {
                let valid = self.kept.get(..error.valid_up_to());
                valid.and_then(|valid| std::str::from_utf8(valid).ok())
            }
            Err(_) => None,
        };
        let text = text.filter(|text| !text.contains('\0'));
        BodyView {
            text: text.map(str::to_owned),
            base64: text.is_none().then(|| STANDARD.encode(&self.kept)),
            bytes: self.length,
            truncated: self.is_truncated(),
            content_type,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_a_long_body_is_kept_and_its_length() {
        let mut copy = BodyCopy::default();
        for _ in 0..100_000 {
            copy.add("é".as_bytes());
        }
        assert!(copy.size() <= 2 * KEPT, "{}", copy.size());
        let view = copy.view(None);
        assert_eq!((view.bytes, view.truncated), (200_000, true));
        assert_eq!(view.text.unwrap().len(), KEPT);

        let mut odd = BodyCopy::default();
        odd.add(b"x");
        for _ in 0..100_000 {
            odd.add("é".as_bytes());
        }
        assert_eq!(odd.view(None).text.unwrap().len(), KEPT - 1);
    }

    #[test]
    fn what_is_no_text_is_base64() {
        let mut copy = BodyCopy::default();
        copy.add(&[0xff, 0, 1]);
        let view = copy.view(None);
        assert_eq!((view.text, view.base64.as_deref()), (None, Some("/wAB")));
    }
}
