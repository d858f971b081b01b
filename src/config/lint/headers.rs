//! Headers with mistakes that a browser punishes silently.

use super::super::model::Header;
use super::context::Lint;

/// Keywords of a content security policy that count only in quotes; without, each is the name of a host.
const KEYWORDS: [&str; 7] = [
    "self",
    "none",
    "unsafe-inline",
    "unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "report-sample",
];

/// Headers that describe the message itself, which the platform writes.
const MESSAGE: [&str; 6] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "content-encoding",
    "content-range",
    "date",
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let config = lint.config;
    group(lint, &config.global_headers);
    for rule in &config.routes {
        group(lint, &rule.headers);
    }
}

fn group(lint: &mut Lint<'_>, headers: &[Header]) {
    for (index, header) in headers.iter().enumerate() {
        let name = &header.name.value;
        let same = |other: &&Header| other.name.value.eq_ignore_ascii_case(name);
        if let Some(earlier) = headers[..index].iter().find(same) {
            let message = format!(
                "`{name}` and `{}` are one header; the last one counts",
                earlier.name.value
            );
            let hint =
                "a header has one value; join the two with a comma where the header allows lists";
            lint.warn("HD-5", header.name.span, message, hint);
        }
        if MESSAGE.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            let message = format!("`{name}` describes the message itself and cannot be configured");
            lint.warn("HD-1", header.name.span, message, "remove it");
        }
        if name
            .to_ascii_lowercase()
            .starts_with("content-security-policy")
        {
            policy(lint, header);
        }
        if name.eq_ignore_ascii_case("access-control-allow-origin") {
            origins(lint, header);
        }
    }
}

/// Browsers compare the whole value with one origin.
fn origins(lint: &mut Lint<'_>, header: &Header) {
    let value = &header.value;
    let separator = |letter: char| letter == ',' || letter.is_whitespace();
    let origins = value.value.split(separator).filter(|it| !it.is_empty());
    if origins.count() > 1 {
        let message = format!(
            "`{}` holds several origins, so browsers allow none of them",
            header.name.value
        );
        let hint =
            "write one origin or `*`; for several, answer with the caller's own in a function";
        lint.warn("HD-1", value.span, message, hint);
    }
}

fn policy(lint: &mut Lint<'_>, header: &Header) {
    let sources = header
        .value
        .value
        .split(';')
        .flat_map(|directive| directive.split_whitespace().skip(1));
    let bare: Vec<&str> = sources.filter(|source| KEYWORDS.contains(source)).collect();
    if let Some(first) = bare.first() {
        let message = format!(
            "`{first}` in this policy is the name of a host: keywords are in single quotes"
        );
        lint.warn(
            "HD-1",
            header.value.span,
            message,
            format!("write `'{first}'`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    #[test]
    fn hd_1_5() {
        let headers = |text: &str| found(&format!(r#"{{"globalHeaders": {{{text}}}}}"#));
        assert_eq!(
            headers(r#""content-security-policy": "default-src 'self'; object-src none""#),
            ["HD-1 default-src 'self'; object-src none"]
        );
        assert_eq!(
            headers(r#""Content-Security-Policy": "default-src 'self' none.example""#),
            [""; 0]
        );
        assert_eq!(headers(r#""X-A": "1", "x-a": "2""#), ["HD-5 x-a"]);
        assert_eq!(headers(r#""Content-Length": "1""#), ["HD-1 Content-Length"]);
        let allowed = |text: &str| headers(&format!(r#""Access-Control-Allow-Origin": "{text}""#));
        for several in [
            "https://a.example, https://b.example",
            "https://a.example *",
        ] {
            assert_eq!(allowed(several), [format!("HD-1 {several}")]);
        }
        assert_eq!(allowed("https://a.example"), [""; 0]);
    }
}
