//! Names that Windows does not take for a file of that name. A request must never reach the disk with one: it would be
//! answered by a device, by a file of another name, or by what lies outside the folder.

/// Names of devices, in every folder and whatever follows the first dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// With one digit behind.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Whether Windows takes one part of a path for something else than a file or folder of exactly that name:
///
/// - `aux`, `con.txt`, `COM1`, `lpt²`: a device
/// - `a.`, `a `: the file `a`
/// - `a\b`, `c:`, `a::$DATA`: another folder, another drive, a stream of a file
/// - `a?`, `a*`, `<`, and control characters: patterns, and no name at all
pub fn is_reserved(part: &str) -> bool {
    part.ends_with(['.', ' '])
        || part.contains(|c: char| c.is_control() || r#"\/:*?"<>|"#.contains(c))
        || is_device(part)
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end_matches(' ');
    let is_port = || {
        let mut numbered = PORTS.iter().filter_map(|port| {
            let start = stem.get(..port.len())?;
            start
                .eq_ignore_ascii_case(port)
                .then(|| &stem[port.len()..])
        });
        numbered.any(|number| {
            let mut digits = number.chars();
            let digit = digits
                .next()
                .is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
            digit && digits.next().is_none()
        })
    };
    DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || is_port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_windows_takes_as_it_is_names_a_file() {
        for part in [
            "aux",
            "AUX.html",
            "con",
            "Con.tar.gz",
            "nul .txt",
            "prn",
            "CONOUT$",
            "com1",
            "COM0.js",
            "lpt9",
            "LPT³.txt",
            "a.",
            "a ",
            "index.html...",
            "..",
            "index.html::$DATA",
            "index.html:x",
            "c:",
            "a\\b",
            "..\\secret",
            "\\\\?\\C",
            "INDEX?.html",
            "*",
            "a<b",
            "a|b",
            "\"",
            "a\nb",
        ] {
            assert!(is_reserved(part), "{part:?}");
        }
        for part in [
            "index.html",
            "auxiliary.js",
            "console",
            "x.con",
            "com",
            "com10",
            "comx.js",
            "lpt.txt",
            ".well-known",
            "a b",
            "naïve.css",
            "日本.html",
            "PROGRA~1",
            "a;b",
            "$data",
        ] {
            assert!(!is_reserved(part), "{part:?}");
        }
    }
}
