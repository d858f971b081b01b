//! Settings that change `host.json`: `AzureFunctionsJobHost__a__b=value`.

use serde_json::{Map, Value};

const PREFIX: &str = "azurefunctionsjobhost";

/// Applies the settings of a list whose names start with `AzureFunctionsJobHost`, as .NET's configuration does: levels are
/// separated by `__` or `:`, names ignore case, every value is a string, and a number names an element of a list.
pub(crate) fn apply(file: &mut Value, settings: impl IntoIterator<Item = (String, String)>) {
    for (name, value) in settings {
        let unified = name.replace("__", ":");
        let mut levels = unified.split(':');
        let starts = levels
            .next()
            .is_some_and(|first| first.eq_ignore_ascii_case(PREFIX));
        let levels: Vec<&str> = levels.filter(|level| !level.is_empty()).collect();
        if starts && !levels.is_empty() {
            set(file, &levels, value);
        }
    }
}

fn set(target: &mut Value, levels: &[&str], value: String) {
    let Some((first, rest)) = levels.split_first() else {
        *target = Value::String(value);
        return;
    };
    if let Ok(index) = first.parse::<usize>()
        && !target.is_object()
    {
        let list = match target {
            Value::Array(list) => list,
            other => {
                *other = Value::Array(Vec::new());
                let Value::Array(list) = other else { return };
                list
            }
        };
        // A gap has no meaning; .NET closes it too.
        let index = index.min(list.len());
        if index == list.len() {
            list.push(Value::Null);
        }
        set(&mut list[index], rest, value);
        return;
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(map) = target else { return };
    let known = map
        .keys()
        .find(|key| key.eq_ignore_ascii_case(first))
        .cloned();
    let key = known.unwrap_or_else(|| (*first).to_owned());
    set(map.entry(key).or_insert(Value::Null), rest, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_reach_every_level_in_any_case() {
        let mut file =
            json!({"version": "2.0", "extensions": {"http": {"maxOutstandingRequests": 5}}});
        let settings = [
            (
                "AzureFunctionsJobHost__extensions__HTTP__MaxOutstandingRequests",
                "2",
            ),
            ("azurefunctionsjobhost:functionTimeout", "00:01:00"),
            ("AzureFunctionsJobHost__functions__0", "a"),
            ("AzureFunctionsJobHost__functions__1", "b"),
            ("AzureFunctionsJobHost", "x"),
            ("OTHER__functionTimeout", "x"),
        ];
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        apply(&mut file, settings.map(pair));
        assert_eq!(
            file,
            json!({
                "version": "2.0",
                "extensions": {"http": {"maxOutstandingRequests": "2"}},
                "functionTimeout": "00:01:00",
                "functions": ["a", "b"],
            })
        );
    }
}
