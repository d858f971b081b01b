//! `platform.apiRuntime` by the table of 20 November 2026 (CF-60…CF-68).

use super::context::Lint;

enum Support {
    Current,
    Ended(&'static str),
}

/// Runtime, rule, state.
const TABLE: &[(&str, &str, Support)] = &[
    (
        "dotnet:3.1",
        "CF-60",
        Support::Ended(".NET Core 3.1 has ended"),
    ),
    ("dotnet:6.0", "CF-61", Support::Ended(".NET 6 has ended")),
    (
        "dotnet-isolated:6.0",
        "CF-61",
        Support::Ended(".NET 6 has ended"),
    ),
    (
        "dotnet-isolated:7.0",
        "CF-61",
        Support::Ended(".NET 7 has ended"),
    ),
    (
        "dotnet:8.0",
        "CF-62",
        Support::Ended(".NET 8 ended on 10 November 2026"),
    ),
    (
        "dotnet-isolated:8.0",
        "CF-62",
        Support::Ended(".NET 8 ended on 10 November 2026"),
    ),
    (
        "dotnet-isolated:9.0",
        "CF-62",
        Support::Ended(".NET 9 ended on 10 November 2026"),
    ),
    ("dotnet-isolated:10.0", "CF-63", Support::Current),
    ("node:12", "CF-64", Support::Ended("Node.js 12 has ended")),
    ("node:14", "CF-64", Support::Ended("Node.js 14 has ended")),
    ("node:16", "CF-64", Support::Ended("Node.js 16 has ended")),
    ("node:18", "CF-64", Support::Ended("Node.js 18 has ended")),
    ("node:20", "CF-65", Support::Current),
    ("node:22", "CF-65", Support::Current),
    (
        "python:3.8",
        "CF-66",
        Support::Ended("Python 3.8 has ended"),
    ),
    ("python:3.9", "CF-67", Support::Current),
    ("python:3.10", "CF-67", Support::Current),
    ("python:3.11", "CF-67", Support::Current),
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let Some(runtime) = &lint.config.api_runtime else {
        return;
    };
    let text = runtime.value.as_str();
    let language = text.split(':').next().unwrap_or(text);
    let newest = match language {
        "dotnet" | "dotnet-isolated" => "dotnet-isolated:10.0",
        "python" => "python:3.11",
        _ => "node:22",
    };
    match TABLE.iter().find(|(known, ..)| *known == text) {
        Some((_, _, Support::Current)) => {}
        Some((_, rule, Support::Ended(what))) => {
            let message = format!("`{text}`: {what}");
            lint.warn(rule, runtime.span, message, format!("use `{newest}`"));
        }
        None => {
            let shorter = TABLE.iter().find(|(known, ..)| {
                text.strip_prefix(known)
                    .is_some_and(|rest| rest.starts_with('.'))
            });
            let hint = match shorter {
                Some((known, ..)) => format!("write `{known}`: patch versions cannot be chosen"),
                None => format!("use `{newest}`"),
            };
            let message = format!("`{text}` is not a runtime of Azure Static Web Apps");
            lint.warn("CF-68", runtime.span, message, hint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    #[test]
    fn cf_60_to_68() {
        // CF-63, CF-65, CF-67: those that are current, at the end.
        let runtime = |text: &str| found(&format!(r#"{{"platform": {{"apiRuntime": "{text}"}}}}"#));
        for (text, rule) in [
            ("dotnet:3.1", "CF-60"),
            ("dotnet:6.0", "CF-61"),
            ("dotnet-isolated:8.0", "CF-62"),
            ("dotnet-isolated:9.0", "CF-62"),
            ("node:18", "CF-64"),
            ("python:3.8", "CF-66"),
            ("python:3.11.9", "CF-68"),
            ("node", "CF-68"),
        ] {
            assert_eq!(runtime(text), [format!("{rule} {text}")]);
        }
        for text in ["node:22", "python:3.11", "dotnet-isolated:10.0"] {
            assert_eq!(runtime(text), [""; 0]);
        }
    }
}
