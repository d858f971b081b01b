//! `swa-cli.config.json`: which file, which configuration of it, and a position for every value.
//!
//! ```json
//! { "configurations": { "app": { "outputLocation": "dist", "start": { "port": 5000 } } } }
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, parse_to_ast};

use crate::config::syntax::STRICT_JSON;

use super::SettingsError;
use super::descriptor::{Descriptor, JsonType};
use super::options;
use super::value::ValueSource;
use crate::finding::{Finding, nearest};

/// The name of the file.
pub const FILE_NAME: &str = "swa-cli.config.json";

/// The key of the personas, which are declared for all configurations.
const PERSONAS: &str = "personas";

/// One configuration of the file, as far as `start` is concerned.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// Its name.
    pub name: String,
    /// The values of `configurations.<name>` by key.
    pub shared: HashMap<&'static str, FileValue>,
    /// The values of `configurations.<name>.start` by key.
    pub start: HashMap<&'static str, FileValue>,
}

/// One value as text, with its position.
#[derive(Debug, Clone)]
pub struct FileValue {
    /// The string, or the number or boolean as written.
    pub text: String,
    /// File, line and column.
    pub source: ValueSource,
}

/// The text of a configuration file.
#[derive(Debug)]
pub struct ConfigFile {
    /// The file, absolute.
    pub path: PathBuf,
    text: String,
}

