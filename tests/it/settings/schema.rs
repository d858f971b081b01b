//! `schemas/swa-cli.json` is made from the table of options; `CYGNET_UPDATE_GENERATED=1` writes it anew.

use std::path::Path;

use cygnet::settings::descriptor::{DefaultValue, Descriptor, JsonType, Visibility};
use cygnet::settings::options;
use serde_json::{Map, Value, json};

const FILE: &str = "schemas/swa-cli.json";

fn schema() -> Value {
    let read = options::ALL
        .iter()
        .filter(|option| option.is_read_from_file);
    let own: Map<String, Value> = read
        .map(|option| (option.key.to_owned(), of(option)))
        .collect();
    let mut all = own.clone();
    for key in options::KEYS_OF_OTHER_COMMANDS {
        all.insert(
            (*key).to_owned(),
            json!({ "description": "Read by the official CLI only." }),
        );
    }
    all.insert(
        "start".to_owned(),
        json!({
            "description": "The same keys, which win over those beside it.",
            "type": "object",
            "additionalProperties": false,
            "properties": own,
        }),
    );
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "swa-cli.config.json, as Cygnet reads it",
        "description": "Made from src/settings/options.rs: CYGNET_UPDATE_GENERATED=1 cargo test --test it settings::schema",
        "type": "object",
        "required": ["configurations"],
        "properties": {
            "$schema": { "type": "string" },
            "configurations": {
                "description": "Each has a name; the first one counts unless another is asked for.",
                "type": "object",
                "additionalProperties": { "$ref": "#/definitions/configuration" },
            },
            "personas": { "$ref": "personas.json#/properties/personas" },
        },
        "definitions": {
            "configuration": { "type": "object", "additionalProperties": false, "properties": all },
        },
    })
}

fn of(option: &Descriptor) -> Value {
    let mut shown = match (option.json, option.words) {
        (JsonType::Text, Some(words)) => {
            let words: Vec<String> = words()
                .iter()
                .map(|word| word.get_name().to_owned())
                .collect();
            json!({ "enum": words })
        }
        (JsonType::Text, None) => json!({ "type": "string" }),
        (JsonType::Number, _) => json!({ "type": ["integer", "string"] }),
        (JsonType::Boolean, _) => json!({ "type": ["boolean", "string"] }),
        (JsonType::List, _) => {
            json!({ "type": ["array", "string"], "items": { "type": "string" } })
        }
    };
    let help = match option.visibility {
        Visibility::Compat => "Without effect: the official CLI has it.",
        _ => option.help.trim(),
    };
    shown["description"] = json!(help.split_whitespace().collect::<Vec<_>>().join(" "));
    if let DefaultValue::Text(text) | DefaultValue::Shown(text, _) = option.default
        && !text.is_empty()
    {
        shown["default"] = match option.json {
            JsonType::Number | JsonType::Boolean => serde_json::from_str(text).unwrap(),
            _ => json!(text),
        };
    }
    shown
}

#[test]
fn the_schema_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let made = format!("{:#}\n", schema());
    if std::env::var_os("CYGNET_UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    // Git for Windows may have changed the ends of lines.
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace('\r', "");
    assert!(
        kept == made,
        "{FILE} is not that of the table: CYGNET_UPDATE_GENERATED=1 cargo test --test it settings::schema"
    );
}
