//! Text laid out for the width of the terminal.

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// A narrower terminal gets lines of this many columns, which it breaks itself.
const NARROWEST: usize = 40;

/// Columns of a line, if standard output is a terminal; others break no lines for their readers.
pub fn width() -> Option<usize> {
    columns().map(|columns| columns.clamp(NARROWEST, WIDEST))
}

#[cfg(unix)]
fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    // A terminal that does not know its size says 0.
    let columns = usize::from(size.ws_col);
    Some(if columns == 0 { 80 } else { columns })
}

#[cfg(not(unix))]
fn columns() -> Option<usize> {
    use std::io::IsTerminal as _;
    std::io::stdout().is_terminal().then_some(80)
}

/// A text whose first line begins in column `indent`, broken at spaces, with its other lines beginning there too. A word
/// that is too long stays whole: paths and URLs can be clicked then. Its characters are counted, so it has no colours.
pub fn hanging(text: &str, indent: usize, width: Option<usize>) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    let mut out = String::new();
    let mut column = indent;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hang_below_their_first_word() {
        let text = "api (managed functions in Node.js because package.json is there)";
        assert_eq!(
            hanging(text, 4, Some(30)),
            "api (managed functions in\n    Node.js because\n    package.json is there)"
        );
        assert_eq!(hanging(text, 4, None), text);
        let url = "http://localhost:4280/a/long/path";
        assert_eq!(hanging(url, 10, Some(20)), url);
    }
}