impl ConfigFile {
    /// Reads the file named by `--config`, or `swa-cli.config.json` of the current folder when there is one.
    ///
    /// # Errors
    /// A file that was named and is missing, and one that cannot be read as UTF-8.
    pub fn open(cwd: &Path, named: Option<&Path>) -> Result<Option<Self>, SettingsError> {
        let path = named.map_or_else(|| cwd.join(FILE_NAME), Path::to_path_buf);
        if !path.is_file() {
            return match named {
                Some(_) => Err(SettingsError::ConfigFileNotFound(path)),
                None => Ok(None),
            };
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::of(path, &text))),
            Err(problem) => Err(SettingsError::ConfigFileUnreadable { path, problem }),
        }
    }

    /// The text of a file that was read already.
    pub fn of(path: PathBuf, text: &str) -> Self {
        // Editors on Windows add a byte order mark, which they do not count as a column.
        let text = text.trim_start_matches('\u{feff}').to_owned();
        Self { path, text }
    }

    /// The names of all configurations, in the order of the file, and the one that `pick` chooses among them.
    ///
    /// `pick` gets the names and gives an index. `None`: the file has no `configurations`; a notice says so.
    ///
    /// # Errors
    /// Text that is not JSON, values of wrong types, and whatever `pick` gives.
    pub fn configuration(
        &self,
        notices: &mut Vec<Finding>,
        pick: impl FnOnce(&[&str], &mut Vec<Finding>) -> Result<Option<usize>, SettingsError>,
    ) -> Result<Option<Configuration>, SettingsError> {
        // The official CLI reads the file with `JSON.parse`.
        let tree = parse_to_ast(&self.text, &CollectOptions::default(), &STRICT_JSON)
            .map_err(|error| SettingsError::ConfigFileSyntax {
                place: self.place(error.range().start),
                problem: error.kind().to_string(),
            })?
            .value;
        let root = match &tree {
            Some(Value::Object(root)) => root,
            Some(other) => return Err(self.wrong_type("the file", "an object", other)),
            None => {
                return Err(SettingsError::ConfigFileSyntax {
                    place: self.place(0),
                    problem: "the file is empty".to_owned(),
                });
            }
        };
        let Some(configurations) = self.object(root, "configurations")? else {
            notices.push(missing_configurations(root));
            return Ok(None);
        };
        let names: Vec<&str> = configurations
            .properties
            .iter()
            .map(|property| property.name.as_str())
            .collect();
        let chosen = pick(&names, notices)?.and_then(|at| configurations.properties.get(at));
        let Some(property) = chosen else {
            return Ok(None);
        };
        let name = property.name.as_str().to_owned();
        let Value::Object(block) = &property.value else {
            return Err(self.wrong_type(&name, "an object", &property.value));
        };
        let shared = self.block(block, &name, false, notices)?;
        let start = match self.object(block, "start")? {
            Some(inner) => self.block(inner, &format!("{name}.start"), true, notices)?,
            None => HashMap::new(),
        };
        Ok(Some(Configuration {
            name,
            shared,
            start,
        }))
    }

    fn block(
        &self,
        block: &Object<'_>,
        name: &str,
        start_block: bool,
        notices: &mut Vec<Finding>,
    ) -> Result<HashMap<&'static str, FileValue>, SettingsError> {
        let mut values = HashMap::new();
        for property in &block.properties {
            let key = property.name.as_str();
            let mut read = options::ALL
                .iter()
                .filter(|option| option.is_read_from_file);
            let Some(option) = read.find(|option| option.key == key) else {
                notices.extend(self.unknown(key, name, property.range.start));
                continue;
            };
            // The last of two equal keys counts, as for JSON.parse, a later null included.
            values.remove(option.key);
            if let Some(text) = self.text_of(option, &property.value)? {
                let (line, column) = self.position(property.value.start());
                let path = self.path.clone();
                let source = ValueSource::ConfigFile {
                    path,
                    line,
                    column,
                    start_block,
                };
                values.insert(option.key, FileValue { text, source });
            }
        }
        Ok(values)
    }

    /// The value as text, `None` for null. Numbers and booleans may stand in strings, where JavaScript took them too.
    fn text_of(
        &self,
        option: &Descriptor,
        value: &Value<'_>,
    ) -> Result<Option<String>, SettingsError> {
        match (option.json, value) {
            (_, Value::NullKeyword(_)) => Ok(None),
            (_, Value::StringLit(text)) => Ok(Some(text.value.to_string())),
            (JsonType::Number, Value::NumberLit(number)) => Ok(Some(number.value.to_owned())),
            (JsonType::Boolean, Value::BooleanLit(truth)) => Ok(Some(truth.value.to_string())),
            (JsonType::List, Value::Array(array)) => {
                let texts = array.elements.iter().map(|element| match element {
                    Value::StringLit(text) => Ok(text.value.to_string()),
                    other => Err(self.wrong_type(option.key, "an array of strings", other)),
                });
                let texts: Vec<_> = texts.collect::<Result<_, _>>()?;
                Ok(Some(texts.join(",")))
            }
            (expected, _) => Err(self.wrong_type(option.key, expected.in_words(), value)),
        }
    }

    fn unknown(&self, key: &str, block: &str, at: usize) -> Option<Finding> {
        let others = options::KEYS_OF_OTHER_COMMANDS.iter().copied();
        let mut known = options::ALL.iter().map(|option| option.key).chain(others);
        if key == "$schema" || known.clone().any(|known| known == key) {
            return None;
        }
        let place = self.place(at);
        if key == PERSONAS {
            return Some(Finding::remark(
                format!("{place}: `{key}` in configuration `{block}` is ignored"),
                "personas are those of the project: move the key beside `configurations`",
            ));
        }
        Some(match nearest(key, &mut known) {
            Some(near) => Finding::remark(
                format!("{place}: unknown key `{key}` in configuration `{block}` is ignored"),
                format!("did you mean `{near}`?"),
            ),
            None => Finding::note(format!("{place}: unknown key `{key}` is ignored")),
        })
    }

    fn object<'a, 'b>(
        &self,
        parent: &'b Object<'a>,
        key: &str,
    ) -> Result<Option<&'b Object<'a>>, SettingsError> {
        match parent.get(key).map(|property| &property.value) {
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(Value::NullKeyword(_)) | None => Ok(None),
            Some(other) => Err(self.wrong_type(key, "an object", other)),
        }
    }

    fn wrong_type(&self, key: &str, expected: &'static str, value: &Value<'_>) -> SettingsError {
        let found = match value {
            Value::StringLit(text) => format!("the string `{}`", text.value),
            Value::NumberLit(number) => format!("the number {}", number.value),
            Value::BooleanLit(truth) => format!("`{}`", truth.value),
            Value::Object(_) => "an object".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            Value::NullKeyword(_) => "null".to_owned(),
        };
        SettingsError::WrongType {
            place: self.place(value.start()),
            key: key.to_owned(),
            expected,
            found,
        }
    }

    /// `file:line:column` of a byte offset.
    fn place(&self, offset: usize) -> String {
        let (line, column) = self.position(offset);
        format!("{}:{line}:{column}", self.path.display())
    }

    /// Line and column of a byte offset, both from 1, the column in characters.
    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

impl JsonType {
    fn in_words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::List => "an array of strings",
        }
    }
}

fn missing_configurations(root: &Object<'_>) -> Finding {
    let keys = root
        .properties
        .iter()
        .map(|property| property.name.as_str());
    let hint = match nearest("configurations", keys) {
        Some(near) => format!("rename `{near}` to `configurations`"),
        None => r#"the shape is { "configurations": { "app": { "outputLocation": "dist" } } }"#
            .to_owned(),
    };
    Finding::remark(
        format!(
            "{FILE_NAME} is missing the \"configurations\" property. No options will be loaded."
        ),
        hint,
    )
}
