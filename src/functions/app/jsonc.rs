//! JSON files of a Functions app, read as the host of Azure reads them: comments are allowed, a BOM is skipped.

use std::io::ErrorKind;
use std::path::Path;

use jsonc_parser::ParseOptions;
use serde_json::Value;

use crate::finding::{Place, Position};
use crate::functions::error::HostError;

/// The value of the file, `None` when there is no such file.
pub(crate) fn read_json(path: &Path) -> Result<Option<Value>, HostError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let message = format!("cannot read `{}`: {error}", path.display());
            return Err(HostError::new(message, "make the file readable"));
        }
    };
    parse(&text, path).map(Some)
}

/// Reads the text of a file.
pub(crate) fn parse(text: &str, path: &Path) -> Result<Value, HostError> {
    let text = text.trim_start_matches('\u{feff}');
    let parsed = jsonc_parser::parse_to_serde_value::<Value>(text, &ParseOptions::default());
    parsed.map_err(|error| {
        let message = format!("`{}` is not valid JSON: {error}", path.display());
        let at = Position {
            line: error.line_display(),
            column: error.column_display(),
        };
        HostError::new(message, "correct the file").at(Place::Path(path.to_path_buf(), Some(at)))
    })
}
