//! How the user wants an app to be run, where the automatic choice is not wanted.

use std::fmt;

use clap::ValueEnum;

/// What runs the functions (`--api-host`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ApiHost {
    /// What the app is written for.
    #[default]
    Auto,
    /// Node.js.
    Node,
    /// Python.
    Python,
    /// The program of the app's own that host.json describes.
    Custom,
    /// The Azure Functions Core Tools, if they are installed.
    Func,
}

impl fmt::Display for ApiHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Node => "node",
            Self::Python => "python",
            Self::Custom => "custom",
            Self::Func => "func",
        })
    }
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// What runs the app.
    pub host: ApiHost,
    /// More arguments of `func start` (`--func-args`).
    pub func_args: Vec<String>,
    /// The port of the language's debugger (`--api-debug`). The worker is not restarted under it.
    pub debug: Option<u16>,
}

/// The words of a command line, as a shell would split them: by spaces, quotes keep what they hold together.
pub fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => (quote, begun) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if std::mem::take(&mut begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words("--verbose  --cors '*'"), ["--verbose", "--cors", "*"]);
        assert_eq!(words(r#"-a "b c"d '' "#), ["-a", "b cd", ""]);
        assert_eq!(words("  "), [""; 0]);
    }
}
