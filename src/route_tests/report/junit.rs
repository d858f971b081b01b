//! The outcome as JUnit's XML, which the servers of continuous integration read.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Counts, TestedFile, sentence, trace};

/// The whole report.
pub fn junit(files: &[TestedFile]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let Counts { passed, failed, .. } = Counts::of(files, 0);
    let total = passed + failed;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "<testsuites name=\"cygnet test\" tests=\"{total}\" failures=\"{failed}\" errors=\"0\">"
    );
    for file in files {
        push_file(&mut out, file);
    }
    out + "</testsuites>\n"
}

fn push_file(out: &mut String, file: &TestedFile) {
    let name = file.name();
    let name = escaped(&name);
    let failed = file
        .tests
        .iter()
        .filter(|(_, outcome)| !outcome.is_passed());
    let (total, failed) = (file.tests.len(), failed.count());
    let _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{total}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">"
    );
    for (test, outcome) in &file.tests {
        let title = test.title();
        let (title, line) = (escaped(&title), file.position(test).line);
        let _ = write!(
            out,
            "    <testcase classname=\"{name}\" name=\"{title}\" file=\"{name}\" line=\"{line}\""
        );
        let differences: Vec<String> = outcome
            .differences
            .iter()
            .map(|it| format!("{}: {}", it.what, sentence(it)))
            .collect();
        if differences.is_empty() {
            out.push_str("/>\n");
            continue;
        }
        let message = differences.join("; ");
        let trace = trace(test, outcome).join("\n");
        let _ = writeln!(
            out,
            ">\n      <failure message=\"{}\" type=\"expectation\">{}\n{}</failure>\n    </testcase>",
            escaped(&message),
            escaped(&differences.join("\n")),
            escaped(&trace)
        );
    }
    out.push_str("  </testsuite>\n");
}

/// Text that may stand in an attribute or between tags. What XML 1.0 has no character for is shown as its escape.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| {
        !matches!(
            letter,
            '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}'
        ) && (!letter.is_control() || letter == '\n')
    };
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            letter if is_plain(letter) => out.push(letter),
            letter => out.extend(letter.escape_unicode()),
        }
    }
    Cow::Owned(out)
}
