//! Merge keys (`<<`): a map takes in the keys of other maps that it does not have itself.

use super::problem::Problem;
use serde_json::{Map, Value};

/// What a `<<` brings into a map that has the keys of `map` so far.
pub(super) fn merge(value: Value, map: &Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    let sources = match value {
        Value::Object(source) => return checked(source, map),
        Value::Array(sources) => sources,
        _ => return Err(Problem::MergeNotMap),
    };
    let mut merged = Map::new();
    for source in sources {
        let Value::Object(source) = source else {
            return Err(Problem::MergeNotMap);
        };
        // The first source that has a key wins.
        for (key, value) in source {
            merged.entry(key).or_insert(value);
        }
    }
    checked(merged, map)
}

/// Refuses a merge that kubectl would let overwrite keys that stand before it.
fn checked(
    merged: Map<String, Value>,
    map: &Map<String, Value>,
) -> Result<Map<String, Value>, Problem> {
    let overwritten = merged
        .iter()
        .find(|(key, value)| map.get(*key).is_some_and(|own| own != *value));
    match overwritten {
        Some((key, _)) => Err(Problem::MergeOverwrites { key: key.clone() }),
        None => Ok(merged),
    }
}
