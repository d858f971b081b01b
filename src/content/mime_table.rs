//! Content types by extension where the common table (`mime_guess`) is not what Azure answers. `docs/mime-types.md` has all that
//! we know of, with the evidence.

/// No charset is added (RS-5).
pub(super) const OWN: &[(&str, &str)] = &[
    ("js", "text/javascript"),
    ("mjs", "text/javascript"),
    ("cjs", "text/javascript"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("svg", "image/svg+xml"),
    ("ico", "image/vnd.microsoft.icon"),
    ("webmanifest", "application/manifest+json"),
    ("wasm", "application/wasm"),
    ("avif", "image/avif"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("xml", "text/xml"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("yaml", "text/yaml"),
    ("yml", "text/yaml"),
    ("dll", "application/octet-stream"),
    ("blat", "application/octet-stream"),
    ("dat", "application/octet-stream"),
    ("ts", "video/mp2t"),
    ("appinstaller", "application/appinstaller"),
    ("appx", "application/appx"),
    ("appxbundle", "application/appxbundle"),
    ("eot", "application/octet-stream"),
    ("mid", "audio/midi"),
    ("midi", "audio/x-midi"),
    ("msix", "application/msix"),
    ("msixbundle", "application/msixbundle"),
    ("opus", "audio/opus"),
    ("pdb", "application/x-pilot"),
    ("php", "application/php"),
    ("prc", "application/x-pilot"),
    ("ra", "audio/x-realaudio"),
    ("rpm", "application/x-redhat-package-manager"),
    ("rss", "text/xml"),
    ("sea", "application/x-sea"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::OWN;
    use crate::content::mime::MimeTypes;

    /// The page's rows and this table are one.
    #[test]
    fn the_page_tells_the_types_that_are_served() {
        let page = include_str!("../../docs/mime-types.md");
        let types = MimeTypes::new(&[]);
        let mut told = HashSet::new();
        let mut wrong = Vec::new();
        for row in page.lines().filter(|line| line.starts_with("| `.")) {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            let mime = cells[1].trim().trim_matches('`');
            for extension in cells[0].split_whitespace() {
                let extension = extension.trim_matches('`').trim_start_matches('.');
                assert!(told.insert(extension), "{extension} has two rows");
                let served = types.of(&format!("x.{extension}")).value.clone();
                if served != mime {
                    wrong.push(format!("{extension}: {mime}, served {served:?}"));
                }
            }
        }
        assert!(told.len() > 100, "{} rows", told.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
        let untold = OWN
            .iter()
            .filter(|(extension, _)| !told.contains(extension));
        assert_eq!(untold.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
    }
}
