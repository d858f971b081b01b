//! A file close to its limit (CF-6).

use super::super::validate::MAX_CONFIG_BYTES;
use super::context::Lint;
use crate::finding::Span;

pub(super) fn check(lint: &mut Lint<'_>) {
    let size = lint.source.size();
    if size <= MAX_CONFIG_BYTES && size > MAX_CONFIG_BYTES / 5 * 4 {
        let message =
            format!("{size} of {MAX_CONFIG_BYTES} bytes are used; larger files are refused");
        let hint = "join rules by wildcards, or write the file without indentation";
        lint.warn("CF-6", Span { start: 0, end: 1 }, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    #[test]
    fn cf_6_close_to_the_limit() {
        let padded = |bytes: usize| found(&format!("{{{}}}", " ".repeat(bytes - 2)));
        assert_eq!(padded(17_000), ["CF-6 {"]);
        assert_eq!(padded(16_000), [""; 0]);
        assert_eq!(padded(20_481), [""; 0], "that is refused");
    }
}
