//! What all pages share: rendering, and code letters in sentences.

/// A stretch of a sentence, in code letters or not.
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_code: bool,
}

/// Cuts a sentence at its backticks, which messages put around names and values. An odd last backtick is only a
/// character: its part stays ordinary text.
pub(crate) fn prose(sentence: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = sentence;
    while let Some((before, code, after)) = next_code(rest) {
        parts.push(Part {
            text: before,
            is_code: false,
        });
        parts.push(Part {
            text: code,
            is_code: true,
        });
        rest = after;
    }
    parts.push(Part {
        text: rest,
        is_code: false,
    });
    parts
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

/// Renders a template. Rendering into memory does not fail; if it did, the visitor would still get a sentence.
pub(crate) fn render(template: &impl askama::Template) -> String {
    template.render().unwrap_or_else(|error| {
        log::error!("cannot render a page: {error}");
        "This page could not be rendered; the log of Cygnet says why.".to_owned()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn backticks_become_code() {
        let show = |sentence| {
            super::prose(sentence)
                .iter()
                .map(|part| match part.is_code {
                    true => format!("<{}>", part.text),
                    false => part.text.to_owned(),
                })
                .collect::<String>()
        };
        assert_eq!(show("a `b` c `d`"), "a <b> c <d>");
        assert_eq!(show("a `b"), "a `b");
        assert_eq!(show("``"), "<>");
        assert_eq!(show(""), "");
    }
}
